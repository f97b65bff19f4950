//! fleet: every cluster, worst first; before there is any, where was looked and what came of it.
//!
//! ```text
//!     CLUSTER          PLATFORM      MANAGER  NODES  WRITER  LAG             TPS  CONNECTIONS    WHAT IS WRONG
//!   ✖ billing   PROD   docker local  none     3/3    pg1     –               812  88 % ███████▏  archiving on pg1 fails …
//!   ● crm              docker local  none     3/3    crm1    0 B ▁▁▁▁▁▁▁▁     90  12 % █
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::fleet::{Order, Row},
        status::Status,
    },
    domain::{Bytes, Cluster, Node, NodeId, Place, PlaceState, lag},
    theme::Glyph,
    view::{
        Look, frame, header,
        text::cut,
        widget::{
            cell::Cell,
            table::{self, Column, Sort, Table},
        },
    },
};

const SPARK: u16 = 8;
const METER: u16 = 8;

const COLUMNS: &[Column] = &[
    Column::new("", 1, 1),
    Column::new("CLUSTER", 10, 16).identifier().grows(1),
    Column::new("", 6, 6).falls(3),
    Column::new("PLATFORM", 12, 18).falls(6),
    Column::new("MANAGER", 7, 7).falls(7),
    Column::new("NODES", 5, 5).falls(2),
    Column::new("WRITER", 9, 12).identifier().falls(4),
    Column::new("LAG", 7, 17).falls(5),
    Column::new("TPS", 5, 5).right().falls(8),
    Column::new("CONNECTIONS", 11, 14).falls(9),
    Column::new("WHAT IS WRONG", 28, 40).grows(6),
];

/// Draws the clusters, or, before there are any, the places.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if model.shown.clusters.is_empty() {
        return places(model, look, buf, area);
    }
    let state = &model.screens.fleet;
    if state.rows.is_empty() {
        let text = format!("No cluster holds \"{}\": esc clears the filter.", model.filter_text());
        frame::put(buf, look.theme, Rect { x: area.x + 2, height: 1, ..area }, &Cell::new(text, "table.empty"));
        return;
    }
    let height = usize::from(area.height.saturating_sub(1));
    let offset = table::offset(state.list.window().start, Some(state.list.cursor()), state.rows.len(), height);
    let seen = &state.rows[offset..state.rows.len().min(offset + height)];
    let lags: Vec<Vec<Option<f64>>> = seen.iter().map(|row| lag_series(model, row)).collect();
    let most = lags.iter().flatten().flatten().fold(0.0, |most: f64, v| most.max(*v));
    let scale = frame::scale(most, 65_536.0);
    let sort = match state.order {
        Order::Worst => 10,
        Order::Cluster => 1,
        Order::Lag => 7,
        Order::Tps => 8,
        Order::Connections => 9,
    };
    // Without any environment there is no column for it.
    let has_environment = model.shown.clusters.iter().any(|c| c.environment.0.is_some());
    let indices: Vec<usize> = (0..COLUMNS.len()).filter(|at| *at != 2 || has_environment).collect();
    let columns: Vec<Column> = indices.iter().map(|at| COLUMNS[*at]).collect();
    let widths = frame::widths(&columns, area);
    let drawn = Table {
        columns: &columns,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset,
        sort: indices
            .iter()
            .position(|at| *at == sort)
            .map(|column| Sort { column, descending: (state.order != Order::Cluster) != state.is_reversed }),
    }
    .render(
        area,
        buf,
        look.theme,
        &|at| table::Row {
            marked: state.list.marks().contains(&cluster(model, &state.rows[at]).id),
            ..table::Row::default()
        },
        &|at, column| {
            let series = lags.get(at.wrapping_sub(offset)).map_or(&[][..], Vec::as_slice);
            let width = widths.get(column).copied().unwrap_or(0);
            cell(model, look, &state.rows[at], indices[column], Graph { series, scale, width })
        },
    );
    troubles(model, look, buf, area, state.rows.len());
    if let Some((_, x, width)) = drawn.columns.iter().find(|c| indices[c.0] == 7 && c.2 >= SPARK + 9 && most > 0.0) {
        // The sort's sign may stand beside the title.
        let at = Rect { x: x + 5, width: width.saturating_sub(5), height: 1, ..area };
        frame::put(buf, look.theme, at, &Cell::new(frame::range(look.theme, &Bytes(scale as u64)), "spark.scale"));
    }
}

