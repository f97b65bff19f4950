//! settings: how the nodes of a cluster are configured, and where they are not alike.
//!
//! ```text
//!   2 settings differ between nodes · 1 waits for a restart · 14 changed from their defaults
//!   showing all that matter · differing · pending restart · changed     17 of 61
//!     SETTING             pg1        pg2        pg3        WHAT                    WHERE
//!   ▲ work_mem            64MB       4MB        64MB       differs                 postgresql.auto.conf:3
//!   ▲ max_connections     100 → 200  100        100        waits for a restart     postgresql.auto.conf:4
//!     shared_buffers      128MB      128MB      128MB      changed                 postgresql.conf:130
//! ```

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        screen::Place,
    },
    decide::drift::{self, Compared, Value},
    domain::{Cluster, Node, Text, Topic, configuration::Entry},
};

/// The whole configuration of every node.
pub const TOPICS: &[Topic] = &[Topic::Settings];

/// It is about the cluster in focus.
pub const IS_OF_CLUSTER: bool = true;

/// It has rows that can be filtered.
pub const HAS_ROWS: bool = true;

/// Which settings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// Whatever differs, waits, or was changed by somebody.
    #[default]
    Matters,
    /// Those that differ between nodes where they should not.
    Differing,
    /// Those whose value waits for a restart.
    Pending,
    /// Those that are not at their defaults, the node's own and the fixed ones included.
    Changed,
}

impl Preset {
    /// Every preset, in the order in which they follow each other.
    pub const CHOICES: [Self; 4] = [Self::Matters, Self::Differing, Self::Pending, Self::Changed];

    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Matters => "all that matter",
            Self::Differing => "differing",
            Self::Pending => "pending restart",
            Self::Changed => "changed",
        }
    }

    const fn shows(self, setting: &Compared) -> bool {
        match self {
            Self::Matters => setting.matters(),
            Self::Differing => setting.differs,
            Self::Pending => setting.is_pending,
            Self::Changed => setting.is_changed,
        }
    }
}

/// What the settings screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The settings that are shown, in order.
    pub rows: Vec<Compared>,
    /// The cursor.
    pub list: List<Text>,
    /// Which settings are shown.
    pub preset: Preset,
    /// How many each preset would show, in the order of the presets.
    pub counts: [usize; 4],
    /// Why the configuration of some nodes is not known, or not all of it: the node's name and the reason.
    pub missing: Vec<(Text, Text)>,
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let preset = model.screens.settings.preset;
    let all = model.cluster().map(drift::compare).unwrap_or_default();
    let missing: Vec<(Text, Text)> = model
        .cluster()
        .map_or(&[][..], |c| c.nodes.as_slice())
        .iter()
        .filter_map(|n| Some((n.name.clone(), why_unknown(n)?)))
        .collect();
    let counts = Preset::CHOICES.map(|preset| all.iter().filter(|s| preset.shows(s)).count());
    let mut rows: Vec<Compared> = all.into_iter().filter(|s| preset.shows(s) && passes(&filter, s)).collect();
    rows.sort_by_key(|s| (!s.differs, !s.is_pending));
    let Model { screens, size, .. } = model;
    let state = &mut screens.settings;
    (state.rows, state.counts, state.missing) = (rows, counts, missing);
    let above = 3 + shown_missing(state.missing.len(), size.body());
    state.list.resize(usize::from(size.body().saturating_sub(above)));
    state.list.settle(state.rows.len(), |at| state.rows[at].name.clone());
    state.list.keep_marks(|name| state.rows.iter().any(|s| s.name == *name));
}

/// How many reasons are shown above the table.
#[must_use]
pub fn shown_missing(missing: usize, body: u16) -> u16 {
    u16::try_from(missing).unwrap_or(u16::MAX).min(body / 3)
}

fn why_unknown(node: &Node) -> Option<Text> {
    match node.postgres.value() {
        None => node.postgres.why().cloned(),
        Some(facts) => match facts.configuration.value() {
            None => facts.configuration.why().cloned(),
            Some(configuration) => configuration.limits.first().cloned(),
        },
    }
}

fn passes(filter: &crate::app::filter::Filter, setting: &Compared) -> bool {
    let texts = [setting.name.as_str(), what(setting)];
    let values = setting.values.iter().filter_map(|v| if let Value::Is(text) = v { Some(text.as_str()) } else { None });
    filter.is_empty() || filter.passes(&texts.into_iter().chain(values).collect::<Vec<_>>())
}

/// What there is to say about a setting, in words.
#[must_use]
pub const fn what(setting: &Compared) -> &'static str {
    match (setting.differs, setting.is_pending) {
        (true, true) => "differs, waits for restart",
        (true, false) => "differs",
        (false, true) => "waits for restart",
        (false, false) if setting.is_own => "the node's own",
        (false, false) if setting.is_internal => "fixed",
        (false, false) if setting.is_changed => "changed",
        (false, false) => "",
    }
}

