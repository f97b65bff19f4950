//! Colours, and what becomes of them on terminals that have fewer.
//!
//! A theme says `#E0AF4F` and may add which of the sixteen old colours stands in for it; where it
//! does not, the nearest one is taken. Contrast is computed as WCAG 2 defines it, so that a theme
//! can be held to it by a test.

use ratatui::style::Color;

/// How many colours the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ColorDepth {
    /// None: only bold, dim, underline and reverse.
    None,
    /// The sixteen of old, whose exact look the terminal decides.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    #[default]
    True,
}

impl ColorDepth {
    /// What the environment says about the terminal; `env` looks a variable up.
    ///
    /// `NO_COLOR` (set and not empty) wins, then `COLORTERM`, then what the name in `TERM` promises.
    #[must_use]
    pub fn detect(env: &dyn Fn(&str) -> Option<String>) -> Self {
        let get = |name| env(name).unwrap_or_default();
        let term = get("TERM");
        if !get("NO_COLOR").is_empty() || is_colourless(&term) {
            return Self::None;
        }
        if matches!(get("COLORTERM").as_str(), "truecolor" | "24bit") || is_truecolor(&term) {
            return Self::True;
        }
        if term.contains("256color") { Self::Indexed } else { Self::Sixteen }
    }
}

fn is_colourless(term: &str) -> bool {
    matches!(term, "" | "dumb" | "vt52" | "vt100" | "vt102" | "vt220" | "vt320") || term.ends_with("-mono")
}

fn is_truecolor(term: &str) -> bool {
    const NAMES: [&str; 7] = ["direct", "kitty", "alacritty", "ghostty", "wezterm", "foot", "iterm"];
    NAMES.iter().any(|name| term.contains(name))
}

/// A colour as a theme file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// The terminal's own foreground or background.
    Terminal,
    /// One of the sixteen, by number.
    Ansi(u8),
    /// 24 bits, and which of the sixteen stands in for it.
    Rgb(Rgb, Option<u8>),
}

/// Red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// The sixteen colours' names in theme files, by number.
pub const ANSI_NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

const ANSI: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// How xterm shows the sixteen; other terminals differ a little.
const ANSI_RGB: [Rgb; 16] = [
    Rgb(0, 0, 0),
    Rgb(205, 0, 0),
    Rgb(0, 205, 0),
    Rgb(205, 205, 0),
    Rgb(0, 0, 238),
    Rgb(205, 0, 205),
    Rgb(0, 205, 205),
    Rgb(229, 229, 229),
    Rgb(127, 127, 127),
    Rgb(255, 0, 0),
    Rgb(0, 255, 0),
    Rgb(255, 255, 0),
    Rgb(92, 92, 255),
    Rgb(255, 0, 255),
    Rgb(0, 255, 255),
    Rgb(255, 255, 255),
];

impl Paint {
    /// Reads `#RRGGBB`, `default`, or the name of one of the sixteen.
    #[must_use]
    pub fn literal(text: &str) -> Option<Self> {
        if text == "default" {
            return Some(Self::Terminal);
        }
        if let Some(hex) = text.strip_prefix('#') {
            return Rgb::from_hex(hex).map(|rgb| Self::Rgb(rgb, None));
        }
        ansi_number(text).map(Self::Ansi)
    }

    /// The colour to send to a terminal of this depth; `None` where there are none.
    #[must_use]
    pub fn on(self, depth: ColorDepth) -> Option<Color> {
        Some(match (self, depth) {
            (_, ColorDepth::None) => return None,
            (Self::Terminal, _) => Color::Reset,
            (Self::Ansi(n), _) => ansi(n),
            (Self::Rgb(Rgb(r, g, b), _), ColorDepth::True) => Color::Rgb(r, g, b),
            (Self::Rgb(rgb, _), ColorDepth::Indexed) => Color::Indexed(rgb.nearest_indexed()),
            (Self::Rgb(rgb, stand_in), ColorDepth::Sixteen) => ansi(stand_in.unwrap_or_else(|| rgb.nearest_ansi())),
        })
    }
}

/// The number of one of the sixteen, by name.
#[must_use]
pub fn ansi_number(name: &str) -> Option<u8> {
    ANSI_NAMES.iter().position(|n| *n == name).and_then(|n| u8::try_from(n).ok())
}

fn ansi(number: u8) -> Color {
    ANSI.get(usize::from(number)).copied().unwrap_or(Color::Reset)
}

