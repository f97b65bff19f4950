//! Behaviour: what happens when something happens.
//!
//! The console is a [`Model`], a [`Msg`] changes it, and what must be done outside comes back as
//! [`Effect`]s. No IO, no clock, no terminal: the same messages give the same model, in a test, in a
//! replay and at 03:00.

use std::sync::Arc;

use crate::{
    decide,
    domain::{ClusterId, Interest, Snapshot, Topic},
};

pub mod acting;
pub mod action;
pub mod chronicle;
pub mod detail;
mod details;
pub mod effect;
pub mod entry;
pub mod explain;
pub mod filter;
pub mod focus;
pub mod key;
pub mod list;
pub mod model;
pub mod msg;
pub mod notice;
mod pace;
pub mod page;
pub mod palette;
pub mod replay;
pub mod safety;
pub mod screen;
pub mod since;
pub mod status;

pub use action::{Action, Context};
pub use details::{detail_height, detail_lines};
pub use effect::Effect;
pub use model::Model;
pub use msg::Msg;
pub use notice::Notice;
pub use page::Size;
pub use safety::Lock;

use details::{in_detail, scroll_detail};
use entry::Typed;
use key::Key;
use palette::{Choice, Palette};
use screen::Name;

/// Takes in what happened; what must be done outside comes back.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = match msg {
        Msg::Snapshot(snapshot) => {
            take(model, snapshot);
            Vec::new()
        }
        Msg::Logs(batch) => {
            screen::logs::take(model, batch);
            Vec::new()
        }
        Msg::Explained(answer) => {
            explain::take(model, answer);
            Vec::new()
        }
        Msg::Reel(reel) => {
            replay::take(model, reel);
            Vec::new()
        }
        Msg::Acting(report) => {
            acting::hear(model, report);
            Vec::new()
        }
        Msg::Act(action) => act(model, action),
        Msg::Text(key) => text(model, key),
        Msg::Resize { width, height } => {
            model.size = Size { width, height };
            refresh(model);
            Vec::new()
        }
        Msg::Tick(now) => {
            // In a recording it is as late as it was then.
            if model.replay.is_none() {
                model.now = now;
            }
            model.notices.expire(now);
            safety::expire(model, now);
            Vec::new()
        }
        Msg::Notice(notice) => {
            model.notices.tell(notice, model.now);
            Vec::new()
        }
        Msg::Latency(latency) => {
            model.latency = Some(latency);
            Vec::new()
        }
        Msg::Pending(keys) => {
            model.pending = keys;
            Vec::new()
        }
    };
    let interest = interest(model);
    if interest != model.interest {
        model.interest = interest.clone();
        effects.push(Effect::Interest(interest));
    }
    effects.extend(screen::logs::wish(model));
    effects
}

/// Takes in new facts; a paused display keeps showing what it shows.
fn take(model: &mut Model, snapshot: Arc<Snapshot>) {
    model.now = if model.replay.is_some() { snapshot.at } else { model.now.max(snapshot.at) };
    model.history.push(&snapshot);
    model.news = decide::assess(&snapshot, &model.history, model.now);
    let events = model.watcher.look(&snapshot, &model.news);
    screen::logs::note(model, &events);
    for event in events {
        model.events.add(event);
    }
    model.since.push(&model.news, model.now);
    model.latest = snapshot;
    acting::look_again(model);
    if model.paused.is_none() {
        show_latest(model);
    }
}

fn show_latest(model: &mut Model) {
    model.shown = Arc::clone(&model.latest);
    model.findings.clone_from(&model.news);
    model.focus.follow(&model.shown);
    refresh(model);
}

fn refresh(model: &mut Model) {
    screen::refresh(model);
    if let Some(scroll) = model.detail {
        scroll_detail(model, scroll);
    }
}

