//! The lower sections: slots with what they keep, and subscriptions.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::replication::{At, SlotRow, State, SubscriptionRow, Use},
        status::Status,
    },
    domain::Bytes,
    theme::{Glyph, Theme},
    view::{
        Look, frame,
        text::{bytes, duration},
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const SLOTS: [Column; 9] = [
    Column::new("", 1, 1),
    Column::new("SLOT", 12, 24).identifier(),
    Column::new("ON", 5, 12).identifier().falls(3),
    Column::new("KIND", 8, 8).falls(4),
    Column::new("USED", 11, 18),
    Column::new("KEEPS", 7, 7).right(),
    Column::new("WAL STATUS", 10, 10).falls(1),
    Column::new("GROWS BY", 9, 9).right().falls(2),
    Column::new("LIMIT", 16, 24).grows(1),
];

const SUBSCRIPTIONS: [Column; 8] = [
    Column::new("", 1, 1),
    Column::new("SUBSCRIPTION", 12, 24).identifier(),
    Column::new("DATABASE", 8, 12),
    Column::new("ON", 5, 12).identifier().falls(3),
    Column::new("STATE", 16, 24),
    Column::new("RECEIVED", 11, 13).falls(2),
    Column::new("LAST MESSAGE", 12, 12).right(),
    Column::new("ERRORS", 12, 24).grows(1).falls(1),
];

/// Draws the slots below their rule.
pub(super) fn slots(model: &Model, state: &State, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    frame::rule(buf, look.theme, area, "slots", "when a disk is full: ? its free space is not known");
    let selected = match state.selected() {
        Some(At::Slot(at)) => Some(at),
        _ => None,
    };
    let inside = Rect { y: area.y + 1, height: area.height - 1, ..area };
    Table { columns: &SLOTS, rows: state.slots.len(), selected, offset: 0, sort: None }.render(
        inside,
        buf,
        look.theme,
        &|at| stale(state.slots[at].status),
        &|at, column| slot(model, &state.slots[at], column, look.theme),
    );
}

fn stale<'a>(status: Status) -> table::Row<'a> {
    table::Row { scope: (status == Status::Stale).then_some("severity.stale"), ..table::Row::default() }
}

fn slot<'a>(model: &Model, row: &'a SlotRow, column: usize, theme: &Theme) -> Cell<'a> {
    let absent = || Cell::new(theme.glyph(Glyph::Absent), "text.dim");
    let loud = frame::words(row.status);
    match column {
        0 => sign(row.status, theme),
        1 => Cell::new(row.slot.name.as_str(), "topology.name"),
        2 => Cell::plain(row.node_name.as_str()),
        3 => Cell::plain(row.kind()),
        4 => match row.used {
            Use::By(pid) => Cell::plain(pid.map_or_else(|| "in use".to_owned(), |pid| format!("by pid {pid}"))),
            Use::Nobody(Some(since)) => Cell::new(format!("unused {}", duration::age(since, model.drawn_at())), loud),
            Use::Nobody(None) => Cell::new("unused", loud),
        },
        5 => row.slot.retained.map_or_else(absent, |kept| {
            Cell::new(bytes::bytes(kept), if row.status >= Status::Warning { loud } else { "text" })
        }),
        6 => match (&row.slot.invalidation, &row.slot.wal_status) {
            (Some(why), _) => Cell::new(why.as_str(), loud),
            (None, Some(status)) => {
                Cell::new(status.as_str(), if row.status == Status::Critical { loud } else { "text" })
            }
            (None, None) => absent(),
        },
        7 => row.growth.map_or_else(absent, |growth| Cell::plain(bytes::rate(Bytes(growth as u64)))),
        _ => limit(row, theme),
    }
}

fn limit<'a>(row: &SlotRow, theme: &Theme) -> Cell<'a> {
    let is_lost = row.slot.wal_status.as_deref() == Some("lost");
    match (row.slot.safe_size, row.limit_in) {
        (Some(rest), Some(time)) => {
            Cell::plain(format!("{} left, reached in {}", bytes::bytes(rest), duration::compact(time)))
        }
        (Some(rest), None) => Cell::plain(format!("{} left", bytes::bytes(rest))),
        (None, _) if is_lost => Cell::new("its log is gone: build anew", frame::words(row.status)),
        (None, _) if row.slot.restart.is_none() => Cell::new(theme.glyph(Glyph::Absent), "text.dim"),
        (None, _) => Cell::new("none set", if row.slot.is_active { "text.dim" } else { "text" }),
    }
}

fn sign<'a>(status: Status, theme: &Theme) -> Cell<'a> {
    let (glyph, scope) = frame::sign(status);
    Cell::new(theme.glyph(glyph), scope)
}

/// Draws the subscriptions below their rule.
pub(super) fn subscriptions(model: &Model, state: &State, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height == 0 {
        return;
    }
    frame::rule(buf, look.theme, area, "subscriptions", "");
    let selected = match state.selected() {
        Some(At::Subscription(at)) => Some(at),
        _ => None,
    };
    let inside = Rect { y: area.y + 1, height: area.height - 1, ..area };
    Table { columns: &SUBSCRIPTIONS, rows: state.subscriptions.len(), selected, offset: 0, sort: None }.render(
        inside,
        buf,
        look.theme,
        &|at| stale(state.subscriptions[at].status),
        &|at, column| subscription(model, &state.subscriptions[at], column, look.theme),
    );
}

fn subscription<'a>(model: &Model, row: &'a SubscriptionRow, column: usize, theme: &Theme) -> Cell<'a> {
    let unknown = || Cell::new("?", "severity.unknown");
    let subscription = &row.subscription;
    match column {
        0 => sign(row.status, theme),
        1 => Cell::new(subscription.name.as_str(), "topology.name"),
        2 => Cell::plain(subscription.database.as_str()),
        3 => Cell::plain(row.node_name.as_str()),
        4 => {
            let words: Cow<'_, str> = match (subscription.is_enabled, subscription.pid, subscription.copying) {
                (false, ..) => "disabled".into(),
                (true, None, _) => "no worker runs".into(),
                (true, Some(pid), 0) => format!("applies, pid {pid}").into(),
                (true, Some(_), many) => format!("applies, copies {many}").into(),
            };
            Cell::new(words, frame::words(row.status))
        }
        5 => subscription.received.map_or_else(unknown, |lsn| Cell::plain(lsn.to_string())),
        6 => subscription
            .last_message_at
            .map_or_else(unknown, |at| Cell::plain(format!("{} ago", duration::age(at, model.drawn_at())))),
        _ => match (subscription.apply_errors, subscription.copy_errors) {
            (Some(0), Some(0)) => Cell::new("none", "text.dim"),
            (Some(apply), Some(copy)) => Cell::plain(format!("{apply} applying, {copy} copying")),
            _ => Cell::new("? counted from PostgreSQL 15 on", "severity.unknown"),
        },
    }
}