/// The node that the others are compared with: the writer, else the first.
#[must_use]
pub fn reference(cluster: &Cluster) -> usize {
    let writer = cluster.writer().map(|n| &n.id);
    cluster.nodes.iter().position(|n| Some(&n.id) == writer).unwrap_or(0)
}

/// The setting under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Cluster, &Compared)> {
    let state = &model.screens.settings;
    Some((model.cluster()?, state.rows.get(state.list.cursor())?))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let State { rows, list, preset, .. } = &mut model.screens.settings;
    let key = |at: usize| rows[at].name.clone();
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::Open => model.detail = detail(model).map(|_| 0),
        Action::NextPreset => {
            let at = Preset::CHOICES.iter().position(|p| p == preset).unwrap_or(0);
            *preset = Preset::CHOICES[(at + 1) % Preset::CHOICES.len()];
            refresh(model);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.settings.list.is_empty() {
        return vec![Action::NextPreset];
    }
    vec![Action::Open, Action::NextPreset, Action::Mark, Action::Yank]
}

/// All that is known about the setting under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (cluster, setting) = selected(model)?;
    let mut detail = Detail::of(setting.name.as_str());
    let entries: Vec<Option<&Entry>> = cluster.nodes.iter().map(|n| drift::entry(n, &setting.name)).collect();
    let some = entries.iter().copied().flatten().next()?;
    detail.fact("what it is", &some.description);
    detail.fact("belongs to", &some.category);
    detail.fact("default", shown(&some.default));
    detail.fact("a change", takes_effect(&some.context));
    if setting.is_own {
        detail.fact("differences", "belong to each node and are expected");
    }
    for ((node, value), entry) in cluster.nodes.iter().zip(&setting.values).zip(&entries) {
        detail.section(&node.name);
        of_node(&mut detail, node, value, *entry);
    }
    Some(detail)
}

fn of_node(detail: &mut Detail, node: &Node, value: &Value, entry: Option<&Entry>) {
    match value {
        Value::Is(value) => detail.fact("value", shown(value)),
        Value::Absent => detail.fact("value", "there is no such setting: what defines it is not loaded"),
        Value::Unknown => {
            let why = why_unknown(node).unwrap_or_default();
            detail.maybe("value", Err(why.to_string()));
        }
    }
    let Some(entry) = entry else { return };
    detail.fact("comes from", &entry.source);
    match &entry.file {
        Some((file, line)) => detail.fact("file", format!("{file} line {line}")),
        None if entry.source == "configuration file" => {
            detail.maybe("file", Err(why_unknown(node).map_or_else(|| "not told".to_owned(), |why| why.to_string())));
        }
        None => {}
    }
    if entry.is_pending_restart {
        let waits = match &entry.pending {
            Some(value) => format!("{} waits for a restart of {}", shown(value), node.name),
            None => format!("another value, or the default, waits for a restart of {}", node.name),
        };
        detail.items.push(Item::Wrong(crate::app::status::Status::Warning, waits));
    }
}

/// A value as it is shown: an empty one too.
#[must_use]
pub fn shown(value: &str) -> String {
    if value.is_empty() { "''".to_owned() } else { value.to_owned() }
}

fn takes_effect(context: &str) -> String {
    match context {
        "internal" => "is not possible: it was fixed when the server was built or initialised".to_owned(),
        "postmaster" => "takes effect with a restart".to_owned(),
        "sighup" => "takes effect with a reload".to_owned(),
        "backend" | "superuser-backend" => "takes effect with a reload, in new sessions".to_owned(),
        "user" | "superuser" => "takes effect with a reload, and sessions may set their own".to_owned(),
        other => other.to_owned(),
    }
}

/// The marked settings, or the one under the cursor, as a configuration file has them.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let (cluster, setting) = selected(model)?;
    let state = &model.screens.settings;
    let line = |setting: &Compared| {
        let values = cluster.nodes.iter().zip(&setting.values).map(|(node, value)| match value {
            Value::Is(value) => format!("{} = '{}'  # {}", setting.name, value.replace('\'', "''"), node.name),
            Value::Absent => format!("# {} has no {}", node.name, setting.name),
            Value::Unknown => format!("# {} is not known on {}", setting.name, node.name),
        });
        values.collect::<Vec<_>>().join("\n")
    };
    if state.list.marks().is_empty() {
        return Some(line(setting));
    }
    let marked = state.rows.iter().filter(|s| state.list.marks().contains(&s.name));
    Some(marked.map(line).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