fn interest(model: &Model) -> Interest {
    let mut topics = model.screen.topics();
    if let Some(wanted) = model.acting.wanted() {
        // What is about to be done is looked at all the while: the plan is made anew of every snapshot.
        topics.extend(wanted.topics());
        return Interest { topics, cluster: Some(wanted.cluster().clone()) };
    }
    if model.is_unlocked() && model.screen.is_of_cluster() {
        topics.insert(Topic::Preflight);
    }
    let cluster = if topics.is_empty() { None } else { model.focus.cluster().cloned() };
    Interest { topics, cluster }
}

/// Does what a key or the palette asked for.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    model.notices.dismiss();
    if model.detail.is_some() && in_detail(model, action) {
        return Vec::new();
    }
    if let Some(effects) = replay::act(model, action) {
        return effects;
    }
    if let Some(effects) = screen::act(model, action) {
        return effects;
    }
    match action {
        Action::Screen(name) => open_screen(model, name),
        Action::Back => back(model),
        Action::BackOrQuit if !leave(model) => return quit(model),
        Action::Quit => return quit(model),
        Action::Filter if can_filter(model) => model.is_filtering = true,
        Action::Palette => model.palette = Some(Palette::open(model)),
        Action::Acts => model.palette = Some(Palette::of_acts(model)),
        Action::Unlock => safety::toggle(model),
        Action::ShowPlan => acting::show(model),
        action if action.is_act() => acting::propose(model, action),
        Action::OpenLog => screen::logs::open_from(model),
        Action::Describe => describe(model),
        Action::Yank => return yank(model),
        Action::NextNode if screen::offers(model).contains(&action) => next_node(model),
        Action::Pause => pause(model),
        Action::RefreshSlower => return pace::change(model, 1),
        Action::RefreshFaster => return pace::change(model, -1),
        Action::NextTheme => return next_theme(model),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        _ => {}
    }
    Vec::new()
}

/// Whether this screen has rows that can be filtered.
#[must_use]
pub fn can_filter(model: &Model) -> bool {
    model.detail.is_none() && model.screen.has_rows()
}

/// From all nodes to the first, from each to the next, from the last to all.
fn next_node(model: &mut Model) {
    let Some(cluster) = model.cluster() else { return };
    let next = match &model.focus.node {
        None => cluster.nodes.first(),
        Some(id) => cluster.nodes.iter().skip_while(|n| n.id != *id).nth(1),
    };
    model.focus.node = next.map(|n| n.id.clone());
    refresh(model);
}

fn quit(model: &mut Model) -> Vec<Effect> {
    if acting::asks_before_leaving(model) {
        return Vec::new();
    }
    model.quit = true;
    vec![Effect::Quit]
}

/// Goes to a screen; those about one cluster take the cluster in focus, or the one under the cursor.
fn open_screen(model: &mut Model, name: Name) {
    if name == Name::Help && model.screen == Name::Help {
        leave(model);
        return;
    }
    screen::findings::before_opening(model, name);
    if name.is_of_cluster() && (model.screen == Name::Fleet || model.focus.cluster().is_none()) {
        let Some(cluster) = model.screens.fleet.selected(&model.shown) else {
            let text = format!("{} needs a cluster, and none is known yet", name.name());
            model.notices.tell(Notice::warning(text), model.now);
            return;
        };
        if Some(&cluster.id) != model.focus.cluster() {
            model.focus.turn_to(cluster);
        }
    }
    if name != model.screen {
        enter(model, name);
    }
}

/// Shows a screen and remembers where one came from.
fn enter(model: &mut Model, name: Name) {
    const LONGEST_TRAIL: usize = 32;
    model.detail = None;
    // Coming back to a screen on the trail shortens it: going round in circles makes no long way back.
    if let Some(at) = model.trail.iter().position(|(screen, _)| *screen == name) {
        model.trail.truncate(at);
    } else {
        model.trail.push((model.screen, model.focus.clone()));
    }
    if model.trail.len() > LONGEST_TRAIL {
        model.trail.remove(0);
    }
    model.screen = name;
    refresh(model);
}

