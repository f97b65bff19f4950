//! The details page: all that is known about what the cursor is on.

use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        self, Model,
        detail::{Joint, Kind, Line, name_width},
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
    let statements = Statements::of(lines, scroll..scroll + usize::from(area.height));
    for ((at, line), y) in lines.iter().enumerate().skip(scroll).zip(area.y..area.bottom()) {
        draw_line(line, statements.line(at), look, buf, Rect { y, height: 1, ..area });
    }
}

/// Lines of statements with their colours. A string or a comment may be longer than a line, so a statement is read from
/// its beginning even where that is not seen.
struct Statements<'a> {
    first: usize,
    cells: Vec<Cell<'a>>,
}

impl Statements<'_> {
    fn of(lines: &[Line], seen: Range<usize>) -> Self {
        let is_start = |at: &usize| lines.get(*at).is_some_and(|line| line.joint == Joint::Item);
        let first = (0..=seen.start).rev().find(is_start).unwrap_or(0);
        let seen = lines.get(first..seen.end.min(lines.len())).unwrap_or_default();
        let mut cells = vec![Cell::empty(); seen.len()];
        let mut at = 0;
        while at < seen.len() {
            let end = (at + 1..seen.len()).find(|end| seen[*end].joint == Joint::Item).unwrap_or(seen.len());
            if seen[at].kind == Kind::Text {
                colour(&seen[at..end], &mut cells[at..end]);
            }
            at = end;
        }
        Self { first, cells }
    }

    fn line(&self, at: usize) -> Cell<'_> {
        at.checked_sub(self.first).and_then(|at| self.cells.get(at)).cloned().unwrap_or_default()
    }
}

/// Reads the lines of one statement as one text.
fn colour(lines: &[Line], cells: &mut [Cell<'_>]) {
    let mut text = String::new();
    for line in lines {
        match line.joint {
            Joint::Item => {}
            Joint::Feed => text.push('\n'),
            Joint::Wrapped => text.push(' '),
        }
        text.push_str(&line.text);
    }
    let mut at = 0;
    let mut left = lines.first().map_or(0, |line| line.text.len());
    for token in sql::tokens(&text) {
        let mut rest = token.text;
        while !rest.is_empty() {
            if left == 0 {
                // What joined the lines is not drawn.
                at += 1;
                left = lines.get(at).map_or(usize::MAX, |line| line.text.len());
                rest = rest.get(1..).unwrap_or("");
                continue;
            }
            let (part, after) = rest.split_at_checked(left.min(rest.len())).unwrap_or((rest, ""));
            if let Some(cell) = cells.get_mut(at) {
                *cell = std::mem::take(cell).text(part.to_owned(), token.kind.scope());
            }
            left = left.saturating_sub(part.len());
            rest = after;
        }
    }
}

fn draw_line(line: &Line, statement: Cell<'_>, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
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
        Kind::Text => statement,
    };
    frame::put(buf, theme, inside, &cell);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::detail::{Detail, Item};

    #[test]
    fn strings_and_comments_keep_their_colour_over_lines() {
        let mut detail = Detail::of("x");
        detail.fact("name", "value");
        detail.items.push(Item::Text("select 'one\nfrom two', 3 -- and from\nfrom t /* from\n\nfrom */".into()));
        detail.items.push(Item::Text("from u".into()));
        let lines = detail.lines(40);
        let all = Statements::of(&lines, 0..lines.len());
        let piece = |cell: Cell<'static>, text: &'static str, scope| cell.text(text, scope);
        let string = piece(Cell::empty(), "from two'", "sql.string").text(",", "sql.operator").text(" ", "sql");
        assert_eq!(all.line(2), string.text("3", "sql.number").text(" ", "sql").text("-- and from", "sql.comment"));
        assert_eq!(all.line(3).pieces().first(), piece(Cell::empty(), "from", "sql.keyword").pieces().first());
        assert_eq!(all.line(4), Cell::empty());
        assert_eq!(all.line(5), piece(Cell::empty(), "from */", "sql.comment"));
        assert_eq!(all.line(6).pieces().first(), piece(Cell::empty(), "from", "sql.keyword").pieces().first());
        // Scrolled into the middle of it, it looks the same.
        assert_eq!(Statements::of(&lines, 5..6).line(5), all.line(5));
    }
}
