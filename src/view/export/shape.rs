//! Box drawing and block elements as rectangles: they fill their cells to the edge, as in a terminal.

use std::fmt::Write as _;

use super::{HEIGHT, WIDTH};

/// A rectangle in parts of a cell: left, top, width, height; and how dense it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape(f64, f64, f64, f64);

/// Half the thickness of a line, in parts of a cell's width and height.
const THIN: (f64, f64) = (0.6 / WIDTH, 0.6 / HEIGHT);

/// The rectangles that draw `symbol`; none for what a font draws.
pub(super) fn shapes(symbol: &str) -> Vec<Shape> {
    let mut signs = symbol.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) => block(sign).map_or_else(|| lines(sign), |shape| vec![shape]),
        _ => Vec::new(),
    }
}

fn block(sign: char) -> Option<Shape> {
    let code = u32::from(sign);
    match code {
        // ▁ … █: from below, by eighths.
        0x2581..=0x2588 => {
            let height = f64::from(code - 0x2580) / 8.0;
            Some(Shape(0.0, 1.0 - height, 1.0, height))
        }
        // ▉ … ▏: from the left, by eighths.
        0x2589..=0x258F => Some(Shape(0.0, 0.0, f64::from(0x2590 - code) / 8.0, 1.0)),
        _ => None,
    }
}

/// Arms from the middle of the cell: left, right, up, down.
fn lines(sign: char) -> Vec<Shape> {
    let (left, right, up, down) = match sign {
        '─' => (true, true, false, false),
        '│' => (false, false, true, true),
        '┌' => (false, true, false, true),
        '┐' => (true, false, false, true),
        '└' => (false, true, true, false),
        '┘' => (true, false, true, false),
        '├' => (false, true, true, true),
        '┤' => (true, false, true, true),
        '┬' => (true, true, false, true),
        '┴' => (true, true, true, false),
        '┼' => (true, true, true, true),
        '┄' => return [0.05, 0.4, 0.75].map(|x| Shape(x, 0.5 - THIN.1, 0.2, 2.0 * THIN.1)).to_vec(),
        _ => return Vec::new(),
    };
    let mut shapes = Vec::new();
    if left || right {
        let start = if left { 0.0 } else { 0.5 - THIN.0 };
        let end = if right { 1.0 } else { 0.5 + THIN.0 };
        shapes.push(Shape(start, 0.5 - THIN.1, end - start, 2.0 * THIN.1));
    }
    if up || down {
        let start = if up { 0.0 } else { 0.5 - THIN.1 };
        let end = if down { 1.0 } else { 0.5 + THIN.1 };
        shapes.push(Shape(0.5 - THIN.0, start, 2.0 * THIN.0, end - start));
    }
    shapes
}

/// Draws shapes into the cell whose upper left corner is at `x`, `y`.
pub(super) fn draw(out: &mut String, shapes: &[Shape], x: f64, y: f64, color: &str, opacity: f64) {
    for Shape(left, top, width, height) in shapes {
        let _ = write!(
            out,
            "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{color}\"",
            x + left * WIDTH,
            y + top * HEIGHT,
            width * WIDTH,
            height * HEIGHT
        );
        if opacity < 1.0 {
            let _ = write!(out, " opacity=\"{opacity}\"");
        }
        out.push_str("/>\n");
    }
}