impl Rgb {
    /// Reads six hexadecimal digits.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 6 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let [_, r, g, b] = u32::from_str_radix(hex, 16).ok()?.to_be_bytes();
        Some(Self(r, g, b))
    }

    /// What a colour that is being drawn looks like, as far as that is known.
    #[must_use]
    pub fn of(color: Color) -> Option<Self> {
        match color {
            Color::Rgb(r, g, b) => Some(Self(r, g, b)),
            Color::Indexed(n) => Some(indexed(n)),
            Color::Reset => None,
            named => ANSI.iter().position(|c| *c == named).and_then(|n| ANSI_RGB.get(n)).copied(),
        }
    }

    /// The nearest of the 240 fixed colours of xterm; the first sixteen are left out because every
    /// terminal shows them differently.
    #[must_use]
    pub fn nearest_indexed(self) -> u8 {
        (16..=255).min_by_key(|n| self.distance(indexed(*n))).unwrap_or(16)
    }

    fn nearest_ansi(self) -> u8 {
        (0..16).min_by_key(|n| self.distance(indexed(*n))).unwrap_or(7)
    }

    /// How different two colours look: squared distance, weighted by the mean red ("redmean").
    const fn distance(self, other: Self) -> i32 {
        let (r, g, b) =
            (self.0 as i32 - other.0 as i32, self.1 as i32 - other.1 as i32, self.2 as i32 - other.2 as i32);
        let red = (self.0 as i32 + other.0 as i32) / 2;
        (((512 + red) * r * r) >> 8) + 4 * g * g + (((767 - red) * b * b) >> 8)
    }

    /// WCAG 2's relative luminance, from 0 to 1.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let channel = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(self.0) + 0.7152 * channel(self.1) + 0.0722 * channel(self.2)
    }

    /// WCAG 2's contrast of two colours, from 1 (none) to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// What xterm shows for one of its 256 colours.
fn indexed(n: u8) -> Rgb {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |i: u8| STEPS.get(usize::from(i % 6)).copied().unwrap_or(0);
    match n {
        0..=15 => ANSI_RGB.get(usize::from(n)).copied().unwrap_or(Rgb(0, 0, 0)),
        16..=231 => Rgb(step((n - 16) / 36), step((n - 16) / 6), step(n - 16)),
        232..=255 => {
            let grey = 8 + 10 * (n - 232);
            Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(variables: &[(&str, &str)]) -> ColorDepth {
        ColorDepth::detect(&|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn the_environment_tells_the_depth() {
        assert_eq!(detect(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), ColorDepth::True);
        assert_eq!(detect(&[("TERM", "xterm-256color")]), ColorDepth::Indexed);
        assert_eq!(detect(&[("TERM", "xterm-kitty")]), ColorDepth::True);
        assert_eq!(detect(&[("TERM", "linux")]), ColorDepth::Sixteen);
        assert_eq!(detect(&[("TERM", "vt100"), ("COLORTERM", "truecolor")]), ColorDepth::None);
        assert_eq!(detect(&[("TERM", "dumb")]), ColorDepth::None);
        assert_eq!(detect(&[]), ColorDepth::None);
    }

    #[test]
    fn no_color_wins_unless_empty() {
        let with = |value| detect(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", value)]);
        assert_eq!(with("1"), ColorDepth::None);
        assert_eq!(with("0"), ColorDepth::None);
        assert_eq!(with(""), ColorDepth::True);
    }

    #[test]
    fn colours_degrade_to_their_nearest() {
        let red = Paint::literal("#FF0000").unwrap();
        assert_eq!(red.on(ColorDepth::True), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(red.on(ColorDepth::Indexed), Some(Color::Indexed(196)));
        assert_eq!(red.on(ColorDepth::Sixteen), Some(Color::LightRed));
        assert_eq!(red.on(ColorDepth::None), None);
        assert_eq!(Paint::literal("#808080").unwrap().on(ColorDepth::Indexed), Some(Color::Indexed(244)));
        assert_eq!(Paint::Rgb(Rgb(255, 0, 0), Some(4)).on(ColorDepth::Sixteen), Some(Color::Blue));
        assert_eq!(Paint::Terminal.on(ColorDepth::True), Some(Color::Reset));
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let (black, white) = (Rgb(0, 0, 0), Rgb(255, 255, 255));
        assert!((black.contrast(white) - 21.0).abs() < 1e-9);
        assert!((Rgb(0x77, 0x77, 0x77).contrast(white) - 4.48).abs() < 0.01);
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "#", "#12345", "#1234567", "#GGGGGG", "#+12345", "crimson", "Black"] {
            assert_eq!(Paint::literal(text), None, "{text}");
        }
    }
}
