//! What the terminal says of itself.

use serde::Serialize;

use crate::config::Lookup;

/// What was found out about the terminal of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Terminal {
    /// Whether input and output both are a terminal: without one there is no console.
    pub is_interactive: bool,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// Whether the locale's characters are those of Unicode.
    pub is_utf8: bool,
}

/// What the terminal can, in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TerminalReport {
    /// Whether the console can be opened here.
    pub is_interactive: bool,
    /// Columns and rows.
    pub size: Option<(u16, u16)>,
    /// What it calls itself (`TERM`).
    pub name: Option<String>,
    /// `truecolor`, `256 colours`, `16 colours` or `none`.
    pub colours: &'static str,
    /// `unicode` or `ascii`.
    pub glyphs: &'static str,
    /// What lies between here and the eye: `ssh`, `tmux`, `screen`.
    pub through: Vec<&'static str>,
}

impl Terminal {
    /// Finds out what can be known without asking the terminal itself.
    #[must_use]
    pub fn here(lookup: Lookup<'_>) -> Self {
        let (input, output) = (rustix::stdio::stdin(), rustix::stdio::stdout());
        let size = rustix::termios::tcgetwinsize(output).ok().map(|size| (size.ws_col, size.ws_row));
        let is_interactive = rustix::termios::isatty(input) && rustix::termios::isatty(output);
        Self { is_interactive, size, is_utf8: is_utf8(lookup) }
    }

    /// What the terminal can, in words.
    #[must_use]
    pub fn report(&self, lookup: Lookup<'_>) -> TerminalReport {
        let through = [("SSH_CONNECTION", "ssh"), ("TMUX", "tmux"), ("STY", "screen")];
        let through = through.into_iter().filter(|(name, _)| is_set(lookup, name)).map(|(_, word)| word).collect();
        TerminalReport {
            is_interactive: self.is_interactive,
            size: self.size,
            name: lookup("TERM").filter(|name| !name.is_empty()),
            colours: colours(lookup),
            glyphs: if self.is_utf8 { "unicode" } else { "ascii" },
            through,
        }
    }
}

fn is_set(lookup: Lookup<'_>, name: &str) -> bool {
    lookup(name).is_some_and(|value| !value.is_empty())
}

/// As POSIX has it, the first of the three variables that is set decides.
fn is_utf8(lookup: Lookup<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| lookup(name).filter(|v| !v.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

fn colours(lookup: Lookup<'_>) -> &'static str {
    let term = lookup("TERM").unwrap_or_default();
    if is_set(lookup, "NO_COLOR") || term == "dumb" || term.is_empty() {
        "none"
    } else if matches!(lookup("COLORTERM").as_deref(), Some("truecolor" | "24bit")) || term.contains("direct") {
        "truecolor"
    } else if term.contains("256color") {
        "256 colours"
    } else {
        "16 colours"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(variables: &[(&str, &str)]) -> TerminalReport {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Terminal { is_utf8: is_utf8(&lookup), ..Terminal::default() }.report(&lookup)
    }

    #[test]
    fn colours_follow_what_is_declared() {
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(report(&[xterm]).colours, "256 colours");
        assert_eq!(report(&[xterm, ("COLORTERM", "truecolor")]).colours, "truecolor");
        assert_eq!(report(&[xterm, ("COLORTERM", "truecolor"), ("NO_COLOR", "1")]).colours, "none");
        assert_eq!(report(&[("TERM", "linux")]).colours, "16 colours");
        assert_eq!(report(&[]).colours, "none");
    }

    #[test]
    fn the_first_locale_variable_decides() {
        assert_eq!(report(&[("LANG", "de_DE.UTF-8")]).glyphs, "unicode");
        assert_eq!(report(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).glyphs, "ascii");
        assert_eq!(report(&[]).glyphs, "ascii");
    }
}
