//! The details page: all that is known about what the cursor is on.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        self, Model,
        detail::{Kind, Line, name_width},
        screen,
    },
    theme::Glyph,
    view::{
        Look, frame,
        text::{cut, sql},
        widget::cell::Cell,
    },
};

/// Draws the details in the body's place.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let title = screen::detail(model).map(|detail| detail.title).unwrap_or_default();
    let lines = app::detail_lines(model);
    let scroll = model.detail.unwrap_or(0);
    let height = usize::from(area.height.saturating_sub(1));
    let remark = if lines.len() > height {
        format!("{} to {} of {}", scroll + 1, (scroll + height).min(lines.len()), lines.len())
    } else {
        String::new()
    };
    frame::rule(buf, look.theme, area, &title, &remark);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    draw_lines(&lines, scroll, look, buf, body);
}

/// Draws the lines from `scroll` on, as many as fit.
pub fn draw_lines(lines: &[Line], scroll: usize, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    for (line, y) in lines.iter().skip(scroll).zip(area.y..area.bottom()) {
        draw_line(line, look, buf, Rect { y, height: 1, ..area });
    }
}

fn draw_line(line: &Line, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let named = |scope: &'static str| {
        let name = cut::fit(&line.name, name_width(), cut::Align::Left, cut::Cut::End, theme.glyph(Glyph::Ellipsis));
        Cell::new(format!("{name}  "), "text.dim").text(line.text.as_str(), scope)
    };
    let cell = match line.kind {
        Kind::Section => return frame::rule(buf, theme, area, &line.text, ""),
        Kind::Fact => named("text"),
        Kind::Graph => {
            let name =
                cut::fit(&line.name, name_width(), cut::Align::Left, cut::Cut::End, theme.glyph(Glyph::Ellipsis));
            let values: Vec<Option<f64>> = line.graph.iter().map(|level| level.map(f64::from)).collect();
            let width = u16::try_from(values.len()).unwrap_or(u16::MAX);
            Cell::new(format!("{name}  "), "text.dim")
                .spark(values, 7.0, width, "spark")
                .text(format!("  {}", line.text), "spark.scale")
        }
        Kind::Unknown => named("severity.unknown"),
        Kind::Wrong(status) => {
            let (glyph, scope) = frame::sign(status);
            Cell::new(theme.glyph(glyph), scope).text(format!(" {}", line.text), "text")
        }
        Kind::Text => {
            sql::tokens(&line.text).fold(Cell::empty(), |cell, token| cell.text(token.text, token.kind.scope()))
        }
    };
    frame::put(buf, theme, inside, &cell);
}
