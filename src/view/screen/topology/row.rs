//! One node's row: what its runtime, PostgreSQL and its manager say about it.

use crate::{
    app::{
        Model,
        screen::topology::{Row, State},
        status::Status,
    },
    domain::{
        Cluster, Node, Observed, Role, duration,
        host::{HostKind, HostState, Phase},
        lag,
    },
    theme::{Glyph, Theme},
    view::{
        Look, frame,
        text::cut,
        widget::{
            cell::Cell,
            table::{self, Column},
        },
    },
};

const LAG_SPARK: u16 = 8;
const SESSION_SPARK: u16 = 6;

/// The column of the lag.
pub(super) const BEHIND: usize = 6;
/// The column of the sessions.
pub(super) const SESSIONS: usize = 7;

/// A narrow page keeps NODE, POSTGRES and BEHIND.
pub(super) const COLUMNS: &[Column] = &[
    Column::new("NODE", 12, 24).identifier(),
    Column::new("HOST", 12, 18).falls(3),
    Column::new("POSTGRES", 8, 9),
    Column::new("MANAGER", 7, 9).falls(8),
    Column::new("TL", 3, 3).right().falls(4),
    Column::new("LSN", 11, 13).falls(6),
    Column::new("BEHIND", 9, 18),
    Column::new("SESSIONS", 8, 16).falls(5),
    Column::new("TPS", 5, 5).right().falls(2),
    Column::new("CPU", 5, 5).right().falls(7),
    Column::new("MEM", 7, 7).right().falls(7),
];

/// A node's past, oldest first; `None` is a gap.
type Series = Vec<Option<f64>>;

/// The sparklines of the rows that are seen, and the scales they share.
pub(super) struct Graphs {
    rows: Vec<(usize, Series, Series)>,
    pub(super) lag_scale: f64,
    pub(super) session_scale: f64,
    /// Whether any lag is known at all.
    pub(super) has_lag: bool,
    /// How wide each column is.
    widths: Vec<u16>,
}

impl Graphs {
    pub(super) fn of(model: &Model, cluster: &Cluster, state: &State, seen: &[usize], widths: Vec<u16>) -> Self {
        let series = |at: &usize| {
            let id = &cluster.nodes[state.rows[*at].node].id;
            let lag = model.series(id, usize::from(LAG_SPARK), |s| s.lag_bytes);
            (*at, lag, model.series(id, usize::from(SESSION_SPARK), |s| s.sessions))
        };
        let rows: Vec<_> = seen.iter().map(series).collect();
        let most = |values: &mut dyn Iterator<Item = &Option<f64>>| values.flatten().fold(0.0, |m: f64, v| m.max(*v));
        let most_lag = most(&mut rows.iter().flat_map(|r| &r.1));
        let lag_scale = frame::scale(most_lag, 65_536.0);
        let session_scale = frame::scale(most(&mut rows.iter().flat_map(|r| &r.2)), 10.0);
        let has_lag = rows.iter().flat_map(|r| &r.1).any(Option::is_some);
        Self { rows, lag_scale, session_scale, has_lag, widths }
    }

    /// How wide a column is; 0 where it fell.
    fn width(&self, column: usize) -> u16 {
        self.widths.get(column).copied().unwrap_or(0)
    }

    fn get(&self, row: usize) -> (&[Option<f64>], &[Option<f64>]) {
        self.rows.iter().find(|r| r.0 == row).map_or((&[], &[]), |r| (&r.1, &r.2))
    }
}

