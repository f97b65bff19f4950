//! The header: where one is, and how things stand.
//!
//! ```text
//!  shop › topology                                 PROD  locked   ✖ 1  ▲ 2   1 s · 3 ms   03:12:41
//! ```

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Look, frame, widget::cell::Cell};
use crate::{
    app::{Lock, Model, replay::Replay, screen, status::Status},
    domain::{Cluster, Observed, duration},
    theme::{Glyph, Theme},
};

/// Draws the header.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut parts = state(model, theme);
    // When space is short what can be done without goes first: the clock, the cost, the lock.
    let wanted = |parts: &[Cell<'_>]| parts.iter().map(|p| p.width() + 3).sum::<usize>();
    let path = path(model, theme);
    while parts.len() > 1 && wanted(&parts) + path.width().min(36) + 1 > usize::from(area.width) {
        parts.pop();
    }
    let width = u16::try_from(wanted(&parts)).unwrap_or(area.width).min(area.width);
    let left = Rect { x: area.x + 1, width: area.width.saturating_sub(width + 2), ..area };
    frame::put(buf, theme, left, &path);
    let mut x = area.right().saturating_sub(width);
    for part in &parts {
        x = frame::put(buf, theme, Rect { x: x + 2, width: area.right().saturating_sub(x + 2), ..area }, part) + 1;
    }
}

/// Where one is.
fn path<'a>(model: &Model, theme: &Theme) -> Cell<'a> {
    let place = screen::place(model);
    let mut path = Cell::empty();
    if let Some(cluster) = place.cluster {
        path = path.text(cluster, "header.path").text(format!(" {} ", theme.glyph(Glyph::Crumb)), "header.crumb");
    }
    path = path.text(model.screen.name(), "header.path");
    if let Some(part) = place.part {
        path = path.text(format!("  {part}"), "text");
    }
    if !model.filter_text().is_empty() && !model.is_filtering {
        path = path.text("  /", "input.prompt").text(model.filter_text().to_owned(), "text");
    }
    path
}

/// How things stand, the most needed first.
fn state<'a>(model: &Model, theme: &Theme) -> Vec<Cell<'a>> {
    let mut parts = Vec::new();
    if let Some(replay) = &model.replay {
        parts.push(recording(replay, model, theme));
    }
    for run in model.acting.running() {
        let time = duration::words(run.took(model.now));
        let (verb, name) = (run.plan.intent.verb(), &run.plan.subject.name);
        let steps = format!("{}/{}", run.steps_over(), run.plan.steps.len());
        parts.push(Cell::new(format!("RUNNING {verb} {name} {steps} {time}"), "header.running"));
    }
    if let Some(since) = model.paused {
        let age = duration::words(duration::since(since, model.now));
        parts.push(Cell::new(format!("PAUSED {age}"), "header.paused"));
    }
    if let Some(name) = environment(model) {
        parts.push(name);
    }
    let lock = match model.lock {
        Lock::Locked => Cell::new(theme.glyph(Glyph::Locked), "header.locked"),
        Lock::ReadOnly => Cell::new("read-only", "header.locked"),
        Lock::Open => Cell::new(theme.glyph(Glyph::Unlocked), "header.unlocked"),
        Lock::Unlocked { until } => {
            let left = duration::words(duration::since(model.now, until));
            Cell::new(format!("{} {left}", theme.glyph(Glyph::Unlocked)), "header.unlocked")
        }
    };
    parts.push(lock);
    parts.extend(counts(model, theme));
    if model.replay.is_some() {
        return parts;
    }
    let latency = model.latency.map(|l| format!(" {} {}", theme.glyph(Glyph::Separator), short(l))).unwrap_or_default();
    parts.push(Cell::new(format!("{}{latency}", short(model.refresh)), "header.cost"));
    let clock = model.now.to_zoned(model.zone.clone()).strftime("%H:%M:%S").to_string();
    parts.push(Cell::new(clock, "header.clock"));
    parts
}

/// A recording's mark, its speed, its time and how far it is.
fn recording<'a>(replay: &Replay, model: &Model, theme: &Theme) -> Cell<'a> {
    let Replay { is_playing, speed, number, count, .. } = *replay;
    let pace = if is_playing { format!("{speed}x") } else { "stopped".to_owned() };
    let time = model.now.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let gap = theme.glyph(Glyph::Separator);
    Cell::new(format!("RECORDING {pace}"), "header.paused")
        .text(format!("  {time}"), "header.path")
        .text(format!(" {gap} {number}/{count}"), "header.clock")
}

/// The environment's name, production tinted, where the screen is about one cluster.
fn environment<'a>(model: &Model) -> Option<Cell<'a>> {
    if !model.screen.is_of_cluster() {
        return None;
    }
    model.cluster().and_then(environment_of)
}

/// A cluster's environment as it is shown: `PROD` for production, tinted.
#[must_use]
pub fn environment_of<'a>(cluster: &Cluster) -> Option<Cell<'a>> {
    let name = cluster.environment.0.as_ref()?;
    Some(if cluster.environment.is_production() {
        Cell::new(" PROD ", "environment.production")
    } else {
        Cell::new(name.to_string(), "environment")
    })
}

/// The findings by severity, and the facts that are old.
fn counts<'a>(model: &Model, theme: &Theme) -> Option<Cell<'a>> {
    let mut counts = Cell::empty();
    let mut add = |status: Status, count: usize, word: &str| {
        if count > 0 {
            let (glyph, scope) = frame::sign(status);
            let gap = if counts.width() > 0 { "  " } else { "" };
            let cell = std::mem::take(&mut counts);
            counts = cell.text(format!("{gap}{} {count}{word}", theme.glyph(glyph)), scope);
        }
    };
    for status in [Status::Critical, Status::Warning, Status::Unknown, Status::Notice] {
        add(status, model.count(status), "");
    }
    let stale = model.latest.nodes().filter(|n| matches!(n.postgres, Observed::Stale { .. })).count();
    add(Status::Stale, stale, " stale");
    (counts.width() > 0).then_some(counts)
}

/// A short time in its own unit: `0.4 ms`, `3 ms`, `250 ms`, `1 s`.
fn short(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1000 => format!("0.{} ms", micros / 100),
        1000..1_000_000 => format!("{} ms", micros / 1000),
        _ => duration::words(time),
    }
}
