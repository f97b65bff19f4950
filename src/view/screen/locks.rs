//! locks: who blocks whom in a cluster, roots first, and who holds the xmin horizon.
//!
//! ```text
//!   2 sessions wait · 1 root · the longest for 31 s
//!     SESSION    USER    APP       STATE       LOCK                                FOR   FREES  STATEMENT
//!   ▲ 812        report  metabase  idle in tx  holds ExclusiveLock on orders       31 s      2  LOCK TABLE orders
//!     ├─ 901     app     checkout  active      wants RowExclusiveLock on orders    31 s         UPDATE orders …
//!     │  └─ 902  app     checkout  active      wants ShareLock on transaction 901  12 s         UPDATE orders …
//!   ─ who holds the horizon ──────────────────────────────────────────────────────────────────────────────
//!   1 402 118 transactions back  session             812 metabase, idle in tx
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::{self, activity, locks, locks::Row},
        status::Status,
    },
    decide::blocking::Party,
    domain::{Cluster, Node, duration},
    theme::{Glyph, Theme},
    view::{
        Look, dialog,
        frame::{self, Fact},
        text::sql,
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

const COLUMNS: [Column; 10] = [
    Column::new("", 1, 1),
    Column::new("NODE", 6, 10).identifier().falls(6),
    Column::new("SESSION", 12, 18),
    Column::new("USER", 6, 10).falls(5),
    Column::new("APP", 8, 14).falls(4),
    Column::new("STATE", 10, 10).falls(3),
    Column::new("LOCK", 26, 44),
    Column::new("FOR", 9, 9).right(),
    Column::new("FREES", 5, 5).right(),
    Column::new("STATEMENT", 18, 30).grows(1).falls(2),
];

/// A wait is long from here on.
const LONG: std::time::Duration = std::time::Duration::from_secs(10);

/// No more of a statement is looked at for its one line.
const MOST_CHARS: usize = 400;

/// Draws the tree, the holders of the horizon and the party under the cursor.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let (Some(cluster), Some(split)) = (model.cluster(), model.screens.locks.split) else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, look.theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    let state = &model.screens.locks;
    frame::put(buf, look.theme, line, &facts(model, look.theme, line.width));
    for (name, why) in state.missing.iter().take(usize::from(area.height / 4)) {
        line.y += 1;
        let sign = Cell::new(look.theme.glyph(Glyph::Unknown), "sign.unknown");
        frame::put(buf, look.theme, line, &sign.text(format!(" {name}: {why}"), "severity.unknown"));
    }
    let mut y = line.y + 1;
    let mut part = |height: u16| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let tree_area = part(split.table);
    if state.rows.is_empty() {
        frame::put(buf, look.theme, Rect { y: tree_area.y, ..line }, &empty(model, look.theme));
    } else {
        tree(model, cluster, look, buf, tree_area);
    }
    horizon(model, cluster, look.theme, buf, part(split.wrong));
    detail(model, look, buf, part(split.detail));
}

/// Why there is no tree; nobody waits only where everybody has told.
fn empty<'a>(model: &Model, theme: &Theme) -> Cell<'a> {
    let state = &model.screens.locks;
    if state.total > 0 {
        return Cell::new(format!("Nobody holds \"{}\": esc clears the filter.", model.filter_text()), "table.empty");
    }
    if state.missing.is_empty() {
        return Cell::new(theme.glyph(Glyph::Healthy), "sign.healthy").text(" Nobody waits for a lock.", "text");
    }
    Cell::new("No locks are known where a reason stands above.", "table.empty")
}

fn facts<'a>(model: &Model, theme: &Theme, width: u16) -> Cell<'a> {
    let rows = &model.screens.locks.rows;
    let roots = rows.iter().filter(|row| row.tree.depth == 0);
    let (count, behind) =
        (roots.clone().count(), rows.iter().filter(|row| row.tree.depth > 0 || row.tree.is_ring).count());
    if rows.is_empty() {
        return Cell::new("who blocks whom, the root that frees most first", "topology.fact");
    }
    let mut facts = vec![
        Fact::new(
            0,
            format!("{behind} {}", if behind == 1 { "session waits" } else { "sessions wait" }),
            "severity.warning",
        ),
        Fact::new(0, format!("{count} {}", if count == 1 { "root" } else { "roots" }), "text"),
    ];
    if let Some(since) = roots.filter_map(|row| row.since).min() {
        let age = duration::words(duration::since(since, model.drawn_at()));
        facts.push(Fact::new(0, format!("the longest for {age}"), "text"));
    }
    facts.push(Fact::new(1, "FREES: how many run on if that one ends", "topology.fact"));
    frame::facts(facts, theme, width)
}

fn tree(model: &Model, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.locks;
    let is_of_one = cluster.nodes.len() == 1 || state.rows.iter().all(|row| row.node == state.rows[0].node);
    let indices: Vec<usize> = (0..COLUMNS.len()).filter(|at| *at != 1 || !is_of_one).collect();
    let columns: Vec<Column> = indices.iter().map(|at| COLUMNS[*at]).collect();
    let of = |at: usize| (&state.rows[at], &cluster.nodes[state.rows[at].node]);
    Table {
        columns: &columns,
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
            let (row, node) = of(at);
            table::Row {
                marked: state.list.marks().contains(&(node.id.clone(), row.tree.party)),
                scope: (!node.postgres.is_fresh()).then_some("severity.stale"),
                across: None,
            }
        },
        &|at, column| {
            let (row, node) = of(at);
            cell(model, look.theme, row, node, indices[column])
        },
    );
}

