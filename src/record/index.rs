//! The index: where the blocks of one file are, found by walking from head to head without unpacking.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{
    format::{BlockKind, FirstLine, HEAD, Head, Header, LARGEST_BLOCK, LONGEST_HEADER, MAGIC, first_line},
    trouble::{Refused, Trouble},
};

/// How much is read at once while looking for the next block.
const STRIDE: usize = 64 * 1024;

/// One file of a recording.
#[derive(Debug)]
pub(super) struct Segment {
    /// The name that troubles give it.
    pub(super) name: String,
    pub(super) file: File,
    /// `None` where the first line is damaged.
    pub(super) header: Option<Header>,
    pub(super) blocks: Vec<Entry>,
    /// What is wrong with the file as far as its heads tell.
    pub(super) troubles: Vec<Trouble>,
}

/// One block with snapshots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Its number in the file, from 1; damaged stretches are counted as one.
    pub(super) number: u32,
    /// Where its payload begins.
    pub(super) at: u64,
    pub(super) head: Head,
}

impl Segment {
    pub(super) fn open(path: &Path) -> Result<Self, Refused> {
        let unreadable = |source| Refused::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let mut segment = Self { name, file, header: None, blocks: Vec::new(), troubles: Vec::new() };
        segment.walk(length, path).map_err(|error| match error {
            Stop::Io(source) => unreadable(source),
            Stop::Refused(refused) => refused,
        })?;
        Ok(segment)
    }

    fn walk(&mut self, length: u64, path: &Path) -> Result<(), Stop> {
        let beginning = self.read_at(0, LONGEST_HEADER.min(usize::try_from(length).unwrap_or(usize::MAX)))?;
        let mut at = match first_line(&beginning) {
            FirstLine::Header(header, blocks_at) => {
                self.header = Some(header);
                blocks_at as u64
            }
            FirstLine::Newer { format, howdah, started_at } => {
                return Err(Stop::Refused(newer(path.to_owned(), format, howdah, started_at)));
            }
            FirstLine::Cut => {
                self.troubles.push(Trouble::Cut { file: self.name.clone(), at: length, block: 0 });
                return Ok(());
            }
            FirstLine::Damaged => match self.find_head(0, length.min(LARGEST_BLOCK as u64))? {
                Some(at) => {
                    self.troubles.push(Trouble::Header { file: self.name.clone() });
                    at
                }
                None => return Err(Stop::Refused(Refused::NotARecording { path: path.to_owned() })),
            },
        };
        let mut number = 1;
        let mut is_ended = false;
        while at < length {
            let file = self.name.clone();
            if length - at < HEAD as u64 {
                self.troubles.push(Trouble::Cut { file, at: length, block: number });
                return Ok(());
            }
            if let Some(head) = self.head(at)? {
                let payload = at + HEAD as u64;
                at = payload + u64::from(head.packed);
                if at > length {
                    self.troubles.push(Trouble::Cut { file, at: length, block: number });
                    return Ok(());
                }
                if head.kind == BlockKind::Snapshots {
                    self.blocks.push(Entry { number, at: payload, head });
                }
                is_ended = head.kind == BlockKind::End;
            } else {
                let to = self.find_head(at + 1, length)?.unwrap_or(length);
                self.troubles.push(Trouble::Stretch { file, block: number, from: at, to });
                is_ended = false;
                at = to;
            }
            number += 1;
        }
        if !is_ended {
            self.troubles.push(Trouble::Unfinished { file: self.name.clone() });
        }
        Ok(())
    }

    /// The head at a place, if a whole and undamaged one is there.
    fn head(&self, at: u64) -> io::Result<Option<Head>> {
        let mut bytes = [0; HEAD];
        match self.file.read_exact_at(&mut bytes, at) {
            Ok(()) => Ok(Head::read(&bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where the next undamaged head begins, at `from` or later.
    fn find_head(&self, from: u64, length: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at < length {
            let overlap = MAGIC.len() - 1;
            let chunk = self.read_at(at, STRIDE + overlap)?;
            let found = chunk.windows(MAGIC.len()).enumerate().filter(|(_, window)| *window == MAGIC);
            for (offset, _) in found {
                if self.head(at + offset as u64)?.is_some() {
                    return Ok(Some(at + offset as u64));
                }
            }
            at += STRIDE as u64;
        }
        Ok(None)
    }

    /// Up to `most` bytes from a place; fewer at the end of the file.
    fn read_at(&self, at: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; most];
        let mut filled = 0;
        while filled < most {
            match self.file.read_at(&mut bytes[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        Ok(bytes)
    }

    /// A block's packed payload.
    pub(super) fn payload(&self, entry: &Entry) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; entry.head.packed as usize];
        self.file.read_exact_at(&mut bytes, entry.at)?;
        Ok(bytes)
    }
}

/// Why a walk ended early.
enum Stop {
    Io(io::Error),
    Refused(Refused),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn newer(path: PathBuf, format: u32, howdah: Option<String>, started_at: Option<String>) -> Refused {
    let known = |text: Option<String>| {
        let text = text.unwrap_or_else(|| "?".to_owned());
        crate::domain::Text::from(text).chars().take(40).collect()
    };
    Refused::Newer { path, format, howdah: known(howdah), started_at: known(started_at) }
}