/// The row as a whole: dim when its facts are old, one sentence when there are none.
pub(super) fn whole<'a>(
    model: &Model,
    cluster: &Cluster,
    state: &State,
    at: usize,
    graphs: &Graphs,
    look: &Look<'_>,
) -> table::Row<'a> {
    let row = &state.rows[at];
    let node = &cluster.nodes[row.node];
    let marked = state.list.marks().contains(&node.id);
    match &node.postgres {
        Observed::Fresh { .. } => table::Row { marked, ..table::Row::default() },
        Observed::Stale { .. } => table::Row { marked, scope: Some("severity.stale"), across: None },
        Observed::Unknown { why } => {
            let name = name(state, at, node, look.theme);
            // Under the same headings as the other rows, as far as there is something to say.
            let gap = usize::from(graphs.width(0) + 2).saturating_sub(name.width()).max(2);
            let words = host_words(node, model, look.theme, graphs.width(1));
            let ellipsis = look.theme.glyph(Glyph::Ellipsis);
            let host = cut::fit(&words, usize::from(graphs.width(1)), cut::Align::Left, cut::Cut::End, ellipsis);
            let across = name
                .text(" ".repeat(gap), "text")
                .text(format!("{host}  "), host_scope(node))
                .text(format!("? {why}"), "severity.unknown");
            table::Row { marked, scope: None, across: Some(across) }
        }
    }
}

/// One cell of a node that has answered.
pub(super) fn cell<'a>(
    model: &Model,
    cluster: &'a Cluster,
    state: &State,
    at: usize,
    column: usize,
    graphs: &Graphs,
    look: &Look<'_>,
) -> Cell<'a> {
    let node = &cluster.nodes[state.rows[at].node];
    let theme = look.theme;
    let Some(facts) = node.postgres.value() else { return Cell::empty() };
    match column {
        0 => name(state, at, node, theme),
        1 => Cell::new(host_words(node, model, theme, graphs.width(1)), host_scope(node)),
        2 if facts.role() == Role::Primary => Cell::new("primary", "topology.role.primary"),
        2 => Cell::new("standby", "topology.role.standby"),
        3 => manager(node, theme),
        4 => Cell::plain(facts.timeline.to_string()),
        5 => Cell::plain(facts.lsn.to_string()),
        BEHIND => behind(model, cluster, node, graphs, at, theme),
        SESSIONS => match &facts.session_counts {
            Observed::Unknown { why } => unknown(why),
            counts => {
                let total = counts.value().map_or(0, |c| c.total);
                let number = Cell::plain(format!("{total:>4}"));
                if graphs.width(SESSIONS) < 5 + SESSION_SPARK {
                    return number;
                }
                let series = graphs.get(at).1.to_vec();
                number.text(" ", "text").spark(series, graphs.session_scale, SESSION_SPARK, "spark")
            }
        },
        8 => model.sample(&node.id).and_then(|s| s.tps).map_or_else(nothing, |tps| Cell::plain(frame::number(tps))),
        9 => usage(node, |u| u.cpu_percent.map(|cpu| format!("{cpu:.0} %"))),
        _ => usage(node, |u| Some(u.memory.to_string())),
    }
}

fn nothing<'a>() -> Cell<'a> {
    Cell::new("?", "severity.unknown")
}

fn unknown<'a>(why: &str) -> Cell<'a> {
    Cell::new(format!("? {why}"), "severity.unknown")
}

/// The tree's branches, how the node stands, and its name.
fn name<'a>(state: &State, at: usize, node: &Node, theme: &Theme) -> Cell<'a> {
    let row = &state.rows[at];
    let (glyph, scope) = frame::sign(row.status);
    Cell::new(branches(&state.rows, at, theme), "tree")
        .text(theme.glyph(glyph), scope)
        .text(format!(" {}", node.name), "topology.name")
}

fn branches(rows: &[Row], at: usize, theme: &Theme) -> String {
    let Some(row) = rows.get(at).filter(|row| row.depth > 0) else { return String::new() };
    let own = if row.has_sibling_below { Glyph::Branch } else { Glyph::LastBranch };
    let mut parts = vec![theme.glyph(own)];
    let mut level = row.depth;
    for above in rows[..at].iter().rev() {
        if level <= 1 {
            break;
        }
        if above.depth < level {
            level = above.depth;
            if level > 0 {
                parts.push(if above.has_sibling_below { theme.glyph(Glyph::Passing) } else { "  " });
            }
        }
    }
    parts.reverse();
    parts.concat()
}

