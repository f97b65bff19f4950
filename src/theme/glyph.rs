//! The signs that carry meaning, in two sets: Unicode, and plain ASCII for terminals without it.
//!
//! Every sign is one terminal cell wide unless its documentation says otherwise, so that columns
//! stay columns whichever set is in use. Words are used where a sign could only be an emoji.

/// Which set of signs the terminal can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GlyphSet {
    /// Geometric shapes, box drawing and block elements; no emoji.
    #[default]
    Unicode,
    /// Nothing outside printable ASCII.
    Ascii,
}

/// A sign, named by what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// All is as it should be.
    Healthy,
    /// Worth knowing.
    Notice,
    /// Will hurt if left alone.
    Warning,
    /// Hurts now.
    Critical,
    /// Not known.
    Unknown,
    /// Known earlier, not confirmed since.
    Stale,
    /// A branch of a tree with more below it: two cells.
    Branch,
    /// The last branch of a tree: two cells.
    LastBranch,
    /// A branch that passes by: two cells.
    Passing,
    /// Something was cut off here.
    Ellipsis,
    /// The thin line of a section.
    Rule,
    /// A gap in a stream of lines.
    Gap,
    /// A vertical line.
    Bar,
    /// Top left corner of a frame.
    TopLeft,
    /// Top right corner of a frame.
    TopRight,
    /// Bottom left corner of a frame.
    BottomLeft,
    /// Bottom right corner of a frame.
    BottomRight,
    /// The lock is on: a word.
    Locked,
    /// The lock is off: a word.
    Unlocked,
    /// Sorted with the smallest first.
    Ascending,
    /// Sorted with the largest first.
    Descending,
    /// Grows.
    Rising,
    /// Shrinks.
    Falling,
    /// From here to there.
    Arrow,
    /// Inside, a level below.
    Crumb,
    /// The row is marked.
    Mark,
    /// Was restarted.
    Restart,
    /// The Enter key; a word in ASCII.
    Enter,
    /// There is no such value.
    Absent,
    /// Between things on one line.
    Separator,
    /// At least.
    AtLeast,
    /// The text cursor.
    Cursor,
}

impl GlyphSet {
    /// The sign in this set.
    #[must_use]
    pub const fn get(self, glyph: Glyph) -> &'static str {
        let (unicode, ascii) = both(glyph);
        match self {
            Self::Unicode => unicode,
            Self::Ascii => ascii,
        }
    }

    /// The levels of a sparkline, lowest first.
    #[must_use]
    pub const fn spark(self) -> [&'static str; 8] {
        match self {
            Self::Unicode => ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
            Self::Ascii => ["_", ".", "-", "=", "+", "*", "#", "@"],
        }
    }

    /// A cell filled from the left by one to eight eighths.
    #[must_use]
    pub const fn eighths(self) -> [&'static str; 8] {
        match self {
            Self::Unicode => ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
            Self::Ascii => [" ", " ", " ", "-", "-", "-", "-", "#"],
        }
    }
}

const fn both(glyph: Glyph) -> (&'static str, &'static str) {
    match glyph {
        Glyph::Healthy => ("●", "o"),
        Glyph::Notice => ("◦", "."),
        Glyph::Warning => ("▲", "!"),
        Glyph::Critical => ("✖", "X"),
        Glyph::Unknown => ("?", "?"),
        Glyph::Stale => ("◌", "~"),
        Glyph::Branch => ("├─", "+-"),
        Glyph::LastBranch => ("└─", "`-"),
        Glyph::Passing => ("│ ", "| "),
        Glyph::Ellipsis => ("…", "~"),
        Glyph::Rule => ("─", "-"),
        Glyph::Gap => ("┄", "-"),
        Glyph::Bar => ("│", "|"),
        Glyph::TopLeft => ("┌", "+"),
        Glyph::TopRight => ("┐", "+"),
        Glyph::BottomLeft => ("└", "+"),
        Glyph::BottomRight => ("┘", "+"),
        Glyph::Locked => ("locked", "locked"),
        Glyph::Unlocked => ("unlocked", "unlocked"),
        Glyph::Ascending => ("▴", "^"),
        Glyph::Descending => ("▾", "v"),
        Glyph::Rising => ("↑", "^"),
        Glyph::Falling => ("↓", "v"),
        Glyph::Arrow => ("→", ">"),
        Glyph::Crumb => ("›", ">"),
        Glyph::Mark => ("•", "*"),
        Glyph::Restart => ("↻", "R"),
        Glyph::Enter => ("⏎", "Enter"),
        Glyph::Absent => ("–", "-"),
        Glyph::Separator => ("·", "-"),
        Glyph::AtLeast => ("≥", ">="),
        Glyph::Cursor => ("▏", "_"),
    }
}
