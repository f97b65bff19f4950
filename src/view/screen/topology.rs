//! topology: one cluster's nodes, three truths a row, and who follows whom.
//!
//! ```text
//!   PostgreSQL 15.18 · system 7385…4213 · timeline 3 · no manager · async · one writer
//!     NODE      HOST              POSTGRES  MANAGER  TL  LSN         BEHIND 0–4 MB        SESSIONS   TPS   CPU     MEM
//!   ● pg1       container up 4 h  primary   –         3  0/9A3F2C10  –                    21 ▂▃▂▂▃   214   8 %  181 MB
//!   └─▲ pg3     up 4 h · 2 ↻      standby   –         3  0/9A1E0000  2.1 MB ↑   ▁▁▂▃▄▅▆█  14 ▁▂▂▃▃     0  91 %  122 MB
//!   ─ wrong here ────────────────────────────────────────────────────────────────────────────────────────────
//!   ▲ pg3 is 2.1 MB, 3 m 02 s behind and falls back by 40 kB/s
//!   ─ pg3 ───────────────────────────────────────────────────────────────────────────────────────────────────
//!   route               172.18.0.4:5432 (own address)
//! ```

mod row;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        detail::Kind,
        screen::{self, topology::State},
        status::Status,
    },
    decide::finding::Finding,
    domain::{Bytes, Cluster},
    theme::{Glyph, Theme},
    view::{
        Look, dialog,
        frame::{self, Fact},
        text::cut,
        widget::{
            cell::Cell,
            table::{self, Table},
        },
    },
};

/// Draws the cluster in focus.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let Some(cluster) = model.cluster() else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, look.theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    frame::put(buf, look.theme, line, &facts(cluster, look.theme, line.width));
    let state = &model.screens.topology;
    let Some(split) = state.split else { return };
    let mut y = area.y + 1;
    let mut part = |height: u16| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let tree_area = part(split.table);
    if state.rows.is_empty() {
        let text = format!("No node holds \"{}\": esc clears the filter.", model.filter_text());
        frame::put(buf, look.theme, Rect { y: tree_area.y, ..line }, &Cell::new(text, "table.empty"));
    } else {
        tree(model, cluster, look, buf, tree_area);
    }
    wrong(model, look, buf, part(split.wrong));
    detail(model, look, buf, part(split.detail));
}