/// What a row's graph is drawn from.
#[derive(Clone, Copy)]
struct Graph<'a> {
    series: &'a [Option<f64>],
    scale: f64,
    /// How wide the cell is.
    width: u16,
}

fn cluster<'a>(model: &'a Model, row: &Row) -> &'a Cluster {
    &model.shown.clusters[row.cluster]
}

fn lag_series(model: &Model, row: &Row) -> Vec<Option<f64>> {
    let node: Option<&NodeId> = row.lag.map(|(_, at)| &cluster(model, row).nodes[at].id);
    node.map(|id| model.series(id, usize::from(SPARK), |s| s.lag_bytes)).unwrap_or_default()
}

fn cell<'a>(model: &'a Model, look: &Look<'_>, row: &Row, column: usize, graph: Graph<'_>) -> Cell<'a> {
    let cluster = cluster(model, row);
    match column {
        0 => {
            let (glyph, scope) = frame::sign(row.status);
            Cell::new(look.theme.glyph(glyph), scope)
        }
        1 => Cell::new(cluster.name.as_str(), "fleet.name"),
        2 => header::environment_of(cluster).unwrap_or_default(),
        3 => Cell::plain(cluster.platform.as_str()),
        4 => Cell::plain(cluster.manager.as_str()),
        5 => nodes(cluster),
        6 => writer(cluster),
        7 => lag_cell(cluster, look, row, graph),
        8 => row.tps.map_or_else(unknown, |tps| Cell::plain(frame::number(tps))),
        9 => connections(row),
        _ => wrong(model, row),
    }
}

fn unknown<'a>() -> Cell<'a> {
    Cell::new("?", "severity.unknown")
}

fn nodes<'a>(cluster: &Cluster) -> Cell<'a> {
    let answering = cluster.nodes.iter().filter(|n| n.postgres.is_fresh()).count();
    let scope = if answering < cluster.nodes.len() { "severity.warning" } else { "text" };
    Cell::new(format!("{answering}/{}", cluster.nodes.len()), scope)
}

fn writer(cluster: &Cluster) -> Cell<'_> {
    match cluster.writers().count() {
        1 => cluster.writer().map_or_else(unknown, |w| Cell::plain(w.name.as_str())),
        0 if cluster.nodes.iter().all(|n| n.postgres.value().is_none()) => unknown(),
        0 => Cell::new("NO WRITER", "banner"),
        n => Cell::new(format!("{n} WRITERS"), "banner"),
    }
}

/// The largest lag. Standbys whose lag nobody knows are not the same as none.
fn lag_cell<'a>(cluster: &Cluster, look: &Look<'_>, row: &Row, graph: Graph<'_>) -> Cell<'a> {
    let Some((bytes, _)) = row.lag else {
        let is_alone = cluster.nodes.iter().all(Node::is_writer);
        let absent = Cell::new(look.theme.glyph(Glyph::Absent), "topology.lag.none");
        return if is_alone { absent } else { unknown() };
    };
    let is_known = |node: &Node| lag::of(cluster, node).is_some_and(|lag| lag.bytes.is_fresh());
    let is_sure = cluster.nodes.iter().all(|node| node.is_writer() || is_known(node));
    // The largest of those that are known says little while another standby's is not: zero would read as good.
    if !is_sure && bytes == Bytes::ZERO {
        return unknown();
    }
    let doubt = if is_sure { "" } else { "?" };
    let number = Cell::plain(format!("{:<7}", format!("{bytes}{doubt}")));
    if graph.width < SPARK + 9 {
        return number;
    }
    number.text("  ", "text").spark(graph.series.to_vec(), graph.scale, SPARK, "spark")
}

fn connections<'a>(row: &Row) -> Cell<'a> {
    let Some((used, most)) = row.connections else { return unknown() };
    let share = f64::from(used) / f64::from(most.max(1));
    let (scope, meter) = match share {
        s if s >= 0.95 => ("severity.critical", "meter.critical"),
        s if s >= 0.8 => ("severity.warning", "meter.warning"),
        _ => ("text", "meter"),
    };
    Cell::new(format!("{:>3.0} % ", share * 100.0), scope).meter(share, METER, meter)
}

