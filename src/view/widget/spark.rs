//! Sparklines and bars: numbers as shapes, on a scale that the caller fixes.
//!
//! The scale is never taken from the values: rows that stand under each other must be comparable,
//! and a shape must not jump because an old peak left the picture.

use crate::theme::GlyphSet;

/// The newest `width` of `values` as text of exactly `width` cells, oldest first; `max` fills a
/// cell's height. What is not known is a gap; zero is the lowest level, so that a line at rest is
/// seen to be alive.
#[must_use]
pub fn sparkline(values: &[Option<f64>], max: f64, width: usize, glyphs: GlyphSet) -> String {
    let shown = values.get(values.len().saturating_sub(width)..).unwrap_or_default();
    let gap = std::iter::repeat_n(" ", width - shown.len());
    let levels = shown.iter().map(|value| value.and_then(|v| level(v, max)).map_or(" ", |n| glyphs.spark()[n]));
    gap.chain(levels).collect()
}

/// Which of the eight levels shows `value`; `None` for what is no number.
fn level(value: f64, max: f64) -> Option<usize> {
    if value.is_nan() {
        return None;
    }
    if value <= 0.0 || max.is_nan() || max <= 0.0 {
        return Some(0);
    }
    let height = (value / max).clamp(0.0, 1.0) * 7.0;
    Some((1..8_u8).take_while(|n| height > f64::from(*n) - 0.5).count())
}

/// A bar of exactly `width` cells of which `fraction` (0 to 1) is filled, in eighths of a cell.
/// Something is never drawn as nothing, and only what is full is drawn as full.
#[must_use]
pub fn meter(fraction: f64, width: usize, glyphs: GlyphSet) -> String {
    let whole = width * 8;
    let filled = eighths(fraction, whole);
    let cell = |n: usize| match filled.saturating_sub(n * 8).min(8) {
        0 => " ",
        eighth => glyphs.eighths()[eighth - 1],
    };
    (0..width).map(cell).collect()
}

fn eighths(fraction: f64, whole: usize) -> usize {
    if fraction.is_nan() || fraction <= 0.0 || whole == 0 {
        return 0;
    }
    if fraction >= 1.0 {
        return whole;
    }
    // Between one eighth and one short of full, whatever the rounding says.
    let filled = |n: usize| u32::try_from(n).is_ok_and(|n| fraction * of(whole) > f64::from(n) - 0.5);
    (1..whole).take_while(|n| filled(*n)).count().max(1)
}

fn of(whole: usize) -> f64 {
    u32::try_from(whole).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::view::text::cut;

    #[test]
    fn levels_go_from_nothing_to_the_maximum() {
        let values: Vec<_> = (0..8).map(|n| Some(f64::from(n))).collect();
        assert_eq!(sparkline(&values, 7.0, 8, GlyphSet::Unicode), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&values, 7.0, 8, GlyphSet::Ascii), "_.-=+*#@");
        assert_eq!(sparkline(&values, 70.0, 8, GlyphSet::Unicode), "▁▁▁▁▁▁▂▂");
    }

    #[test]
    fn what_is_not_known_is_a_gap_and_not_zero() {
        let values = [Some(0.0), None, Some(f64::NAN), Some(9.0)];
        assert_eq!(sparkline(&values, 4.0, 6, GlyphSet::Unicode), "  ▁  █");
    }

    #[test]
    fn the_newest_values_are_kept() {
        assert_eq!(sparkline(&[Some(8.0), Some(0.0), Some(0.0)], 8.0, 2, GlyphSet::Unicode), "▁▁");
    }

    #[test]
    fn bars_fill_by_eighths() {
        assert_eq!(meter(0.5, 4, GlyphSet::Unicode), "██  ");
        assert_eq!(meter(0.88, 8, GlyphSet::Unicode), "███████ ");
        assert_eq!(meter(0.25, 1, GlyphSet::Unicode), "▎");
        assert_eq!(meter(0.0, 3, GlyphSet::Unicode), "   ");
        assert_eq!(meter(0.000_1, 3, GlyphSet::Unicode), "▏  ");
        assert_eq!(meter(0.999_9, 3, GlyphSet::Unicode), "██▉");
        assert_eq!(meter(7.0, 3, GlyphSet::Unicode), "███");
        assert_eq!(meter(0.5, 3, GlyphSet::Ascii), "#- ");
    }

    proptest! {
        #[test]
        fn shapes_have_exactly_the_width_asked_for(
            values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..40),
            max in prop::num::f64::ANY,
            width in 0..50_usize,
        ) {
            for glyphs in [GlyphSet::Unicode, GlyphSet::Ascii] {
                prop_assert_eq!(cut::width(&sparkline(&values, max, width, glyphs)), width);
                prop_assert_eq!(cut::width(&meter(max, width, glyphs)), width);
            }
        }
    }
}
