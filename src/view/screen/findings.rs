//! findings: everything that is wrong in the fleet, or in the cluster in focus, worst first.
//!
//! ```text
//!     SEVERITY  CLUSTER  NODE  SINCE     WHAT IS WRONG                                          CODE
//!   ✖ critical  shop     pg1   2 m 10 s  812 metabase (idle in tx) holds up 37 sessions …       blocking-chain
//!   ▲ warning   shop     pg1   6 h       slot old on pg1 is inactive and holds 11 GB of WAL …   slot-inactive
//!   ─ slot-inactive ───────────────────────────────────────────────────────────────────────────────────────
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::{self, findings},
        status::Status,
    },
    decide::finding::Finding,
    domain::duration,
    theme::{Glyph, Theme},
    view::{
        Look, dialog, frame,
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const COLUMNS: [Column; 7] = [
    Column::new("", 1, 1),
    Column::new("SEVERITY", 8, 8).falls(2),
    Column::new("CLUSTER", 8, 16).identifier().falls(3),
    Column::new("NODE", 6, 12).identifier().falls(4),
    Column::new("SINCE", 9, 9).right(),
    Column::new("WHAT IS WRONG", 44, 44).grows(1),
    Column::new("CODE", 12, 22).falls(5),
];

/// The column of clusters, left out where there is only one.
const CLUSTER: usize = 2;

/// Draws the findings, and what the one under the cursor means.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.findings;
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    if state.rows.is_empty() {
        let nothing = if state.total > 0 {
            Cell::new(format!("No finding holds \"{}\": esc clears the filter.", model.filter_text()), "table.empty")
        } else {
            none(model, look.theme)
        };
        frame::put(buf, look.theme, line, &nothing);
        return;
    }
    let Some(split) = state.split else { return };
    // A finding's table grows with the page: details begin where it ends.
    let height = split.table.max(1).min(area.height);
    table(model, look, buf, Rect { height, ..area });
    let y = area.y + height;
    detail(model, look, buf, Rect { y, height: split.detail.min(area.bottom().saturating_sub(y)), ..area });
}

/// Nothing found is good only where somebody has answered.
fn none<'a>(model: &Model, theme: &Theme) -> Cell<'a> {
    let only = if model.screens.findings.is_of_cluster { model.cluster() } else { None };
    let of_scope = model.shown.clusters.iter().filter(|c| only.is_none_or(|only| only.id == c.id));
    let silent = of_scope.flat_map(|c| &c.nodes).filter(|n| !n.postgres.is_fresh()).count();
    if model.shown.clusters.is_empty() {
        return Cell::new("No cluster is known yet: nothing can be found.", "table.empty");
    }
    if silent > 0 {
        return Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown")
            .text(format!(" Nothing found, but nodes have not answered: {silent}."), "severity.unknown");
    }
    Cell::new(theme.glyph(Glyph::Healthy), "sign.healthy").text(" Nothing is wrong, by all that is checked.", "text")
}

fn table(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.findings;
    let is_of_one = state.is_of_cluster || model.shown.clusters.len() == 1;
    let indices: Vec<usize> = (0..COLUMNS.len()).filter(|at| *at != CLUSTER || !is_of_one).collect();
    let columns: Vec<Column> = indices.iter().map(|at| COLUMNS[*at]).collect();
    let of = |at: usize| &model.findings[state.rows[at]];
    Table {
        columns: &columns,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: None,
    }
    .render(
        area,
        buf,
        look.theme,
        &|at| table::Row { marked: state.list.marks().contains(&of(at).identity()), ..table::Row::default() },
        &|at, column| cell(model, look.theme, of(at), indices[column]),
    );
}

fn cell<'a>(model: &'a Model, theme: &Theme, finding: &'a Finding, column: usize) -> Cell<'a> {
    let status = Status::of(finding);
    match column {
        0 => {
            let (glyph, scope) = frame::sign(status);
            Cell::new(theme.glyph(glyph), scope)
        }
        1 => Cell::new(status.word(), frame::words(status)),
        CLUSTER => Cell::new(findings::cluster_name(model, finding), "fleet.name"),
        3 => findings::node_name(model, finding)
            .map_or_else(|| Cell::new(theme.glyph(Glyph::Absent), "text.dim"), |name| Cell::new(name, "topology.name")),
        4 => model.since.of(finding).map_or_else(Cell::empty, |since| {
            Cell::new(duration::words(duration::since(since, model.drawn_at())), "text.dim")
        }),
        5 => Cell::new(finding.text.as_str(), "findings"),
        _ => Cell::new(finding.code.as_str(), "text.dim"),
    }
}

/// What the finding under the cursor means, and what to do.
fn detail(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    let Some(detail) = screen::detail(model) else { return };
    frame::rule(buf, look.theme, area, &detail.title, "");
    let lines = detail.lines(usize::from(area.width.saturating_sub(4)));
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
    dialog::detail::draw_lines(&lines, 0, look, buf, inside);
}
