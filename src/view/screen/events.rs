//! events: what happened to a cluster, the newest first.
//!
//! ```text
//!   12 events, the first 10 m ago
//!      TIME      AGO     NODE  WHAT HAPPENED
//!   ✖  03:12:09  32 s    pg3   exited (exit 137, OOM)
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Model, status::Status},
    domain::{
        duration,
        event::{Event, Gravity},
    },
    theme::Theme,
    view::{
        Look, frame,
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const COLUMNS: [Column; 5] = [
    Column::new("", 1, 1),
    Column::new("TIME", 8, 8),
    Column::new("AGO", 8, 9).right().falls(1),
    Column::new("NODE", 6, 14).identifier(),
    Column::new("WHAT HAPPENED", 20, 40).grows(1),
];

/// Draws the events.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let state = &model.screens.events;
    if state.rows.is_empty() {
        let text = match state.total {
            0 => "Nothing has happened since howdah looks at this cluster.".to_owned(),
            total => format!("None of {total} events holds \"{}\": esc clears the filter.", model.filter_text()),
        };
        let y = (line.y + 1).min(area.bottom().saturating_sub(1));
        frame::put(buf, theme, Rect { y, ..line }, &Cell::new(text, "table.empty"));
        return;
    }
    let text = match (state.rows.len(), state.total) {
        (1, 1) => "1 event".to_owned(),
        (shown, total) if shown == total => format!("{total} events"),
        (shown, total) => format!("{shown} of {total} events"),
    };
    frame::put(buf, theme, line, &Cell::new(text, "text.dim"));
    let table = Table {
        columns: &COLUMNS,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: None,
    };
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    table.render(rest, buf, theme, &|_| table::Row::default(), &|at, column| {
        let event = state.rows.get(at).and_then(|number| model.events.get(*number));
        event.map_or_else(Cell::empty, |event| cell(model, theme, event, column))
    });
}

/// The status that an event's gravity is drawn as.
#[must_use]
pub(super) const fn status(gravity: Gravity) -> Status {
    match gravity {
        Gravity::Good => Status::Healthy,
        Gravity::Note => Status::Notice,
        Gravity::Warning => Status::Warning,
        Gravity::Critical => Status::Critical,
    }
}

fn cell<'a>(model: &Model, theme: &Theme, event: &'a Event, column: usize) -> Cell<'a> {
    match column {
        0 => {
            let (glyph, scope) = frame::sign(status(event.gravity));
            Cell::new(theme.glyph(glyph), scope)
        }
        1 => Cell::new(event.at.to_zoned(model.zone.clone()).strftime("%H:%M:%S").to_string(), "events.time"),
        2 => Cell::new(duration::words(duration::since(event.at, model.drawn_at())), "text.dim"),
        3 => Cell::plain(event.name.as_str()),
        _ => {
            let scope = if event.gravity == Gravity::Critical { "severity.critical" } else { "text" };
            let times = if event.times > 1 { format!("  {} times", event.times) } else { String::new() };
            Cell::new(event.kind.words(), scope).text(times, "text.dim")
        }
    }
}
