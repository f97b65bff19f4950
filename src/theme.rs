//! Themes: which look each meaning has.
//!
//! Drawing code names a *scope* (`topology.lag.bad`) and gets a style; it never names a colour. What
//! a theme leaves open about a scope comes from the scope it stands under (`topology.lag`,
//! `topology`) and in the end from `text`. Themes are TOML files that can inherit from each other;
//! those in `themes/` are compiled in. This zone knows nothing of what the scopes are used for,
//! and reads neither files nor the environment: whoever loads a theme passes its text and what the
//! terminal can do.

use std::collections::{BTreeMap, HashMap};

use ratatui::style::Style;

mod file;
mod look;

pub mod color;
pub mod glyph;
pub mod nearest;
pub mod problem;
pub mod reference;
pub mod scope;

pub use color::{ColorDepth, Paint, Rgb};
pub use glyph::{Glyph, GlyphSet};
pub use problem::Problem;

use look::{Ink, Look};

/// The themes that are compiled in, by name.
pub const BUILT_IN: [(&str, &str); 10] = [
    ("dark", include_str!("../themes/dark.toml")),
    ("light", include_str!("../themes/light.toml")),
    ("high-contrast", include_str!("../themes/high-contrast.toml")),
    ("colour-blind-safe", include_str!("../themes/colour-blind-safe.toml")),
    ("solarized-dark", include_str!("../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../themes/solarized-light.toml")),
    ("gruvbox", include_str!("../themes/gruvbox.toml")),
    ("nord", include_str!("../themes/nord.toml")),
    ("catppuccin", include_str!("../themes/catppuccin.toml")),
    ("mono", include_str!("../themes/mono.toml")),
];

/// A look for every scope, ready to be asked once per cell.
#[derive(Debug, Clone)]
pub struct Theme {
    palette: BTreeMap<String, Paint>,
    looks: BTreeMap<String, Look>,
    depth: ColorDepth,
    glyphs: GlyphSet,
    /// The style of `text`, which lies under all others.
    text: Style,
    /// What each scope lays over `text`, with everything from the scopes above it.
    overlays: HashMap<String, Style>,
}

impl Theme {
    /// Reads a theme file. `resolve` finds the text of an inherited theme by name; those that are
    /// compiled in need not be found.
    ///
    /// What is not understood is left out and reported; the rest is kept.
    ///
    /// # Errors
    /// When the text is not TOML, or an inherited theme is not found or inherits from itself.
    pub fn parse(text: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Result<(Self, Vec<Problem>), Problem> {
        let mut problems = Vec::new();
        let (palette, looks) = merge(text, resolve, &mut Vec::new(), &mut problems)?;
        let mut theme = Self {
            palette,
            looks,
            depth: ColorDepth::True,
            glyphs: GlyphSet::Unicode,
            text: Style::new(),
            overlays: HashMap::new(),
        };
        theme.compile();
        Ok((theme, problems))
    }

    /// A theme that is compiled in.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let (_, text) = BUILT_IN.iter().find(|(n, _)| *n == name)?;
        Self::parse(text, &|_| None).ok().map(|(theme, _)| theme)
    }

    /// The same theme for a terminal with this many colours. Where there are none, every theme
    /// becomes `mono`, because colours alone told things apart.
    #[must_use]
    pub fn with_depth(mut self, depth: ColorDepth) -> Self {
        self.depth = depth;
        if depth == ColorDepth::None
            && let Some(mono) = Self::built_in("mono")
        {
            self.looks = mono.looks;
        }
        self.compile();
        self
    }

    /// The same theme for a terminal that can draw these signs.
    #[must_use]
    pub const fn with_glyphs(mut self, glyphs: GlyphSet) -> Self {
        self.glyphs = glyphs;
        self
    }

    /// The style of `scope`: what it and the scopes above it say, down to `text`.
    ///
    /// What they do not switch on is switched off, so that nothing shines through from what was
    /// drawn in the same cells before; only colours and reverse of a surface stay.
    #[must_use]
    pub fn style(&self, scope: &str) -> Style {
        let style = self.text.patch(self.overlay(scope));
        style.remove_modifier(look::OWN - style.add_modifier)
    }

