//! The model: all that the console knows about itself and what it shows.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

use super::{
    acting::Acting,
    action::Context,
    chronicle::Chronicle,
    entry::Entry,
    explain::Explained,
    filter::Filter,
    focus::Focus,
    key::Key,
    notice::Notices,
    page::Size,
    palette::Palette,
    replay::Replay,
    safety::{Lock, Safety},
    screen::{Name, Screens},
    since::Since,
    status::Status,
};
use crate::{
    decide::{events::Watcher, finding::Finding},
    domain::{
        Cluster, Interest, NodeId, Snapshot,
        history::{History, Sample},
    },
};

/// Everything the console's behaviour depends on. Changed by [`update`](super::update) only.
#[derive(Debug)]
pub struct Model {
    /// The newest facts.
    pub latest: Arc<Snapshot>,
    /// The facts that are drawn: the newest, unless the display is paused.
    pub shown: Arc<Snapshot>,
    /// What is wrong by the facts that are drawn, worst first.
    pub findings: Vec<Finding>,
    /// What is wrong by the newest facts: the header counts these even while the display is paused.
    pub news: Vec<Finding>,
    /// Since when each of them is there.
    pub since: Since,
    /// The past, for rates and sparklines.
    pub history: History,
    /// Derives events from the facts.
    pub(super) watcher: Watcher,
    /// What happened.
    pub events: Chronicle,
    /// The screen that is shown.
    pub screen: Name,
    /// The screens to go back to, the last one first to come.
    pub trail: Vec<(Name, Focus)>,
    /// Every screen's own state.
    pub screens: Screens,
    /// The cluster and node the screens are about.
    pub focus: Focus,
    /// The filters typed on each screen.
    pub filters: BTreeMap<Name, Entry>,
    /// Whether a filter is being typed.
    pub is_filtering: bool,
    /// The palette, while it is open.
    pub palette: Option<Palette>,
    /// How far the details page is scrolled, while it is open.
    pub detail: Option<usize>,
    /// The statement's plan that was asked for last.
    pub explained: Option<Explained>,
    /// What is told once.
    pub notices: Notices,
    /// Keys of a chord that wants more.
    pub pending: Vec<Key>,
    /// The terminal's size.
    pub size: Size,
    /// The time.
    pub now: Timestamp,
    /// The zone in which the clock is shown.
    pub zone: TimeZone,
    /// Since when the display is paused.
    pub paused: Option<Timestamp>,
    /// Where the recording is that is replayed; `None` while what is there now is shown.
    pub replay: Option<Replay>,
    /// Whether anything may be changed from here.
    pub lock: Lock,
    /// What the settings say about that.
    pub safety: Safety,
    /// What is about to be done, what is being done, and how it ended.
    pub acting: Acting,
    /// How often facts are read.
    pub refresh: Duration,
    /// What howdah itself takes for that.
    pub latency: Option<Duration>,
    /// The theme in use.
    pub theme: String,
    /// The themes there are.
    pub themes: Vec<String>,
    /// The keymap in use.
    pub keymap: String,
    /// The keymaps there are.
    pub keymaps: Vec<String>,
    /// Whether the program is to end.
    pub quit: bool,
    /// What the runtime was last told is needed.
    pub(super) interest: Interest,
}

impl Model {
    /// A model of nothing known yet.
    #[must_use]
    pub fn new(now: Timestamp, size: Size) -> Self {
        let nothing = Arc::new(Snapshot::empty(now));
        Self {
            latest: Arc::clone(&nothing),
            shown: nothing,
            findings: Vec::new(),
            news: Vec::new(),
            since: Since::default(),
            history: History::default(),
            watcher: Watcher::default(),
            events: Chronicle::default(),
            screen: Name::Fleet,
            trail: Vec::new(),
            screens: Screens::default(),
            focus: Focus::default(),
            filters: BTreeMap::new(),
            is_filtering: false,
            palette: None,
            detail: None,
            explained: None,
            notices: Notices::default(),
            pending: Vec::new(),
            size,
            now,
            zone: TimeZone::UTC,
            paused: None,
            replay: None,
            lock: Lock::default(),
            safety: Safety::default(),
            acting: Acting::default(),
            refresh: Duration::from_secs(1),
            latency: None,
            theme: "dark".to_owned(),
            themes: vec!["dark".to_owned()],
            keymap: "default".to_owned(),
            keymaps: vec!["default".to_owned()],
            quit: false,
            interest: Interest::default(),
        }
    }

    /// Whether keys are text now: the runtime sends them as [`Msg::Text`](super::Msg::Text).
    #[must_use]
    pub const fn wants_text(&self) -> bool {
        self.palette.is_some() || self.is_filtering || self.acting.is_open()
    }

    /// Where keys are looked up now.
    #[must_use]
    pub const fn context(&self) -> Context {
        match self.detail {
            Some(_) => Context::Detail,
            None => Context::Screen(self.screen),
        }
    }

    /// The time of what is drawn: ages stand still while the display is paused.
    #[must_use]
    pub fn drawn_at(&self) -> Timestamp {
        self.paused.unwrap_or(self.now)
    }

    /// The cluster in focus, where it is among the facts drawn.
    #[must_use]
    pub fn cluster(&self) -> Option<&Cluster> {
        let id = self.focus.cluster()?;
        self.shown.clusters.iter().find(|c| c.id == *id)
    }

    /// What is wrong with the cluster in focus, worst first.
    pub fn cluster_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|f| Some(&f.cluster) == self.focus.cluster())
    }

    /// How many findings of the newest facts give that status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.news.iter().filter(|f| Status::of(f) == status).count()
    }

    /// What is typed as the filter of this screen.
    #[must_use]
    pub fn filter_text(&self) -> &str {
        self.filters.get(&self.screen).map_or("", Entry::text)
    }

    /// The filter of this screen.
    #[must_use]
    pub fn filter(&self) -> Filter {
        Filter::new(self.filter_text())
    }

    /// The latest `count` values of a node's past as far as it is drawn, oldest first.
    #[must_use]
    pub fn series(&self, node: &NodeId, count: usize, field: impl Fn(&Sample) -> Option<f64>) -> Vec<Option<f64>> {
        let Some(track) = self.history.track(node) else { return Vec::new() };
        let end = self.drawn_at();
        let mut values: Vec<_> = track.samples().rev().skip_while(|s| s.at > end).take(count).map(field).collect();
        values.reverse();
        values
    }

    /// How many bytes a node was behind in the past as far as it is drawn, in equal parts, oldest first.
    #[must_use]
    pub fn lag_parts(&self, node: &NodeId, past: Duration, cells: usize) -> Vec<Option<f64>> {
        let track = self.history.track(node);
        track.map_or_else(Vec::new, |t| t.parts(self.drawn_at(), past, cells, |s| s.lag_bytes))
    }

    /// A node's latest sample as far as it is drawn.
    #[must_use]
    pub fn sample(&self, node: &NodeId) -> Option<&Sample> {
        let end = self.drawn_at();
        self.history.track(node)?.samples().rev().find(|s| s.at <= end)
    }
}