fn cell<'a>(model: &Model, theme: &Theme, row: &Row, node: &'a Node, column: usize) -> Cell<'a> {
    let absent = || Cell::new(theme.glyph(Glyph::Absent), "text.dim");
    let party = row.tree.party;
    let session = locks::session(node, party);
    match column {
        0 if row.tree.depth == 0 => {
            let (glyph, scope) = frame::sign(Status::Warning);
            Cell::new(theme.glyph(glyph), scope)
        }
        0 => Cell::empty(),
        1 => Cell::plain(node.name.as_str()),
        2 => branch(theme, row).text(locks::name(party), if row.tree.depth == 0 { "text.strong" } else { "text" }),
        3 => match (session.and_then(|s| s.user.as_ref()), locks::prepared(node, party)) {
            (Some(user), _) => Cell::plain(user.as_str()),
            (None, Some(prepared)) => Cell::plain(prepared.owner.as_str()),
            (None, None) => absent(),
        },
        4 => session.map_or_else(absent, |s| Cell::plain(s.application_name.as_str())),
        5 => match (party, session) {
            (Party::Session(_), Some(session)) => Cell::new(
                session.state.words(),
                if activity::is_idle_in_transaction(session) { "activity.state.open" } else { "activity.state" },
            ),
            (Party::Session(_), None) => absent(),
            _ => Cell::new("prepared", "activity.state.open"),
        },
        6 => lock(node, row),
        7 => row.since.map_or_else(absent, |since| {
            let age = duration::since(since, activity::facts_at(model, node));
            Cell::new(duration::words(age), if age >= LONG { "activity.age.long" } else { "activity.age" })
        }),
        8 if row.tree.depth == 0 => frees(row),
        8 => Cell::empty(),
        _ => statement(node, row),
    }
}

/// The lines of the tree before a party.
fn branch<'a>(theme: &Theme, row: &Row) -> Cell<'a> {
    let mut text = String::new();
    for (level, has_sibling_below) in row.tree.rails.iter().enumerate() {
        let is_own = level + 1 == row.tree.rails.len();
        let glyph = match (is_own, has_sibling_below) {
            (true, true) => theme.glyph(Glyph::Branch),
            (true, false) => theme.glyph(Glyph::LastBranch),
            (false, true) => theme.glyph(Glyph::Passing),
            (false, false) => "  ",
        };
        text += glyph;
        text.push(' ');
    }
    Cell::new(text, "tree")
}

fn lock<'a>(node: &Node, row: &Row) -> Cell<'a> {
    let ring = if row.tree.is_ring { "in a ring, " } else { "" };
    let words = format!("{ring}{}", locks::lock_words(node, row));
    let is_wanted = locks::wanted(node, row.tree.party).is_some();
    let cell = Cell::new(words, if is_wanted { "activity.wait.lock" } else { "text" });
    let others = match row.tree.others.as_slice() {
        [] => return cell,
        [one] => format!(", also behind {}", locks::name(*one)),
        [one, more @ ..] => format!(", also behind {} and {} more", locks::name(*one), more.len()),
    };
    cell.text(others, "text.dim")
}

/// How many a root frees; where others hold them too, of how many.
fn frees<'a>(row: &Row) -> Cell<'a> {
    let cell = Cell::new(row.tree.frees.to_string(), "severity.warning");
    if row.tree.frees == row.tree.behind { cell } else { cell.text(format!("/{}", row.tree.behind), "text.dim") }
}

fn statement<'a>(node: &'a Node, row: &Row) -> Cell<'a> {
    if let Some(prepared) = locks::prepared(node, row.tree.party) {
        return Cell::new(format!("PREPARE TRANSACTION '{}'", prepared.gid), "text.dim");
    }
    let Some(session) = locks::session(node, row.tree.party) else { return Cell::empty() };
    let Some(query) = &session.query else { return Cell::new("? hidden from this role", "severity.unknown") };
    let start = query.char_indices().nth(MOST_CHARS).and_then(|(end, _)| query.get(..end)).unwrap_or(query);
    let is_running = activity::running_since(session).is_some();
    sql::one_line(start, MOST_CHARS)
        .into_iter()
        .fold(Cell::empty(), |cell, (text, kind)| cell.text(text, if is_running { kind.scope() } else { "text.dim" }))
}

/// Who keeps dead rows from being removed, the oldest first.
fn horizon(model: &Model, cluster: &Cluster, theme: &Theme, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    frame::rule(buf, theme, area, "who holds the horizon", "only the first one matters");
    let holders = &model.screens.locks.holders;
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    if holders.is_empty() {
        frame::put(buf, theme, Rect { y: area.y + 1, ..line }, &Cell::new("Nobody.", "table.empty"));
        return;
    }
    let room = usize::from(area.height - 1);
    let shown = if holders.len() > room { room - 1 } else { holders.len() };
    for ((at, holder), y) in holders.iter().take(shown).zip(area.y + 1..area.bottom()) {
        let age = format!("{:>13} transactions back  ", grouped(holder.age));
        let mut cell = Cell::new(age, if y == area.y + 1 { "text.strong" } else { "text.dim" })
            .text(format!("{:<20}  ", holder.kind.words()), "text")
            .text(holder.name.clone(), "text");
        if cluster.writers().count() > 1 {
            cell = cell.text(format!("  on {}", cluster.nodes[*at].name), "text.dim");
        }
        frame::put(buf, theme, Rect { y, ..line }, &cell);
    }
    if shown < holders.len() {
        let more = Cell::new(format!("{} more", holders.len() - shown), "text.dim");
        frame::put(buf, theme, Rect { y: area.bottom() - 1, ..line }, &more);
    }
}

/// A count with its thousands apart: `1 402 118`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The party under the cursor.
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

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_stand_apart() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1 000"), (1_402_118, "1 402 118")] {
            assert_eq!(grouped(count), text);
        }
    }
}
