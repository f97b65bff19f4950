//! The table of scopes: every name that a theme can give a look to.
//!
//! It is what theme files are checked against, what `docs/themes.md` is written from, and what the
//! contrast test walks. A name that is longer than one in the table (`topology.lag.bad.new`) may be
//! asked for and falls back to it; a theme file may only name what stands here.

use Kind::{Quiet, Surface, Words};

/// What a scope is used for; decides how much contrast it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text that has to be read: contrast of at least 4.5 to its background.
    Words,
    /// Text that may recede, signs and graphs: contrast of at least 3.
    Quiet,
    /// A background laid under text of other scopes.
    Surface,
}

/// A name that a theme can give a look to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Dotted name.
    pub name: &'static str,
    /// What it is used for.
    pub kind: Kind,
    /// What is drawn with it.
    pub doc: &'static str,
}

const fn scope(name: &'static str, kind: Kind, doc: &'static str) -> Scope {
    Scope { name, kind, doc }
}

/// All scopes, by topic.
pub const SCOPES: &[Scope] = &[
    // The page.
    scope("screen", Surface, "the page itself: its foreground and background"),
    scope("text", Words, "ordinary text; whatever no other scope decides"),
    scope("text.dim", Quiet, "units, labels, what may recede"),
    scope("text.strong", Words, "what should be found first: names of nodes, totals"),
    scope("rule", Quiet, "the thin line of a section"),
    scope("rule.title", Words, "the name of a section, in its line"),
    scope("tree", Quiet, "the branches of trees"),
    scope("header", Words, "the first line"),
    scope("header.path", Words, "where you are"),
    scope("header.crumb", Quiet, "the signs between the steps of where you are"),
    scope("header.cost", Quiet, "refresh interval and own cost"),
    scope("header.clock", Quiet, "the clock"),
    scope("header.locked", Quiet, "nothing can be changed: the normal state"),
    scope("header.unlocked", Words, "changes are possible, with the time that is left"),
    scope("header.paused", Words, "the display is paused, or a recording replays"),
    scope("header.running", Words, "a plan runs"),
    scope("environment", Words, "the name of an environment that is not production"),
    scope("environment.production", Surface, "the production tint"),
    scope("footer", Quiet, "the last lines: what can be done, where one can go"),
    scope("footer.key", Words, "a key that can be pressed"),
    scope("footer.label", Quiet, "what the key does"),
    scope("footer.here", Words, "the screen that is open, among those one can go to"),
    scope("footer.off", Quiet, "a key that does nothing now, and why"),
    // Severity.
    scope("severity.healthy", Words, "words about what is as it should be: ordinary text"),
    scope("severity.notice", Words, "words about what is worth knowing"),
    scope("severity.warning", Words, "words about what will hurt"),
    scope("severity.critical", Words, "words about what hurts"),
    scope("severity.unknown", Quiet, "a value that is not known, and why"),
    scope("severity.stale", Quiet, "a value that was not confirmed since, and its age"),
    scope("sign.healthy", Quiet, "the sign of healthy"),
    scope("sign.notice", Quiet, "the sign of notice"),
    scope("sign.warning", Quiet, "the sign of warning"),
    scope("sign.critical", Quiet, "the sign of critical"),
    scope("sign.unknown", Quiet, "the sign of unknown"),
    scope("sign.stale", Quiet, "the sign of stale"),
    scope("banner", Words, "a line that cannot be missed: two writers, or none"),
    scope("flash", Surface, "under a value that has just crossed a threshold"),
    // Tables.
    scope("table.title", Quiet, "headings of columns"),
    scope("table.title.sorted", Words, "the heading of the column that the rows are sorted by"),
    scope("table.selected", Surface, "under the row that the cursor is on"),
    scope("table.marked", Words, "the sign of rows that are marked"),
    scope("table.match", Words, "the part of a text that the filter found"),
    scope("table.empty", Quiet, "why a table has no rows"),
    // Graphs.
    scope("spark", Quiet, "sparklines"),
    scope("spark.warning", Quiet, "sparklines of what is too high"),
    scope("spark.critical", Quiet, "sparklines of what is much too high"),
    scope("spark.scale", Quiet, "the scale written beside sparklines"),
    scope("meter", Quiet, "the filled part of bars"),
    scope("meter.warning", Quiet, "the filled part of bars that are nearly full"),
    scope("meter.critical", Quiet, "the filled part of bars that are full"),
    // Dialogs and lines to type in.
    scope("dialog", Surface, "the inside of a dialog"),
    scope("dialog.frame", Quiet, "the frame of a dialog"),
    scope("dialog.title", Words, "the title of a dialog"),
    scope("input", Words, "what is being typed"),
    scope("input.prompt", Words, "the sign before a line to type in"),
    scope("input.cursor", Words, "the text cursor"),
    scope("input.hint", Quiet, "what could be typed"),
    scope("input.wrong", Words, "what was typed and cannot be"),
    scope("command.match", Words, "the letters of a command that were typed"),
    scope("notice", Words, "a sentence about what has just been done"),
    scope("notice.failed", Words, "a sentence about what did not happen"),
    // SQL.
    scope("sql", Words, "statements"),
    scope("sql.keyword", Words, "key words of SQL"),
    scope("sql.string", Words, "strings in SQL"),
    scope("sql.number", Words, "numbers in SQL"),
    scope("sql.parameter", Words, "parameters in SQL: $1"),
    scope("sql.comment", Quiet, "comments in SQL"),
    scope("sql.operator", Quiet, "punctuation in SQL"),
    // Screens, by name.
    scope("fleet", Words, "screen fleet"),
    scope("fleet.name", Words, "a cluster's name"),
    scope("fleet.wrong", Words, "what is wrong, in one sentence"),
    scope("topology", Words, "screen topology"),
    scope("topology.fact", Quiet, "the line of facts under the header"),
    scope("topology.name", Words, "a node's name"),
    scope("topology.role", Words, "a node's role"),
    scope("topology.role.primary", Words, "the role of a node that writes"),
    scope("topology.role.standby", Words, "the role of a node that replays"),
    scope("topology.lag", Words, "how far a standby is behind"),
    scope("topology.lag.bad", Words, "a standby that is too far behind"),
    scope("topology.lag.none", Quiet, "a standby that is level"),
    scope("topology.contradiction", Words, "truths about a node that do not agree"),
    scope("activity", Words, "screen activity"),
    scope("activity.state", Words, "a session's state"),
    scope("activity.state.active", Words, "a session that runs a statement"),
    scope("activity.state.idle", Quiet, "a session that does nothing"),
    scope("activity.state.open", Words, "a session that is idle in a transaction"),
    scope("activity.wait", Words, "what a session waits for"),
    scope("activity.wait.lock", Words, "a session that waits for a lock"),
    scope("activity.age", Words, "how long something has taken"),
    scope("activity.age.long", Words, "something that has taken too long"),
    scope("locks", Words, "screen locks"),
    scope("queries", Words, "screen queries"),
    scope("replication", Words, "screen replication"),
    scope("tables", Words, "screen tables"),
    scope("backups", Words, "screen backups"),
    scope("pools", Words, "screen pools"),
    scope("pools.waiting", Words, "clients that wait for a server connection"),
    scope("settings", Words, "screen settings"),
    scope("logs", Words, "screen logs: the message of a line"),
    scope("logs.time", Quiet, "when a line was written"),
    scope("logs.who", Quiet, "the role and the database of a line"),
    scope("logs.error", Words, "a line's severity, where a statement failed"),
    scope("logs.follow", Words, "the newest line is followed"),
    scope("logs.read", Words, "older lines are read, nothing moves"),
    scope("logs.node", Words, "the name of the node that wrote a line; nodes take turns at six hues"),
    scope("logs.node.one", Words, "the first node's name"),
    scope("logs.node.two", Words, "the second node's name"),
    scope("logs.node.three", Words, "the third node's name"),
    scope("logs.node.four", Words, "the fourth node's name"),
    scope("logs.node.five", Words, "the fifth node's name"),
    scope("logs.node.six", Words, "the sixth node's name"),
    scope("settings.differs", Words, "a value that is not the one the writer has"),
    scope("settings.default", Quiet, "a value that nobody changed"),
    scope("events", Words, "screen events"),
    scope("events.time", Quiet, "when something happened"),
    scope("findings", Words, "screen findings"),
    scope("help", Words, "screen help"),
    scope("help.key", Words, "a key, in the help"),
];

/// Whether a theme file may give `name` a look: it is in the table, or others there stand under it.
#[must_use]
pub fn is_scope(name: &str) -> bool {
    SCOPES.iter().any(|s| s.name == name || s.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