fn wrong<'a>(model: &'a Model, row: &Row) -> Cell<'a> {
    let Some(finding) = row.finding.and_then(|at| model.findings.get(at)) else { return Cell::empty() };
    let cell = Cell::new(finding.text.as_str(), frame::words(Status::of(finding)));
    if row.findings > 1 { cell.text(format!("  +{}", row.findings - 1), "text.dim") } else { cell }
}

/// Below the clusters, where there is room: the places that could not be looked at, or not yet.
fn troubles(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect, rows: usize) {
    let open: Vec<&Place> =
        model.shown.places.iter().filter(|p| !matches!(p.state, PlaceState::Watched { .. })).collect();
    let top = usize::from(area.y) + 1 + rows + 1;
    if open.is_empty() || top + 1 + open.len() > usize::from(area.bottom()) {
        return;
    }
    let y = u16::try_from(top).unwrap_or(area.bottom());
    frame::rule(buf, look.theme, Rect { y, height: 1, ..area }, "elsewhere", "");
    let name_width = open.iter().map(|p| cut::width(&p.name)).max().unwrap_or(0).clamp(8, 24);
    for (place, y) in open.into_iter().zip(y + 1..area.bottom()) {
        let line = Rect { x: area.x + 2, y, width: area.width.saturating_sub(3), height: 1 };
        frame::put(buf, look.theme, line, &place_line(place, name_width, look));
    }
}

/// What was looked at, and what came of it.
fn places(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut y = area.y + 1;
    let mut line = |cell: &Cell<'_>, indent: u16| {
        if y < area.bottom() {
            let x = area.x + indent;
            frame::put(buf, theme, Rect { x, y, width: area.width.saturating_sub(indent), height: 1 }, cell);
            y += 1;
        }
    };
    let places = &model.shown.places;
    let headline = if places.is_empty() || !model.shown.is_settled() {
        "Looking for PostgreSQL."
    } else {
        "howdah found no PostgreSQL."
    };
    line(&Cell::new(headline, "text.strong"), 2);
    line(&Cell::empty(), 0);
    let name_width = places.iter().map(|p| cut::width(&p.name)).max().unwrap_or(0).clamp(8, 24);
    for place in places {
        line(&place_line(place, name_width, look), 2);
        if let PlaceState::Failed { hint, .. } = &place.state
            && !hint.is_empty()
        {
            line(&Cell::new(hint.as_str(), "text.dim"), u16::try_from(name_width).unwrap_or(24) + 6);
        }
    }
    if !places.is_empty() && model.shown.is_settled() {
        line(&Cell::empty(), 0);
        line(&Cell::new("howdah demo", "input.prompt").text("   starts a cluster here to look at", "text"), 2);
        line(
            &Cell::new("howdah DSN", "input.prompt").text("    looks at that server and those that follow it", "text"),
            2,
        );
        line(
            &Cell::new("howdah doctor", "input.prompt")
                .text(" says what this place allows and what is missing", "text"),
            2,
        );
    }
}

fn place_line<'a>(place: &'a Place, name_width: usize, look: &Look<'_>) -> Cell<'a> {
    let name = cut::fit(&place.name, name_width, cut::Align::Left, cut::Cut::Middle, look.theme.glyph(Glyph::Ellipsis));
    let (glyph, scope, text) = match &place.state {
        PlaceState::Looking { doing } => (Glyph::Stale, "sign.notice", doing.to_string()),
        PlaceState::Watched { what, found: 0, .. } => {
            (Glyph::Healthy, "sign.healthy", format!("{what}: no PostgreSQL there"))
        }
        PlaceState::Watched { what, found, .. } => (Glyph::Healthy, "sign.healthy", format!("{what}: {found} found")),
        PlaceState::Failed { why, .. } => (Glyph::Unknown, "sign.unknown", why.to_string()),
    };
    Cell::new(look.theme.glyph(glyph), scope).text(format!(" {name}  "), "text.strong").text(text, "text")
}
