//! pools: the poolers of a cluster: who waits for a connection, for how long, and which backend serves whom.
//!
//! ```text
//!   2 poolers · 41 clients · 12 wait, the first for 4.2 s
//!     POOLER  POOL      MODE         CLIENTS  WAIT  FIRST FOR  SATURATION      BUSY  IDLE  TX/S  LEADS TO   WHY THEY WAIT
//!   ▲ pgb1    shop/app  transaction       20    12      4.2 s  ██████ 100 %   20/20     0   410  pg1        full, 3 idle in tx
//!     pgb1    shop/bi   session            9     0             ██▌     25 %    5/20     1     2  pg1
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::{
            self,
            pools::{self, Found},
        },
    },
    decide::pooling,
    domain::{Cluster, duration},
    theme::{Glyph, Theme},
    view::{
        Look, dialog,
        frame::{self, Fact},
        text::number,
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const COLUMNS: [Column; 12] = [
    Column::new("", 1, 1),
    Column::new("POOLER", 6, 12).identifier(),
    Column::new("POOL", 10, 20).identifier(),
    Column::new("MODE", 11, 11).falls(3),
    Column::new("CLIENTS", 7, 7).right(),
    Column::new("WAIT", 4, 5).right(),
    Column::new("FIRST FOR", 9, 9).right(),
    Column::new("SATURATION", 13, 13),
    Column::new("BUSY", 7, 7).right(),
    Column::new("TX/S", 6, 6).right().falls(4),
    Column::new("LEADS TO", 8, 14).falls(2),
    Column::new("WHY THEY WAIT", 16, 28).grows(1).falls(1),
];

/// Cells of the bar of a pool's saturation.
const BAR: u16 = 7;

/// Draws the pools and what is known of the one under the cursor.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let (Some(cluster), Some(split)) = (model.cluster(), model.screens.pools.split) else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, look.theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    let state = &model.screens.pools;
    frame::put(buf, look.theme, line, &facts(model, cluster, look.theme, line.width));
    for (name, text) in state.remarks.iter().take(usize::from(area.height / 4)) {
        line.y += 1;
        let sign = Cell::new(look.theme.glyph(Glyph::Unknown), "sign.unknown");
        frame::put(buf, look.theme, line, &sign.text(format!(" {name}: {text}"), "severity.unknown"));
    }
    let mut y = line.y + 1;
    let mut part = |height: u16| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let table_area = part(split.table);
    if state.rows.is_empty() {
        frame::put(buf, look.theme, Rect { y: table_area.y, ..line }, &empty(model, cluster));
    } else {
        table(model, cluster, look, buf, table_area);
    }
    detail(model, look, buf, part(if split.detail > 0 { area.height } else { 0 }));
}

/// Why there are no rows.
fn empty<'a>(model: &Model, cluster: &Cluster) -> Cell<'a> {
    let state = &model.screens.pools;
    let text = if state.total > 0 {
        format!("No pool holds \"{}\": esc clears the filter.", model.filter_text())
    } else if cluster.poolers.is_empty() {
        "No PgBouncer leads to this cluster. One that is not found by itself is named in the config: pgbouncer = [\"postgresql://…\"]"
            .to_owned()
    } else {
        "No pool is open: nobody has connected through these poolers, or a reason stands above.".to_owned()
    };
    Cell::new(text, "table.empty")
}

