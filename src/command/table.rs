//! Tables of text: columns as wide as their widest cell, measured in cells of the terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Writes rows as aligned columns with two spaces between them, each line after `indent`.
pub(super) fn write(out: &mut dyn Write, indent: &str, aligns: &[Align], rows: &[Vec<String>]) -> io::Result<()> {
    let widths: Vec<usize> = (0..aligns.len())
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let mut line = indent.to_owned();
        for ((cell, width), align) in row.iter().zip(&widths).zip(aligns) {
            let gap = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => line.extend([cell.as_str(), &gap, "  "]),
                Align::Right => line.extend([&gap, cell.as_str(), "  "]),
            }
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}
