//! Pressing keys, drawing, and writing what was drawn as text: the lines, then the looks.

use std::fmt::Write;

use howdah::{
    app::{self, Effect, Model, Msg, Size, key::Key},
    decide::plan::Plan,
    domain::log::{LogBatch, LogNews},
    keymap::{Keymap, Resolved, Resolver},
    theme::Theme,
    view::{self, Look},
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};

/// A console without a terminal.
pub(crate) struct Console {
    pub(crate) model: Model,
    pub(crate) keymap: Keymap,
    pub(crate) theme: Theme,
    /// What is heard as soon as logs are listened to.
    pub(crate) logs: Vec<LogNews>,
    /// The plans that are to be carried out.
    pub(crate) plans: Vec<Plan>,
    resolver: Resolver,
}

impl Console {
    pub(crate) fn new(now: jiff::Timestamp, width: u16, height: u16) -> Self {
        Self {
            model: Model::new(now, Size { width, height }),
            keymap: Keymap::default(),
            theme: Theme::default(),
            logs: Vec::new(),
            plans: Vec::new(),
            resolver: Resolver::default(),
        }
    }

    /// What the runtime does with a key.
    pub(crate) fn press(&mut self, key: Key) {
        let effects = if self.model.wants_text() {
            app::update(&mut self.model, Msg::Text(key))
        } else if let Some(Resolved::Action(action)) = self.resolver.resolve(&self.keymap, self.model.context(), key) {
            app::update(&mut self.model, Msg::Act(action))
        } else {
            Vec::new()
        };
        for effect in effects {
            match effect {
                Effect::Logs(Some(wish)) => {
                    let batch = LogBatch { wish: wish.number, news: self.logs.clone() };
                    app::update(&mut self.model, Msg::Logs(batch));
                }
                Effect::Act(plan) => self.plans.push(*plan),
                _ => {}
            }
        }
    }

    /// Keys separated by spaces.
    pub(crate) fn keys(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            self.press(key.parse().unwrap_or_else(|e| panic!("{e}")));
        }
    }

    pub(crate) fn draw(&self) -> Buffer {
        let Size { width, height } = self.model.size;
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        view::draw(&self.model, &Look { theme: &self.theme, keymap: &self.keymap }, &mut buf, area);
        buf
    }
}

/// The buffer as text: the lines as they are seen, then the looks, a line for each run of cells that
/// do not look like ordinary text. Colours have the names of the theme's palette.
pub(crate) fn written(buf: &Buffer, theme: &str) -> String {
    let names = palette(theme);
    let mut out = String::new();
    let area = buf.area();
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in area.left()..area.right() {
            let symbol = buf[(x, y)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            line.push_str(symbol);
            skip = unicode_width::UnicodeWidthStr::width(symbol).max(1) - 1;
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push_str("\n-- looks --\n");
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let look = look(&buf[(x, y)], &names);
            // A space between two words of one look belongs to both.
            let differs = |x: &u16| {
                let cell = &buf[(*x, y)];
                self::look(cell, &names) != look && !(cell.symbol() == " " && goes_on(buf, *x, y, &look, &names))
            };
            let end = (x..area.right()).find(differs).unwrap_or(area.right());
            if !look.is_empty() {
                let _ = writeln!(out, "{y:>3}: {x:>3}–{:<3} {look}", end - 1);
            }
            x = end;
        }
    }
    out
}

/// Whether the next cell that is not empty, a cell or two on, looks like `look` on the same ground.
fn goes_on(buf: &Buffer, x: u16, y: u16, look: &str, names: &[(Color, String)]) -> bool {
    let ground = buf[(x, y)].bg;
    let next = (x + 1..buf.area().right().min(x + 3)).map(|x| &buf[(x, y)]).find(|cell| cell.symbol() != " ");
    next.is_some_and(|cell| cell.bg == ground && self::look(cell, names) == look)
}

/// How a cell looks; empty for ordinary text and for what cannot be seen.
fn look(cell: &Cell, names: &[(Color, String)]) -> String {
    let name = |color: Color| {
        names.iter().find(|(c, _)| *c == color).map_or_else(|| format!("{color:?}"), |(_, name)| name.clone())
    };
    let mut parts = Vec::new();
    if cell.symbol() != " " && name(cell.fg) != "foreground" {
        parts.push(name(cell.fg));
    }
    if name(cell.bg) != "background" {
        parts.push(format!("on {}", name(cell.bg)));
    }
    let modifiers = cell.modifier - Modifier::empty();
    if cell.symbol() != " " && !modifiers.is_empty() {
        parts.push(format!("{modifiers:?}").to_lowercase());
    }
    parts.join(" ")
}

/// A theme's colours by name.
fn palette(theme: &str) -> Vec<(Color, String)> {
    let (_, text) = howdah::theme::BUILT_IN.iter().find(|(name, _)| *name == theme).unwrap();
    let document: toml::Table = text.parse().unwrap();
    if !document.contains_key("palette") {
        return vec![(Color::Reset, "foreground".into()), (Color::Reset, "background".into())];
    }
    let colors = document["palette"].as_table().unwrap().iter().filter_map(|(name, value)| {
        let hex = value.as_array()?.first()?.as_str()?.strip_prefix('#')?;
        let part = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        Some((Color::Rgb(part(0)?, part(2)?, part(4)?), name.clone()))
    });
    colors.collect()
}