fn facts<'a>(model: &Model, cluster: &Cluster, theme: &Theme, width: u16) -> Cell<'a> {
    let rows = &model.screens.pools.rows;
    let pools = || rows.iter().filter_map(|row| pools::found(cluster, *row)).map(|(_, _, pool)| pool);
    let count = cluster.poolers.len();
    let plural = if count == 1 { "pooler" } else { "poolers" };
    let clients: u32 = pools().map(|p| p.clients + p.waiting).sum();
    let busy: u32 = pools().map(|p| p.busy).sum();
    let servers: u32 = pools().map(|p| p.servers()).sum();
    let waiting: u32 = pools().map(|p| p.waiting).sum();
    let mut facts = vec![Fact::new(0, format!("{count} {plural}"), "topology.fact")];
    if servers > 0 || clients > 0 {
        facts.push(Fact::new(0, format!("{clients} clients on {servers} connections"), "topology.fact"));
        facts.push(Fact::new(1, format!("{busy} busy"), "topology.fact"));
    }
    if waiting > 0 {
        let longest = pools().map(|p| p.longest_wait).max().unwrap_or_default();
        let verb = if waiting == 1 { "waits" } else { "wait" };
        let text = format!("{waiting} {verb}, the first for {}", duration::words(longest));
        facts.insert(1, Fact::new(0, text, "pools.waiting"));
    }
    frame::facts(facts, theme, width)
}

fn table(model: &Model, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.pools;
    let is_marked = |(pooler, _, pool): Found<'_>| {
        state.list.marks().contains(&(pooler.id.clone(), pool.database.clone(), pool.user.clone()))
    };
    Table {
        columns: &COLUMNS,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: None,
    }
    .render(
        area,
        buf,
        look.theme,
        &|at| {
            let found = pools::found(cluster, state.rows[at]);
            table::Row {
                marked: !state.list.marks().is_empty() && found.is_some_and(is_marked),
                scope: found.is_some_and(|(p, _, _)| !p.console.is_fresh()).then_some("severity.stale"),
                across: None,
            }
        },
        &|at, column| match pools::found(cluster, state.rows[at]) {
            Some(found) => cell(cluster, found, column, look.theme),
            None => Cell::empty(),
        },
    );
}

fn cell<'a>(cluster: &'a Cluster, (pooler, console, pool): Found<'a>, column: usize, theme: &Theme) -> Cell<'a> {
    let absent = || Cell::new(theme.glyph(Glyph::Absent), "text.dim");
    let database = console.database(pool);
    match column {
        0 => pools::status(console, pool).map_or_else(Cell::empty, |status| {
            let (glyph, scope) = frame::sign(status);
            Cell::new(theme.glyph(glyph), scope)
        }),
        1 => Cell::plain(pooler.name.as_str()),
        2 => Cell::new(pool.name(), "text.strong"),
        3 => Cell::new(pool.mode.as_str(), "text.dim"),
        4 => Cell::plain((pool.clients + pool.waiting).to_string()),
        5 if pool.waiting == 0 => Cell::new("0", "text.dim"),
        5 => Cell::new(pool.waiting.to_string(), "pools.waiting"),
        6 if pool.waiting == 0 => absent(),
        6 if pool.longest_wait < pooling::PATIENCE => Cell::plain(duration::words(pool.longest_wait)),
        6 => Cell::new(duration::words(pool.longest_wait), "pools.waiting"),
        7 => pooling::saturation(console, pool).map_or_else(|| Cell::new("?", "severity.unknown"), saturation),
        8 => {
            let size = database.and_then(|d| d.pool_size).map_or_else(|| "?".to_owned(), |n| n.to_string());
            Cell::plain(pool.busy.to_string()).text(format!("/{size}"), "text.dim")
        }
        9 => match database.and_then(|d| d.traffic) {
            Some(traffic) => Cell::plain(number::rate(traffic.transactions)),
            None => absent(),
        },
        10 => match (pooling::target(console, pool, cluster), database) {
            (Some(node), _) => Cell::plain(node.name.as_str()),
            (None, Some(database)) => Cell::new(database.place(), "text.dim"),
            (None, None) => absent(),
        },
        _ => Cell::plain(pools::why(cluster, console, pool)),
    }
}

/// A bar and a number; a full pool is nothing bad as long as nobody waits.
fn saturation<'a>(share: f64) -> Cell<'a> {
    Cell::empty().meter(share.min(1.0), BAR, "meter").text(format!("{:>4.0} %", share * 100.0), "text")
}

/// The pool under the cursor.
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