/// Goes to a cluster's topology.
fn open_cluster(model: &mut Model, id: &ClusterId) {
    let shown = Arc::clone(&model.shown);
    if let Some(cluster) = shown.clusters.iter().find(|c| c.id == *id) {
        model.focus.turn_to(cluster);
        if model.screen == Name::Topology { refresh(model) } else { enter(model, Name::Topology) }
    }
}

/// Closes what is open, or goes back one screen; whether there was anything.
fn leave(model: &mut Model) -> bool {
    if model.detail.take().is_some() {
        return true;
    }
    if let Some((screen, mut focus)) = model.trail.pop() {
        focus.follow(&model.shown);
        model.screen = screen;
        model.focus = focus;
        refresh(model);
        return true;
    }
    if model.screen != Name::Fleet {
        model.screen = Name::Fleet;
        refresh(model);
        return true;
    }
    false
}

/// Takes the filter away, or leaves; a screen has taken its own marks away before.
fn back(model: &mut Model) {
    let is_filtered = model.filters.remove(&model.screen).is_some_and(|entry| !entry.text().is_empty());
    if is_filtered {
        refresh(model);
    } else {
        leave(model);
    }
}

fn describe(model: &mut Model) {
    if model.detail.take().is_none() {
        model.detail = screen::detail(model).map(|_| 0);
    }
}

fn yank(model: &mut Model) -> Vec<Effect> {
    let Some(text) = screen::yank(model) else { return Vec::new() };
    let lines = text.lines().count();
    let said = if lines == 1 { format!("copied {}", shorten(&text)) } else { format!("copied {lines} lines") };
    model.notices.tell(Notice::info(said), model.now);
    vec![Effect::Copy(text)]
}

fn shorten(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(" and so on".chars()).collect()
}

fn pause(model: &mut Model) {
    if model.paused.take().is_some() {
        show_latest(model);
    } else {
        model.paused = Some(model.now);
    }
}

fn next_theme(model: &mut Model) -> Vec<Effect> {
    let at = model.themes.iter().position(|theme| *theme == model.theme).map_or(0, |at| at + 1);
    match model.themes.get(at % model.themes.len().max(1)).cloned() {
        Some(name) => use_theme(model, name),
        None => Vec::new(),
    }
}

fn use_theme(model: &mut Model, name: String) -> Vec<Effect> {
    model.notices.tell(Notice::info(format!("theme {name}")), model.now);
    model.theme.clone_from(&name);
    vec![Effect::Theme(name)]
}

fn use_keymap(model: &mut Model, name: String) -> Vec<Effect> {
    model.notices.tell(Notice::info(format!("keymap {name}")), model.now);
    model.keymap.clone_from(&name);
    vec![Effect::Keymap(name)]
}

/// Takes a key while text is typed.
fn text(model: &mut Model, key: Key) -> Vec<Effect> {
    if model.acting.is_open() {
        return acting::press(model, key);
    }
    if let Some(palette) = &mut model.palette {
        match palette.entry.press(key) {
            Typed::Changed => palette.search(),
            Typed::Moved(by) => palette.step(by),
            Typed::Cancelled => model.palette = None,
            Typed::Accepted => return choose(model),
            Typed::Nothing => {}
        }
    } else if model.is_filtering {
        match model.filters.entry(model.screen).or_default().press(key) {
            Typed::Changed => refresh(model),
            Typed::Accepted => model.is_filtering = false,
            Typed::Cancelled => {
                model.is_filtering = false;
                model.filters.remove(&model.screen);
                refresh(model);
            }
            Typed::Moved(by) => {
                let action = if by < 0 { Action::Up } else { Action::Down };
                screen::act(model, action);
            }
            Typed::Nothing => {}
        }
    }
    Vec::new()
}

fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(palette) = model.palette.take() else { return Vec::new() };
    match palette.chosen().map(|item| item.choice.clone()) {
        Some(Choice::Act(action)) => act(model, action),
        Some(Choice::Cluster(id)) => {
            open_cluster(model, &id);
            Vec::new()
        }
        Some(Choice::Theme(name)) => use_theme(model, name),
        Some(Choice::Keymap(name)) => use_keymap(model, name),
        None => Vec::new(),
    }
}
