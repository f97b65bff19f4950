//! settings: how the nodes of a cluster are configured, and where they are not alike.
//!
//! ```text
//!   2 differ between nodes · 1 waits for a restart · 14 changed from their defaults
//!   showing all that matter · differing · pending restart · changed     17 of 61
//!     SETTING             pg1        pg2        pg3        WHAT                    WHERE
//!   ▲ work_mem            64MB       4MB        64MB       differs                 postgresql.auto.conf:3
//!   ▲ max_connections     100 → 200  100        100        waits for restart       postgresql.auto.conf:4
//!     shared_buffers      128MB      128MB      128MB      changed                 postgresql.conf:130
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::settings::{self, Preset, State, what},
        status::Status,
    },
    decide::drift::{self, Compared, Value},
    domain::Cluster,
    theme::{Glyph, Theme},
    view::{
        Look, frame,
        frame::Fact,
        text::cut,
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const SIGN: Column = Column::new("", 1, 1);
const NAME: Column = Column::new("SETTING", 20, 36).identifier();
const WHAT: Column = Column::new("WHAT", 10, 26).falls(1);
const WHERE: Column = Column::new("WHERE", 16, 28).identifier().falls(120);

/// Of so many nodes each has a column, while there is room.
const MOST_NODES: usize = 60;

/// Draws the settings.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let Some(cluster) = model.cluster() else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    let state = &model.screens.settings;
    frame::put(buf, theme, line, &facts(state, theme, line.width));
    line.y += 1;
    frame::put(buf, theme, line, &showing(state, theme));
    let shown = settings::shown_missing(state.missing.len(), model.size.body());
    for (name, why) in state.missing.iter().take(usize::from(shown)) {
        line.y += 1;
        let cell =
            Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown").text(format!(" {name}: {why}"), "severity.unknown");
        frame::put(buf, theme, line, &cell);
    }
    let y = line.y + 1;
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if state.rows.is_empty() {
        let line = Rect { y: (y + 1).min(area.bottom() - 1), ..line };
        frame::put(buf, theme, line, &Cell::new(why_empty(model), "table.empty"));
    } else {
        rows(state, cluster, look, buf, rest);
    }
}

fn why_empty(model: &Model) -> String {
    let state = &model.screens.settings;
    let total = state.counts.iter().max().copied().unwrap_or(0);
    if total == 0 {
        return "No configuration is known yet.".to_owned();
    }
    if !model.filter_text().is_empty() {
        return format!("No setting here holds \"{}\": esc clears the filter.", model.filter_text());
    }
    match state.preset {
        Preset::Differing => "No setting differs between the nodes, but those that belong to each node.".to_owned(),
        Preset::Pending => "No setting waits for a restart.".to_owned(),
        Preset::Matters | Preset::Changed => "Every setting is at its default.".to_owned(),
    }
}

fn facts<'a>(state: &State, theme: &Theme, width: u16) -> Cell<'a> {
    let [_, differing, pending, changed] = state.counts;
    let loud = |n: usize| if n > 0 { "severity.warning" } else { "topology.fact" };
    let s = |n: usize| if n == 1 { "s" } else { "" };
    let facts = vec![
        Fact::new(0, format!("{differing} differ{} between nodes", s(differing)), loud(differing)),
        Fact::new(0, format!("{pending} wait{} for a restart", s(pending)), loud(pending)),
        Fact::new(1, format!("{changed} changed from their defaults"), "topology.fact"),
    ];
    frame::facts(facts, theme, width)
}

fn showing<'a>(state: &State, theme: &Theme) -> Cell<'a> {
    let mut cell = Cell::new("showing ", "text.dim");
    for (at, preset) in Preset::CHOICES.iter().enumerate() {
        let gap = if at > 0 { format!(" {} ", theme.glyph(Glyph::Separator)) } else { String::new() };
        let scope = if *preset == state.preset { "footer.here" } else { "text.dim" };
        cell = cell.text(gap, "text.dim").text(preset.words(), scope);
    }
    let total = Preset::CHOICES.iter().zip(state.counts).find(|(p, _)| **p == state.preset).map_or(0, |(_, n)| n);
    cell.text(format!("   {} of {total}", state.rows.len()), "text.dim")
}

