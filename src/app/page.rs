//! The page's geometry: how many lines each part gets at a given size.
//!
//! The behaviour needs it to know how far a page is, the drawing to know where to draw: one answer
//! for both.

/// The smallest terminal that can be drawn on.
pub const SMALLEST: Size = Size { width: 60, height: 15 };

/// A terminal's size in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Size {
    /// Whether a page fits at all.
    #[must_use]
    pub const fn is_enough(self) -> bool {
        self.width >= SMALLEST.width && self.height >= SMALLEST.height
    }

    /// Lines of the footer: one where lines are dear.
    #[must_use]
    pub const fn footer(self) -> u16 {
        if self.height >= 30 { 2 } else { 1 }
    }

    /// Lines between header and footer.
    #[must_use]
    pub const fn body(self) -> u16 {
        self.height.saturating_sub(1 + self.footer())
    }

    /// Whether details of the selected row have a section on the page, not only a page of their own.
    #[must_use]
    pub const fn has_detail_section(self) -> bool {
        self.height >= 30
    }
}

/// How a body of facts, a table, what is wrong, and details is shared out, in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The table with its heading.
    pub table: u16,
    /// The section of what is wrong, its rule included; 0 without any.
    pub wrong: u16,
    /// The section of details, its rule included; 0 where they have a page of their own.
    pub detail: u16,
}

/// Shares out the lines of a body below its one line of facts.
#[must_use]
pub fn split(size: Size, rows: usize, findings: usize, details: usize) -> Split {
    let lines = size.body().saturating_sub(1);
    let wants = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    let table = wants(rows.saturating_add(1)).min(lines);
    let section = |n: usize| if n == 0 { 0 } else { wants(n.saturating_add(1)) };
    // What is wrong keeps a third of the page, or what the table leaves, whichever is more; details come after that.
    let wrong = section(findings).min((lines - table).max(lines / 3));
    let left = lines - wrong;
    let detail =
        if size.has_detail_section() { section(details).min(left.saturating_sub(table).max(left / 3)) } else { 0 };
    Split { table: left - detail, wrong, detail }.snug(table)
}

impl Split {
    /// The same with no more lines for the table than it has rows: the sections follow it closely.
    fn snug(self, table: u16) -> Self {
        Self { table: self.table.min(table), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shared_out_twice() {
        for height in 0..200 {
            for rows in [0, 1, 3, 50, 5000] {
                for findings in [0, 1, 7, 400] {
                    for details in [0, 6] {
                        let size = Size { width: 80, height };
                        let split = split(size, rows, findings, details);
                        let total = u32::from(split.table) + u32::from(split.wrong) + u32::from(split.detail);
                        assert!(total <= u32::from(size.body().saturating_sub(1)), "{height} {rows} {findings}");
                    }
                }
            }
        }
    }

    #[test]
    fn on_a_small_page_details_have_their_own() {
        let split = split(Size { width: 80, height: 24 }, 3, 2, 6);
        assert_eq!(split, Split { table: 4, wrong: 3, detail: 0 });
    }
}
