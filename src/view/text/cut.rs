//! Cutting, padding and measuring in terminal cells.
//!
//! Everything here measures as the screen buffer does, grapheme by grapheme, so that what is
//! measured is what is drawn. A character two cells wide is never split: where half of one would
//! remain there is a space.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// Which end of a cell the text leans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// Words.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// How a text that is too long is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cut {
    /// The end goes: sentences, queries.
    #[default]
    End,
    /// The middle goes: identifiers, whose two ends tell them apart.
    Middle,
}

/// The drawable graphemes of `text` with their widths, as the screen buffer takes them.
pub fn cells(text: &str) -> impl DoubleEndedIterator<Item = (&str, usize)> {
    text.graphemes(true)
        .filter(|g| !g.contains(char::is_control))
        .map(|g| (g, usize::from(g.cell_width())))
        .filter(|(_, width)| *width > 0)
}

/// How many terminal cells `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return text.len();
    }
    cells(text).map(|(_, width)| width).sum()
}

/// The longest beginning of `text` that fits into `most` cells.
fn head(text: &str, most: usize) -> String {
    let mut left = most;
    let mut out = String::new();
    for (grapheme, width) in cells(text) {
        let Some(rest) = left.checked_sub(width) else { break };
        left = rest;
        out.push_str(grapheme);
    }
    out
}

/// The longest ending of `text` that fits into `most` cells.
fn tail(text: &str, most: usize) -> String {
    let mut left = most;
    let mut kept = Vec::new();
    for (grapheme, width) in cells(text).rev() {
        let Some(rest) = left.checked_sub(width) else { break };
        left = rest;
        kept.push(grapheme);
    }
    kept.into_iter().rev().collect()
}

/// `text`, or as much of its beginning as fits into `most` cells with `ellipsis` after it.
#[must_use]
pub fn end<'a>(text: &'a str, most: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(room) = most.checked_sub(width(ellipsis)) else { return Cow::Owned(head(ellipsis, most)) };
    let mut out = head(text, room);
    out.truncate(out.trim_end().len());
    out.push_str(ellipsis);
    Cow::Owned(out)
}

/// `text`, or its two ends with `ellipsis` between them, in at most `most` cells.
///
/// The end of an identifier tells more than its beginning, so an odd cell goes to the beginning
/// only when there is one to spare.
#[must_use]
pub fn middle<'a>(text: &'a str, most: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(room) = most.checked_sub(width(ellipsis)) else { return Cow::Owned(head(ellipsis, most)) };
    let before = head(text, room / 2);
    let after = tail(text, room - width(&before));
    Cow::Owned(before + ellipsis + &after)
}

impl Cut {
    /// `text` in at most `most` cells, cut this way.
    #[must_use]
    pub fn apply<'a>(self, text: &'a str, most: usize, ellipsis: &str) -> Cow<'a, str> {
        match self {
            Self::End => end(text, most, ellipsis),
            Self::Middle => middle(text, most, ellipsis),
        }
    }
}

/// `text` in exactly `cells` cells: cut at its end, padded on the side it does not lean on.
#[must_use]
pub fn fit(text: &str, cells: usize, align: Align, cut: Cut, ellipsis: &str) -> String {
    let text = cut.apply(text, cells, ellipsis);
    let mut out = String::with_capacity(text.len() + cells);
    let room = cells.saturating_sub(width(&text));
    let pad = |out: &mut String| out.extend(std::iter::repeat_n(' ', room));
    if align == Align::Right {
        pad(&mut out);
    }
    out.push_str(&text);
    if align == Align::Left {
        pad(&mut out);
    }
    out
}
