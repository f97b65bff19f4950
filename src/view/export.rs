//! Screens as files: a buffer becomes an SVG picture or plain text.
//!
//! The picture is a grid of cells. Letters are text in a monospaced font, grouped into runs; lines
//! and blocks are drawn as shapes, so that they join as they do in a terminal whatever the font.
//! What the terminal would decide (its own foreground and background) the theme decides here.

use std::fmt::Write as _;

use ratatui::{
    buffer::{Buffer, Cell, CellWidth},
    style::{Color, Modifier},
};

use crate::theme::{Rgb, Theme};

mod shape;

/// Width and height of a cell in the picture, and where in it letters stand.
const WIDTH: f64 = 8.43;
const HEIGHT: f64 = 18.0;
const BASELINE: f64 = 13.4;
/// The advance of DejaVu Sans Mono at this size is the cell's width.
const FONT_SIZE: u16 = 14;
const FONTS: &str = "DejaVu Sans Mono, Menlo, Consolas, monospace";
/// Space around the grid.
const MARGIN: f64 = 10.0;

/// The screen as text: a line each, without the spaces at their ends.
#[must_use]
pub fn plain(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in buf.area.top()..buf.area.bottom() {
        let line: String = cells(buf, y).map(|(_, cell, _)| cell.symbol()).collect();
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The screen as a picture.
#[must_use]
pub fn svg(buf: &Buffer, theme: &Theme) -> String {
    let page = Page::of(theme);
    let (columns, rows) = (f64::from(buf.area.width), f64::from(buf.area.height));
    let (width, height) = (columns * WIDTH + 2.0 * MARGIN, rows * HEIGHT + 2.0 * MARGIN);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.2} \
         {height:.2}\" font-family=\"{FONTS}\" font-size=\"{FONT_SIZE}\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"{}\"/>\n<g transform=\"translate({MARGIN} {MARGIN})\" xml:space=\"preserve\">\n",
        hex(page.background)
    );
    for (line, y) in (buf.area.top()..buf.area.bottom()).enumerate() {
        let top = f64::from(u32::try_from(line).unwrap_or(u32::MAX)) * HEIGHT;
        backgrounds(&mut out, buf, y, top, page);
        letters(&mut out, buf, y, top, page);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The cells of a line with their column and width; those that a wide sign covers are left out.
fn cells(buf: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell, u16)> {
    let mut covered = buf.area.left();
    (buf.area.left()..buf.area.right()).filter_map(move |x| {
        let cell = buf.cell((x, y))?;
        if x < covered {
            return None;
        }
        let width = cell.symbol().cell_width().clamp(1, buf.area.right() - x);
        covered = x + width;
        Some((x - buf.area.left(), cell, width))
    })
}

/// What the terminal would decide.
#[derive(Debug, Clone, Copy)]
struct Page {
    foreground: Rgb,
    background: Rgb,
}

/// How a cell's content is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ink {
    color: Rgb,
    modifier: Modifier,
}

impl Page {
    fn of(theme: &Theme) -> Self {
        let style = theme.style("screen");
        let color = |color: Option<Color>, default| color.and_then(Rgb::of).unwrap_or(default);
        Self { foreground: color(style.fg, Rgb(0xD6, 0xDA, 0xE0)), background: color(style.bg, Rgb(0x14, 0x17, 0x1B)) }
    }

    /// Foreground and background of a cell, the right way round.
    fn colors(self, cell: &Cell) -> (Rgb, Rgb) {
        let fg = Rgb::of(cell.fg).unwrap_or(self.foreground);
        let bg = Rgb::of(cell.bg).unwrap_or(self.background);
        if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) }
    }

    fn ink(self, cell: &Cell) -> Ink {
        let modifier = cell.modifier & (Modifier::BOLD | Modifier::DIM | Modifier::ITALIC | Modifier::UNDERLINED);
        Ink { color: self.colors(cell).0, modifier }
    }
}