/// What holds for the whole cluster; how many write comes last and never falls: it is what matters most.
fn facts<'a>(cluster: &Cluster, theme: &Theme, width: u16) -> Cell<'a> {
    let (writers, is_bad) = writers(cluster);
    let scope = if is_bad { "banner" } else { "topology.fact" };
    let mut facts = Vec::new();
    let mut add = |drop, text: String| facts.push(Fact::new(drop, text, scope));
    let mut versions: Vec<&str> =
        cluster.nodes.iter().filter_map(|n| n.postgres.value()).map(|p| p.version.text.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    if !versions.is_empty() {
        add(2, format!("PostgreSQL {}", versions.join(", ")));
    }
    if let Some(id) = cluster.system_identifier {
        add(4, format!("system {}", cut::middle(&id.to_string(), 9, theme.glyph(Glyph::Ellipsis))));
    }
    if let Some(timeline) = cluster.timeline() {
        add(1, format!("timeline {timeline}"));
    }
    let manager = match cluster.manager.as_str() {
        "none" => "no manager".to_owned(),
        "?" => "manager ?".to_owned(),
        manager => manager.to_owned(),
    };
    add(3, manager);
    if let Some(sync) = sync(cluster) {
        add(2, sync);
    }
    facts.push(Fact::new(0, writers, if is_bad { "banner" } else { "text" }));
    frame::facts(facts, theme, width)
}

fn writers(cluster: &Cluster) -> (String, bool) {
    match cluster.writers().count() {
        0 if cluster.nodes.iter().all(|n| n.postgres.value().is_none()) => {
            ("writer ? no node has answered".to_owned(), false)
        }
        0 => ("NO WRITER".to_owned(), true),
        1 => ("one writer".to_owned(), false),
        2 => ("TWO WRITERS".to_owned(), true),
        n => (format!("{n} WRITERS"), true),
    }
}

/// Whether commits wait for standbys, as the writer says.
fn sync(cluster: &Cluster) -> Option<String> {
    let senders = cluster.writer()?.postgres.value()?.senders.value()?;
    let count = |state: &str| senders.iter().filter(|s| s.sync_state == state).count();
    Some(match (count("sync"), count("quorum")) {
        _ if senders.is_empty() => "no standby streams".to_owned(),
        (0, 0) => "async".to_owned(),
        (0, n) => format!("quorum of {n}"),
        (n, _) => format!("{n} sync"),
    })
}

fn tree(model: &Model, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.topology;
    let lines = Lines::of(state);
    let height = usize::from(area.height.saturating_sub(1));
    let selected = lines.line_of(state.list.cursor());
    let first = lines.line_of(state.list.window().start);
    let offset = table::offset(first, Some(selected), lines.len(), height);
    let seen: Vec<usize> = (offset..lines.len().min(offset + height)).map(|line| lines.node(line).0).collect();
    let graphs = row::Graphs::of(model, cluster, state, &seen, frame::widths(row::COLUMNS, area));
    let drawn = Table { columns: row::COLUMNS, rows: lines.len(), selected: Some(selected), offset, sort: None }
        .render(
            area,
            buf,
            look.theme,
            &|line| {
                let (at, is_disagreement) = lines.node(line);
                if is_disagreement {
                    let finding = state.rows[at].disagreement.and_then(|n| model.cluster_findings().nth(n));
                    let across = finding.map(|f| contradiction(f, look.theme));
                    return table::Row { across: Some(across.unwrap_or_default()), ..table::Row::default() };
                }
                row::whole(model, cluster, state, at, &graphs, look)
            },
            &|line, column| row::cell(model, cluster, state, lines.node(line).0, column, &graphs, look),
        );
    let scales = [
        (row::BEHIND, "BEHIND", frame::range(look.theme, &Bytes(graphs.lag_scale as u64)), graphs.has_lag),
        (row::SESSIONS, "SESSIONS", frame::range(look.theme, &graphs.session_scale), true),
    ];
    for (column, title, scale, is_shown) in scales {
        if let Some((_, x, width)) = drawn.columns.iter().find(|c| c.0 == column).filter(|_| is_shown) {
            let skip = u16::try_from(title.len() + 1).unwrap_or(9);
            let at = Rect { x: x + skip, width: width.saturating_sub(skip), height: 1, ..area };
            if usize::from(at.width) >= cut::width(&scale) {
                frame::put(buf, look.theme, at, &Cell::new(scale, "spark.scale"));
            }
        }
    }
}

/// The lines of the tree: a line for each node, and one more below a node whose truths contradict each other.
struct Lines {
    /// For each row the line it is on.
    starts: Vec<usize>,
    len: usize,
}

impl Lines {
    fn of(state: &State) -> Self {
        let mut len = 0;
        let mut starts = Vec::with_capacity(state.rows.len());
        for row in &state.rows {
            starts.push(len);
            len += 1 + usize::from(row.disagreement.is_some());
        }
        Self { starts, len }
    }

    const fn len(&self) -> usize {
        self.len
    }

    fn line_of(&self, row: usize) -> usize {
        self.starts.get(row).copied().unwrap_or(0)
    }

    /// The row on a line, and whether the line is the one below the node's.
    fn node(&self, line: usize) -> (usize, bool) {
        let row = self.starts.partition_point(|start| *start <= line).saturating_sub(1);
        (row, self.line_of(row) != line)
    }
}

fn contradiction<'a>(finding: &Finding, theme: &Theme) -> Cell<'a> {
    let (glyph, scope) = frame::sign(Status::Critical);
    Cell::new(format!("  {} ", theme.glyph(glyph)), scope).text(finding.text.clone(), "topology.contradiction")
}

/// What is wrong in this cluster, worst first.
fn wrong(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    frame::rule(buf, look.theme, area, "wrong here", "");
    let count = model.cluster_findings().count();
    let room = usize::from(area.height - 1);
    let shown = if count > room { room - 1 } else { count };
    let lines = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    for (finding, y) in model.cluster_findings().take(shown).zip(area.y + 1..area.bottom()) {
        let status = Status::of(finding);
        let (glyph, scope) = frame::sign(status);
        let cell = Cell::new(look.theme.glyph(glyph), scope).text(format!(" {}", finding.text), "text");
        frame::put(buf, look.theme, Rect { y, ..lines }, &cell);
    }
    if shown < count {
        let more = Cell::new(format!("{} more", count - shown), "text.dim");
        frame::put(buf, look.theme, Rect { y: area.bottom() - 1, ..lines }, &more);
    }
}

/// The beginning of the details of the node under the cursor.
fn detail(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    let Some(detail) = screen::detail(model) else { return };
    frame::rule(buf, look.theme, area, &detail.title, "");
    // What is wrong stands above already.
    let mut lines = detail.lines(usize::from(area.width.saturating_sub(4)));
    lines.truncate(lines.iter().position(|line| line.kind == Kind::Section).unwrap_or(lines.len()));
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
    dialog::detail::draw_lines(&lines, 0, look, buf, inside);
}