/// What the runtime says; the kind of host only where there is room.
fn host_words(node: &Node, model: &Model, theme: &Theme, width: u16) -> String {
    let state = match &node.host.state {
        Observed::Unknown { why } => return format!("? {why}"),
        state => state.value(),
    };
    let Some(state) = state else { return String::new() };
    let kind = match node.host.kind {
        _ if width < 16 => "",
        HostKind::Container => "container ",
        HostKind::Pod => "pod ",
        HostKind::Process => "process ",
        HostKind::Machine => "",
    };
    let age = state.since.map(|since| first_unit(&duration::words(duration::since(since, model.drawn_at()))));
    let restarts = if state.restarts > 0 {
        format!(" {} {} {}", theme.glyph(Glyph::Separator), state.restarts, theme.glyph(Glyph::Restart))
    } else {
        String::new()
    };
    // What the platform says of it is news while it lasts: `Terminating`, `CrashLoopBackOff`.
    if let Some(reason) = &state.reason {
        return format!("{reason}{restarts}");
    }
    match (state.phase, age) {
        (Phase::Running, Some(age)) if restarts.is_empty() => format!("{kind}up {age}"),
        (Phase::Running, Some(age)) => format!("up {age}{restarts}"),
        (Phase::Running, None) => format!("{kind}up{restarts}"),
        (phase, age) => {
            let code = state.exit_code.filter(|_| phase == Phase::Exited).map(|c| format!(" {c}")).unwrap_or_default();
            format!("{}{code}{}", phase.word(), age.map(|age| format!(" {age}")).unwrap_or_default())
        }
    }
}

/// `4 h` of `4 h 12 m`: a host's age needs no more.
fn first_unit(words: &str) -> String {
    words.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn host_scope(node: &Node) -> &'static str {
    let is_running = |state: &HostState| state.phase == Phase::Running;
    match node.host.state.value() {
        None => "severity.unknown",
        Some(state) if !is_running(state) => "severity.critical",
        Some(state) if state.reason.is_some() => "severity.warning",
        Some(state) if state.restarts > 0 => "severity.warning",
        Some(_) => "text",
    }
}

/// What a manager, or a label that stands for one, says.
fn manager<'a>(node: &'a Node, theme: &Theme) -> Cell<'a> {
    let Some(claim) = node.host.claims.first() else {
        return Cell::new(theme.glyph(Glyph::Absent), "topology.lag.none");
    };
    let contradicts = claim.role.is_some_and(|role| node.role().is_some_and(|own| own != role));
    Cell::new(claim.word.as_str(), if contradicts { "topology.contradiction" } else { "text" })
}

fn behind<'a>(model: &Model, cluster: &Cluster, node: &Node, graphs: &Graphs, at: usize, theme: &Theme) -> Cell<'a> {
    if let Observed::Stale { at, .. } = &node.postgres {
        let age = duration::words(duration::since(*at, model.drawn_at()));
        return Cell::new(format!("{} {age} old", theme.glyph(Glyph::Stale)), "severity.stale");
    }
    let Some(lag) = lag::of(cluster, node) else {
        return Cell::new(theme.glyph(Glyph::Absent), "topology.lag.none");
    };
    let bytes = match lag.bytes {
        Observed::Unknown { why } => return unknown(&why),
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => value,
    };
    let trend = match model.history.track(&node.id).and_then(|t| t.slope(30, |s| s.lag_bytes)) {
        Some(slope) if slope > 1024.0 && bytes.get() > 0 => theme.glyph(Glyph::Rising),
        Some(slope) if slope < -1024.0 && bytes.get() > 0 => theme.glyph(Glyph::Falling),
        _ => " ",
    };
    let is_bad = Status::of_node(node, &model.cluster_findings().collect::<Vec<_>>()) >= Status::Warning;
    let scope = if is_bad && bytes.get() > 0 { "topology.lag.bad" } else { "topology.lag" };
    let number = Cell::new(format!("{:<7}{trend}", bytes.to_string()), scope);
    if graphs.width(BEHIND) < 10 + LAG_SPARK {
        return number;
    }
    number.text("  ", "text").spark(graphs.get(at).0.to_vec(), graphs.lag_scale, LAG_SPARK, "spark")
}

fn usage<'a>(node: &Node, words: impl Fn(&crate::domain::host::Usage) -> Option<String>) -> Cell<'a> {
    node.host.usage.value().and_then(words).map_or_else(nothing, Cell::plain)
}