/// One rectangle for every stretch of the same background that is not the page's.
fn backgrounds(out: &mut String, buf: &Buffer, y: u16, top: f64, page: Page) {
    let mut stretches: Vec<(u16, u16, Rgb)> = Vec::new();
    for (x, cell, width) in cells(buf, y) {
        let bg = page.colors(cell).1;
        match stretches.last_mut() {
            Some((start, cells, color)) if *color == bg && *start + *cells == x => *cells += width,
            _ => stretches.push((x, width, bg)),
        }
    }
    for (x, cells, color) in stretches.into_iter().filter(|(.., color)| *color != page.background) {
        let (x, width) = (f64::from(x) * WIDTH, f64::from(cells) * WIDTH);
        let _ = writeln!(
            out,
            "<rect x=\"{x:.2}\" y=\"{top:.2}\" width=\"{width:.2}\" height=\"{HEIGHT}\" fill=\"{}\" \
             shape-rendering=\"crispEdges\"/>",
            hex(color)
        );
    }
}

/// Text runs and shapes of a line.
fn letters(out: &mut String, buf: &Buffer, y: u16, top: f64, page: Page) {
    let mut run = Run::default();
    for (x, cell, width) in cells(buf, y) {
        let ink = page.ink(cell);
        let symbol = cell.symbol();
        let shapes = shape::shapes(symbol);
        // A font may lack the sign or draw it wider: it stands alone, so that others keep their places.
        let stands_alone = !symbol.is_ascii() || width > 1;
        if run.ink != Some(ink) || stands_alone {
            run.flush(out, top);
        }
        if shapes.is_empty() {
            run.push(x, symbol, width, ink);
        } else {
            shape::draw(out, &shapes, f64::from(x) * WIDTH, top, &hex(ink.color), opacity(ink));
        }
        if stands_alone {
            run.flush(out, top);
        }
    }
    run.flush(out, top);
}

/// Letters side by side in one look.
#[derive(Debug, Default)]
struct Run {
    start: u16,
    cells: u16,
    text: String,
    ink: Option<Ink>,
}

impl Run {
    fn push(&mut self, x: u16, symbol: &str, width: u16, ink: Ink) {
        if self.text.is_empty() {
            // Spaces before letters need not be drawn, unless a line runs under them.
            if symbol == " " && !ink.modifier.contains(Modifier::UNDERLINED) {
                return;
            }
            self.start = x;
            self.ink = Some(ink);
        }
        self.text.push_str(symbol);
        self.cells += width;
    }

    fn flush(&mut self, out: &mut String, top: f64) {
        let run = std::mem::take(self);
        let Some(ink) = run.ink else { return };
        let is_underlined = ink.modifier.contains(Modifier::UNDERLINED);
        let text = if is_underlined { run.text.as_str() } else { run.text.trim_end_matches(' ') };
        let spaces = u16::try_from(run.text.len() - text.len()).unwrap_or(0);
        let (x, length) = (f64::from(run.start) * WIDTH, f64::from(run.cells - spaces) * WIDTH);
        let _ = write!(
            out,
            "<text x=\"{x:.2}\" y=\"{:.2}\" textLength=\"{length:.2}\" fill=\"{}\"",
            top + BASELINE,
            hex(ink.color)
        );
        for (modifier, attribute) in [
            (Modifier::BOLD, " font-weight=\"bold\""),
            (Modifier::ITALIC, " font-style=\"italic\""),
            (Modifier::UNDERLINED, " text-decoration=\"underline\""),
            (Modifier::DIM, " opacity=\"0.6\""),
        ] {
            if ink.modifier.contains(modifier) {
                out.push_str(attribute);
            }
        }
        let _ = writeln!(out, ">{}</text>", escaped(text));
    }
}

const fn opacity(ink: Ink) -> f64 {
    if ink.modifier.contains(Modifier::DIM) { 0.6 } else { 1.0 }
}

fn hex(Rgb(r, g, b): Rgb) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

/// Text that is safe inside XML; characters that XML cannot hold become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            ' ' => out.push('\u{A0}'),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
