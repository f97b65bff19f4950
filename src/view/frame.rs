//! The page: header, body, footer, and what lies over them.
//!
//! Three lines of chrome at most; the body belongs to the screen. A terminal too small for a page
//! gets one sentence with the size that is needed.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    Look, dialog, footer, header, screen,
    text::cut::{self, Align, Cut},
    widget::{
        cell::Cell,
        table::{self, Column},
    },
};
use crate::{
    app::{Model, Size, page::SMALLEST, status::Status},
    theme::{Glyph, Theme},
};

/// Draws the whole page.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    buf.set_style(area, look.theme.style("screen"));
    let size = Size { width: area.width, height: area.height };
    if !size.is_enough() {
        return too_small(look.theme, buf, area);
    }
    let [header, body, footer] = parts(area, size);
    header::draw(model, look, buf, header);
    if model.detail.is_some() {
        dialog::detail::draw(model, look, buf, body);
    } else {
        screen::draw(model, look, buf, body);
    }
    footer::draw(model, look, buf, footer);
    if model.acting.dialog.is_some() {
        dialog::plan::draw(model, look, buf, body);
    } else if model.acting.is_leaving {
        dialog::plan::ask_before_leaving(look, buf, body);
    }
    if let Some(palette) = &model.palette {
        dialog::palette::draw(palette, model, look, buf, body);
    }
}

/// Header, body and footer.
fn parts(area: Rect, size: Size) -> [Rect; 3] {
    let body = size.body();
    [
        Rect { height: 1, ..area },
        Rect { y: area.y + 1, height: body, ..area },
        Rect { y: area.y + 1 + body, height: size.footer(), ..area },
    ]
}

fn too_small(theme: &Theme, buf: &mut Buffer, area: Rect) {
    let sentence =
        format!("howdah needs {}x{} cells; here are {}x{}.", SMALLEST.width, SMALLEST.height, area.width, area.height);
    // Broken at spaces, so that even twenty columns hold it.
    let mut y = area.y;
    let mut line = String::new();
    for word in sentence.split(' ') {
        if !line.is_empty() && line.len() + 1 + word.len() > usize::from(area.width) {
            put(buf, theme, Rect { y, height: 1, ..area }, &Cell::plain(std::mem::take(&mut line)));
            y += 1;
            if y >= area.bottom() {
                return;
            }
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line += word;
    }
    put(buf, theme, Rect { y, height: 1, ..area }, &Cell::plain(line));
}

/// Draws one line, leaning left; returns the first cell after it.
pub fn put(buf: &mut Buffer, theme: &Theme, area: Rect, cell: &Cell<'_>) -> u16 {
    cell.render(area, buf, theme, Align::Left, Cut::End)
}

/// Draws a section's rule: `─ name ─────────`, and a remark at its right end.
pub fn rule(buf: &mut Buffer, theme: &Theme, area: Rect, name: &str, remark: &str) {
    let area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    let dash = theme.glyph(Glyph::Rule);
    buf.set_stringn(area.x, area.y, dash.repeat(usize::from(area.width)), usize::from(area.width), theme.style("rule"));
    let title = Cell::new(" ", "rule").text(name, "rule.title").text(" ", "rule");
    put(buf, theme, Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, &title);
    if !remark.is_empty() {
        let remark = Cell::new(" ", "rule").text(remark, "text.dim").text(" ", "rule");
        let width = u16::try_from(remark.width()).unwrap_or(area.width).min(area.width);
        put(buf, theme, Rect { x: area.right().saturating_sub(width + 1), width, ..area }, &remark);
    }
}

/// The sign and the scope of a status.
#[must_use]
pub const fn sign(status: Status) -> (Glyph, &'static str) {
    match status {
        Status::Healthy => (Glyph::Healthy, "sign.healthy"),
        Status::Notice => (Glyph::Notice, "sign.notice"),
        Status::Unknown => (Glyph::Unknown, "sign.unknown"),
        Status::Stale => (Glyph::Stale, "sign.stale"),
        Status::Warning => (Glyph::Warning, "sign.warning"),
        Status::Critical => (Glyph::Critical, "sign.critical"),
    }
}

/// The scope for words about something of that status.
#[must_use]
pub const fn words(status: Status) -> &'static str {
    match status {
        Status::Healthy => "text",
        Status::Notice => "severity.notice",
        Status::Unknown => "severity.unknown",
        Status::Stale => "severity.stale",
        Status::Warning => "severity.warning",
        Status::Critical => "severity.critical",
    }
}

/// Words of a line of facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// When space is short the highest falls first; 0 never falls.
    pub drop: u8,
    /// What is written.
    pub text: String,
    /// In which look.
    pub scope: &'static str,
}

impl Fact {
    /// Words that fall when space is short; 0 never does.
    #[must_use]
    pub fn new(drop: u8, text: impl Into<String>, scope: &'static str) -> Self {
        Self { drop, text: text.into(), scope }
    }
}

/// Facts beside each other, as many as fit into `width` cells.
#[must_use]
pub fn facts<'a>(mut facts: Vec<Fact>, theme: &Theme, width: u16) -> Cell<'a> {
    let gap = format!(" {} ", theme.glyph(Glyph::Separator));
    let wanted = |facts: &[Fact]| facts.iter().map(|f| cut::width(&f.text) + 3).sum::<usize>();
    while wanted(&facts) > usize::from(width) + 3 {
        let Some((at, _)) = facts.iter().enumerate().filter(|(_, f)| f.drop > 0).max_by_key(|(_, f)| f.drop) else {
            break;
        };
        facts.remove(at);
    }
    facts.into_iter().fold(Cell::empty(), |cell, fact| {
        let gap = if cell.width() > 0 { gap.clone() } else { String::new() };
        cell.text(gap, "topology.fact").text(fact.text, fact.scope)
    })
}

/// How wide each column of a table is drawn; 0 for those that fall.
#[must_use]
pub fn widths(columns: &[Column], area: Rect) -> Vec<u16> {
    // The table keeps two cells for marks.
    let mut widths = vec![0; columns.len()];
    for (index, _, width) in table::layout(columns, area.width.saturating_sub(2)) {
        if let Some(own) = widths.get_mut(index) {
            *own = width;
        }
    }
    widths
}

/// A number with three significant digits at most: `0`, `0.4`, `214`, `1.2 k`, `35 k`.
#[must_use]
pub fn number(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 999_500.0 => (v / 1_000_000.0, " M"),
        v if v >= 999.5 => (v / 1000.0, " k"),
        v => (v, ""),
    };
    if !(0.05..9.95).contains(&value) { format!("{value:.0}{unit}") } else { format!("{value:.1}{unit}") }
}

/// A scale as it is written beside graphs: `0–4 MB`.
#[must_use]
pub fn range(theme: &Theme, end: &dyn std::fmt::Display) -> String {
    format!("0{}{end}", theme.glyph(Glyph::Absent))
}

/// A scale's end that is not less than `most`: a power of two times `least`.
#[must_use]
pub fn scale(most: f64, least: f64) -> f64 {
    let mut scale = least;
    while scale < most && scale < 1e18 {
        scale *= 2.0;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_at_most() {
        let cases = [(0.0, "0"), (0.42, "0.4"), (9.97, "10"), (214.4, "214"), (1234.0, "1.2 k"), (35_400.0, "35 k")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn scales_hold_what_they_show() {
        assert!(scale(100.0, 64.0) >= 100.0);
        assert!((scale(0.0, 64.0) - 64.0).abs() < f64::EPSILON);
        assert!(scale(f64::INFINITY, 1.0).is_finite());
    }
}