fn rows(state: &State, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    // The writer's column never falls; those of the others do from the last on.
    let reference = settings::reference(cluster);
    let nodes: Vec<usize> = std::iter::once(reference)
        .chain((0..cluster.nodes.len()).filter(|at| *at != reference))
        .take(MOST_NODES)
        .collect();
    let value = Column::new("", 9, 20).grows(1);
    let mut columns = vec![SIGN, NAME];
    columns
        .extend((0..nodes.len()).map(|at| value.falls(u8::try_from(if at == 0 { 0 } else { at + 1 }).unwrap_or(100))));
    columns.extend([WHAT, WHERE]);
    let table = Table {
        columns: &columns,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: None,
    };
    let last = columns.len() - 2;
    let drawn = table.render(
        area,
        buf,
        theme,
        &|at| table::Row { marked: state.list.marks().contains(&state.rows[at].name), ..table::Row::default() },
        &|at, column| {
            let setting = &state.rows[at];
            match column {
                0 if setting.differs || setting.is_pending => {
                    let (glyph, scope) = frame::sign(Status::Warning);
                    Cell::new(theme.glyph(glyph), scope)
                }
                0 => Cell::empty(),
                1 => Cell::plain(setting.name.as_str()),
                column if column < last => node_cell(cluster, setting, nodes[column - 2], reference, theme),
                column if column == last => {
                    let is_loud = setting.differs || setting.is_pending;
                    Cell::new(what(setting), if is_loud { "severity.warning" } else { "text.dim" })
                }
                _ => place(cluster, setting, &nodes),
            }
        },
    );
    headings(cluster, &nodes, &drawn, look, buf, area);
}

/// The names of nodes above their columns, and how many had no room.
fn headings(cluster: &Cluster, nodes: &[usize], drawn: &table::Drawn, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let mut last = None;
    for (index, x, width) in &drawn.columns {
        let Some(node) = index.checked_sub(2).and_then(|at| nodes.get(at)) else { continue };
        last = Some(index - 1);
        let name = cut::fit(
            &cluster.nodes[*node].name,
            usize::from(*width),
            cut::Align::Left,
            cut::Cut::Middle,
            look.theme.glyph(Glyph::Ellipsis),
        );
        let line = Rect { x: *x, width: *width, y: area.y, height: 1 };
        frame::put(buf, look.theme, line, &Cell::new(name, "table.title"));
    }
    let hidden = nodes.len().saturating_sub(last.unwrap_or(0));
    if hidden > 0 {
        let text = format!("+{hidden} nodes");
        let width = u16::try_from(text.len()).unwrap_or(0);
        let line = Rect { x: area.right().saturating_sub(width + 1), width, y: area.y.saturating_sub(1), height: 1 };
        frame::put(buf, look.theme, line, &Cell::new(text, "text.dim"));
    }
}

fn node_cell<'a>(
    cluster: &'a Cluster,
    setting: &'a Compared,
    node: usize,
    reference: usize,
    theme: &Theme,
) -> Cell<'a> {
    let entry = drift::entry(&cluster.nodes[node], &setting.name);
    let value = &setting.values[node];
    let mut cell = match value {
        Value::Unknown => return Cell::new("?", "severity.unknown"),
        Value::Absent => Cell::new("not there", "text.dim"),
        Value::Is(text) => {
            let is_odd = setting.differs && node != reference && *value != setting.values[reference];
            let is_default = entry.is_none_or(|e| !e.is_changed);
            let scope = if is_odd {
                "settings.differs"
            } else if is_default {
                "settings.default"
            } else {
                "settings"
            };
            Cell::new(settings::shown(text), scope)
        }
    };
    if let Some(entry) = entry.filter(|e| e.is_pending_restart) {
        let pending = entry.pending.as_ref().map_or_else(|| "?".to_owned(), |value| settings::shown(value));
        cell = cell.text(format!(" {} {pending}", theme.glyph(Glyph::Arrow)), "severity.warning");
    }
    cell
}

/// The file and line of the first node that has one, the reference first.
fn place<'a>(cluster: &'a Cluster, setting: &Compared, nodes: &[usize]) -> Cell<'a> {
    let entries = || nodes.iter().filter_map(|at| drift::entry(&cluster.nodes[*at], &setting.name));
    if let Some((file, line)) = entries().find_map(|e| e.file.as_ref()) {
        let name = file.rsplit('/').next().unwrap_or(file);
        return Cell::new(format!("{name}:{line}"), "text.dim");
    }
    let source = entries().find(|e| e.source != "default").map_or("", |e| e.source.as_str());
    Cell::new(source, "text.dim")
}
