//! Pages of the log: how far a server that was killed had written.
//!
//! Pure: bytes in, a position out. Segment files are made and used again before they are written, so
//! their size tells nothing. But every page of the log begins with its own position: one that does not is
//! an older life's, and the log ends before it. Source: `src/include/access/xlog_internal.h`.

use crate::domain::{Lsn, Timeline};

/// The size of a page; howdah knows no server that was built with another.
const PAGE: u64 = 8192;
/// The size of a segment where its own first page does not tell.
pub const SEGMENT: u64 = 16 << 20;

/// What a segment tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The log ends in it, here or at most a page before.
    Ends(Lsn),
    /// All of it was written: the log may go on in the next.
    Full,
}

/// The size of the segments, as the first page of one says.
#[must_use]
pub fn segment_size(first_page: &[u8]) -> Option<u64> {
    let flags = u16::from_le_bytes(first_page.get(2..4)?.try_into().ok()?);
    let size = u32::from_le_bytes(first_page.get(32..36)?.try_into().ok()?);
    let is_long = flags & 2 != 0;
    (is_long && size.is_power_of_two() && (1 << 20..=1 << 30).contains(&size)).then_some(u64::from(size))
}

/// The name of the segment that holds a position.
#[must_use]
pub fn segment_name(timeline: Timeline, at: Lsn, size: u64) -> String {
    let (number, in_one) = (at.0 / size, (1_u64 << 32) / size);
    format!("{:08X}{:08X}{:08X}", timeline.0, number / in_one, number % in_one)
}

/// How far the log goes on from `from`, which lies in this segment.
#[must_use]
pub fn extent(segment: &[u8], from: Lsn, size: u64) -> Extent {
    let start = from.0 / size * size;
    let mut end = from;
    let mut page = from.0 / PAGE * PAGE;
    while page < start + size {
        let offset = usize::try_from(page - start).unwrap_or(usize::MAX);
        let Some(bytes) = segment.get(offset..offset + PAGE as usize) else { return Extent::Ends(end) };
        let own = bytes.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
        let is_written = own == Some(page) && bytes.get(0..2).is_some_and(|magic| magic != [0, 0]);
        if !is_written {
            return Extent::Ends(end);
        }
        // What was not written of a page is zero; a record may end in zeros, but begins with none.
        let known = usize::try_from(from.0.saturating_sub(page)).unwrap_or(0);
        let has_more = bytes.iter().skip(known).any(|byte| *byte != 0);
        if has_more {
            end = Lsn(page + PAGE);
        }
        page += PAGE;
    }
    Extent::Full
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A segment of which so many bytes were written.
    fn segment(number: u64, written: u64) -> Vec<u8> {
        let start = number * SEGMENT;
        let mut bytes = vec![0; SEGMENT as usize];
        for page in (0..SEGMENT).step_by(PAGE as usize) {
            let at = page as usize;
            // Beyond the end lies an older life of the same file.
            let own = if page < written { start + page } else { page };
            bytes[at] = 0x10;
            bytes[at + 8..at + 16].copy_from_slice(&own.to_le_bytes());
            if page < written {
                let upto = (written - page).min(PAGE) as usize;
                bytes[at + 16..at + upto].fill(7);
            }
        }
        bytes
    }

    #[test]
    fn the_end_is_found_and_never_too_early() {
        let start = 3 * SEGMENT;
        let bytes = segment(3, 20_000);
        let Extent::Ends(end) = extent(&bytes, Lsn(start + 9_000), SEGMENT) else { panic!() };
        assert!(end >= Lsn(start + 20_000) && end <= Lsn(start + 3 * PAGE), "{end}");
    }

    #[test]
    fn who_has_everything_lacks_nothing() {
        let start = 3 * SEGMENT;
        let bytes = segment(3, 20_000);
        assert_eq!(extent(&bytes, Lsn(start + 20_000), SEGMENT), Extent::Ends(Lsn(start + 20_000)));
        let to_the_page = segment(3, 2 * PAGE);
        assert_eq!(extent(&to_the_page, Lsn(start + 2 * PAGE), SEGMENT), Extent::Ends(Lsn(start + 2 * PAGE)));
        assert_eq!(extent(&[], Lsn(start), SEGMENT), Extent::Ends(Lsn(start)));
    }

    #[test]
    fn a_full_segment_says_nothing_of_the_end() {
        assert_eq!(extent(&segment(3, SEGMENT), Lsn(3 * SEGMENT + 5), SEGMENT), Extent::Full);
    }

    #[test]
    fn segments_are_named_as_the_server_names_them() {
        assert_eq!(segment_name(Timeline(2), Lsn(0x1_0300_0000), SEGMENT), "000000020000000100000003");
        assert_eq!(segment_name(Timeline(1), Lsn(0x9A3F_2C10), 64 << 20), "000000010000000000000026");
    }
}
