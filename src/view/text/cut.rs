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
#[must_use]
pub fn head(text: &str, most: usize) -> String {
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
#[must_use]
pub fn tail(text: &str, most: usize) -> String {
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

/// `text` in exactly `cells` cells: cut as `cut` says, padded on the side it does not lean on.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sentences_lose_their_end_and_identifiers_their_middle() {
        assert_eq!(end("SELECT 1", 8, "…"), "SELECT 1");
        assert_eq!(end("SELECT 12", 8, "…"), "SELECT…");
        assert_eq!(middle("billing-postgres-7f9c", 12, "…"), "billi…s-7f9c");
        assert_eq!(middle("abc", 2, "…"), "…c");
        assert_eq!(middle("abc", 1, "…"), "…");
        assert_eq!(end("abc", 0, "…"), "");
    }

    #[test]
    fn half_a_wide_sign_is_a_space() {
        assert_eq!(fit("表表", 3, Align::Left, Cut::End, "…"), "表…");
        assert_eq!(fit("表表表", 4, Align::Left, Cut::End, "…"), "表… ");
        assert_eq!(fit("表", 3, Align::Right, Cut::End, "…"), " 表");
    }

    proptest! {
        #[test]
        fn the_width_is_exactly_what_was_asked_for(text in ".*", cells in 0..40_usize, right: bool, mid: bool) {
            let align = if right { Align::Right } else { Align::Left };
            let cut = if mid { Cut::Middle } else { Cut::End };
            for ellipsis in ["…", "~"] {
                prop_assert_eq!(width(&fit(&text, cells, align, cut, ellipsis)), cells);
                prop_assert!(width(&cut.apply(&text, cells, ellipsis)) <= cells);
            }
        }

        #[test]
        fn what_fits_is_not_touched(text in "[a-z表é ]{0,20}") {
            prop_assert_eq!(end(&text, width(&text), "…"), text.as_str());
            prop_assert_eq!(middle(&text, width(&text), "…"), text.as_str());
        }
    }
}
