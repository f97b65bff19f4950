//! Text of several lines, wrapped to a width.

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::{Cell, Piece};
use crate::{
    theme::Theme,
    view::text::{
        cut::{Align, Cut},
        sql,
        wrap::wrap_runs,
    },
};

/// `cell` in lines of at most `width` cells; each piece keeps its scope. Graphs are left out.
#[must_use]
pub fn wrap(cell: &Cell<'_>, width: u16) -> Vec<Cell<'static>> {
    let runs: Vec<_> = cell
        .pieces()
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text { text, scope } => Some((text.as_ref(), *scope)),
            Piece::Spark { .. } | Piece::Meter { .. } => None,
        })
        .collect();
    let line = |runs: Vec<(String, &'static str)>| {
        runs.into_iter().fold(Cell::empty(), |cell, (text, scope)| cell.text(text, scope))
    };
    wrap_runs(&runs, usize::from(width)).into_iter().map(line).collect()
}

/// `sql` set on lines by its clauses, highlighted, and wrapped to `width`.
#[must_use]
pub fn statement(sql: &str, width: u16) -> Vec<Cell<'static>> {
    let lines = sql::lines(sql)
        .into_iter()
        .map(|pieces| pieces.into_iter().fold(Cell::empty(), |cell, (text, kind)| cell.text(text, kind.scope())));
    lines.flat_map(|line| wrap(&line, width)).collect()
}

/// Draws `lines` from the one numbered `from` on; returns how many lines of `area` were used.
pub fn passage(lines: &[Cell<'_>], from: usize, area: Rect, buf: &mut Buffer, theme: &Theme) -> u16 {
    let area = area.intersection(*buf.area());
    let mut used = 0;
    for (line, y) in lines.iter().skip(from).zip(area.top()..area.bottom()) {
        line.render(Rect { y, height: 1, ..area }, buf, theme, Align::Left, Cut::End);
        used += 1;
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_their_scopes_over_line_breaks() {
        let cell = Cell::new("pg3 falls behind: ", "text").text("replay waits", "severity.warning");
        let lines = wrap(&cell, 20);
        assert_eq!(lines[0], Cell::new("pg3 falls behind:", "text"));
        assert_eq!(lines[1], Cell::new("replay waits", "severity.warning"));
    }

    #[test]
    fn statements_are_set_and_drawn_from_any_line() {
        let lines = statement("SELECT a FROM t WHERE b", 20);
        let area = Rect::new(0, 0, 10, 3);
        let mut buf = Buffer::empty(area);
        assert_eq!(passage(&lines, 1, area, &mut buf, &Theme::default()), 2);
        let text: String = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(text, "FROM t    WHERE b             ");
    }
}