    /// Only what `scope` and the scopes above it say, without `text`: to be laid over something
    /// that has its own look, such as a selected row's background over coloured words.
    #[must_use]
    pub fn overlay(&self, scope: &str) -> Style {
        let mut name = scope;
        loop {
            if let Some(style) = self.overlays.get(name) {
                return *style;
            }
            match name.rsplit_once('.') {
                Some((above, _)) => name = above,
                None => return Style::new(),
            }
        }
    }

    /// The sign for `glyph` in the set that this terminal can draw.
    #[must_use]
    pub const fn glyph(&self, glyph: Glyph) -> &'static str {
        self.glyphs.get(glyph)
    }

    /// The set of signs that this terminal can draw.
    #[must_use]
    pub const fn glyphs(&self) -> GlyphSet {
        self.glyphs
    }

    /// Works every look out once, so that drawing only looks it up.
    fn compile(&mut self) {
        let style = |look: &Look| look.style(&self.palette, self.depth);
        self.text = self.looks.get("text").map(style).unwrap_or_default();
        self.overlays = self.looks.keys().map(|name| (name.clone(), style(&cascade(&self.looks, name)))).collect();
    }
}

impl Default for Theme {
    /// The dark theme.
    fn default() -> Self {
        Self::built_in("dark").unwrap_or_else(|| Self {
            palette: BTreeMap::new(),
            looks: BTreeMap::new(),
            depth: ColorDepth::True,
            glyphs: GlyphSet::Unicode,
            text: Style::new(),
            overlays: HashMap::new(),
        })
    }
}

/// What `name` and all scopes above it say, the nearest last.
fn cascade(looks: &BTreeMap<String, Look>, name: &str) -> Look {
    let mut look = match name.rsplit_once('.') {
        Some((above, _)) => cascade(looks, above),
        None => Look::default(),
    };
    if let Some(own) = looks.get(name) {
        look = look.patched(own);
    }
    look
}

type Merged = (BTreeMap<String, Paint>, BTreeMap<String, Look>);

/// The palette and looks of a theme's text laid over those of the theme it inherits.
fn merge(
    text: &str,
    resolve: &dyn Fn(&str) -> Option<String>,
    chain: &mut Vec<String>,
    problems: &mut Vec<Problem>,
) -> Result<Merged, Problem> {
    let theme = chain.last().cloned();
    let in_theme = |problem: Problem| Problem { theme: theme.clone(), ..problem };
    let file = file::read(text).map_err(in_theme)?;
    let (mut palette, mut looks) = match &file.inherits {
        Some(name) => {
            let parent = inherited(name, resolve, chain).map_err(in_theme)?;
            chain.push(name.clone());
            merge(&parent, resolve, chain, problems)?
        }
        None => Merged::default(),
    };
    palette.extend(file.palette.iter().map(|(name, paint)| (name.clone(), *paint)));
    for (name, paint) in color::ANSI_NAMES.iter().zip(0..) {
        palette.entry((*name).to_owned()).or_insert(Paint::Ansi(paint));
    }
    problems.extend(file::unknown_colors(&file, &palette).into_iter().map(in_theme));
    problems.extend(file.problems.into_iter().map(in_theme));
    for (name, look) in file.looks {
        let known = looks.entry(name).or_default();
        *known = known.patched(&forget_unknown(look, &palette));
    }
    Ok((palette, looks))
}

fn inherited(name: &str, resolve: &dyn Fn(&str) -> Option<String>, chain: &[String]) -> Result<String, Problem> {
    let problem = |text| Problem { theme: None, line: None, text };
    if chain.iter().any(|above| above == name) {
        return Err(problem(format!("inherits = \"{name}\" goes round in a circle: {} → {name}", chain.join(" → "))));
    }
    let built_in = || BUILT_IN.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned());
    resolve(name).or_else(built_in).ok_or_else(|| {
        let meant = file::meant(nearest::nearest(name, BUILT_IN.map(|(n, _)| n)));
        problem(format!("inherits = \"{name}\": no such theme{meant}"))
    })
}

/// A colour that nobody knows is as if it had not been written.
fn forget_unknown(mut look: Look, palette: &BTreeMap<String, Paint>) -> Look {
    let is_known = |ink: &Ink| match ink {
        Ink::Named(name) => palette.contains_key(name),
        Ink::Literal(_) => true,
    };
    look.fg = look.fg.filter(is_known);
    look.bg = look.bg.filter(is_known);
    look
}

#[cfg(test)]
mod tests;
