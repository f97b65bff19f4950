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
    /// Checked, or done.
    Check,
}

impl GlyphSet {
    /// What the environment says about the terminal; `env` looks a variable up.
    ///
    /// A locale that is set and is not UTF-8, and terminals whose fonts lack the signs, get ASCII.
    #[must_use]
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| env(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).map(|locale| locale.to_ascii_lowercase());
        let is_utf8 = locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"));
        let term = env("TERM").unwrap_or_default();
        let is_plain = matches!(term.as_str(), "dumb" | "linux") || term.starts_with("vt");
        if is_utf8 && !is_plain { Self::Unicode } else { Self::Ascii }
    }

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
        Glyph::Check => ("✓", "+"),
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    const ALL: [Glyph; 33] = [
        Glyph::Healthy,
        Glyph::Notice,
        Glyph::Warning,
        Glyph::Critical,
        Glyph::Unknown,
        Glyph::Stale,
        Glyph::Branch,
        Glyph::LastBranch,
        Glyph::Passing,
        Glyph::Ellipsis,
        Glyph::Rule,
        Glyph::Gap,
        Glyph::Bar,
        Glyph::TopLeft,
        Glyph::TopRight,
        Glyph::BottomLeft,
        Glyph::BottomRight,
        Glyph::Locked,
        Glyph::Unlocked,
        Glyph::Ascending,
        Glyph::Descending,
        Glyph::Rising,
        Glyph::Falling,
        Glyph::Arrow,
        Glyph::Crumb,
        Glyph::Mark,
        Glyph::Restart,
        Glyph::Enter,
        Glyph::Absent,
        Glyph::Separator,
        Glyph::AtLeast,
        Glyph::Cursor,
        Glyph::Check,
    ];

    #[test]
    fn ascii_is_ascii_and_unicode_has_no_wide_signs() {
        for glyph in ALL {
            let (unicode, ascii) = both(glyph);
            assert!(ascii.bytes().all(|b| (0x20..0x7F).contains(&b)), "{glyph:?}");
            assert_eq!(unicode.width(), unicode.chars().count(), "{glyph:?} has a wide sign");
            let is_word = matches!(glyph, Glyph::Enter | Glyph::AtLeast);
            assert!(is_word || unicode.width() == ascii.width(), "{glyph:?} differs in width between the sets");
        }
        for set in [GlyphSet::Unicode, GlyphSet::Ascii] {
            assert!(set.spark().iter().chain(&set.eighths()).all(|sign| sign.width() == 1));
        }
    }

    #[test]
    fn severities_differ_by_sign_alone() {
        for set in [GlyphSet::Unicode, GlyphSet::Ascii] {
            let mut signs: Vec<_> = ALL.iter().take(6).map(|glyph| set.get(*glyph)).collect();
            signs.sort_unstable();
            signs.dedup();
            assert_eq!(signs.len(), 6);
        }
    }

    #[test]
    fn the_locale_and_the_terminal_decide() {
        let detect = |variables: &[(&str, &str)]| {
            GlyphSet::detect(&|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(detect(&[("TERM", "xterm"), ("LANG", "de_DE.UTF-8")]), GlyphSet::Unicode);
        assert_eq!(detect(&[("TERM", "xterm"), ("LANG", "C.utf8")]), GlyphSet::Unicode);
        assert_eq!(detect(&[("TERM", "xterm")]), GlyphSet::Unicode);
        assert_eq!(detect(&[("TERM", "xterm"), ("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]), GlyphSet::Ascii);
        assert_eq!(detect(&[("TERM", "linux"), ("LANG", "de_DE.UTF-8")]), GlyphSet::Ascii);
    }
}
