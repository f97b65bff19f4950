//! The ring: segment files in a directory, numbered, the oldest removed first.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::trouble::CannotRecord;
use crate::domain::Bytes;

/// How a segment's name ends.
const SUFFIX: &str = ".howdah";

/// How many segments a full ring has, about: what is removed at once is an eighth.
const SEGMENTS: u64 = 8;

/// A ring's smallest size.
pub(super) const LEAST: Bytes = Bytes::kib(256);

/// The segments of a directory, oldest first.
pub(super) fn segments(directory: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|n| n.strip_suffix(SUFFIX)).filter(|n| n.len() >= 6);
        let is_digits = |n: &&str| n.bytes().all(|b| b.is_ascii_digit());
        if let Some(number) = number.filter(is_digits).and_then(|n| n.parse().ok()) {
            found.push((number, entry.path()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// A file that only its owner may read, made for appending and with its first line in it; never one that exists,
/// never through a link.
pub(super) fn create(path: &Path, line: &[u8]) -> Result<File, CannotRecord> {
    let made = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path);
    let mut file = made.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => CannotRecord::Exists { path: path.to_owned() },
        _ => CannotRecord::Path { what: "create", path: path.to_owned(), source },
    })?;
    file.write_all(line).map_err(|source| {
        // A file without its first line is none: the attempt leaves nothing behind where that can be helped.
        let _ = fs::remove_file(path);
        CannotRecord::Write { path: path.to_owned(), source }
    })?;
    Ok(file)
}

/// The directory, its size limit, and what is in it besides the segment being written.
#[derive(Debug)]
pub(super) struct Ring {
    directory: PathBuf,
    limit: Bytes,
    /// Finished segments, oldest first, with their sizes.
    old: Vec<(PathBuf, u64)>,
    next: u64,
    /// Held as long as this ring is: one recorder a directory.
    _lock: File,
}

impl Ring {
    /// Takes a directory, which is made where it is missing.
    pub(super) fn open(directory: &Path, limit: Bytes) -> Result<Self, CannotRecord> {
        if limit < LEAST {
            return Err(CannotRecord::TooSmall { limit, least: LEAST });
        }
        let cannot = |what, path: &Path| {
            let path = path.to_owned();
            move |source| CannotRecord::Path { what, path, source }
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(cannot("create", directory))?;
        let lock_path = directory.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock_path)
            .map_err(cannot("create", &lock_path))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => CannotRecord::Taken { directory: directory.to_owned() },
            fs::TryLockError::Error(source) => cannot("lock", &lock_path)(source),
        })?;
        let found = segments(directory).map_err(cannot("read", directory))?;
        let next = found.last().map_or(1, |(number, _)| number + 1);
        let size = |path: &Path| fs::symlink_metadata(path).map_or(0, |m| m.len());
        let old = found.into_iter().map(|(_, path)| (size(&path), path)).map(|(size, path)| (path, size)).collect();
        Ok(Self { directory: directory.to_owned(), limit, old, next, _lock: lock })
    }

    /// The size at which a segment gives way to the next.
    pub(super) const fn segment_size(&self) -> u64 {
        self.limit.0 / SEGMENTS
    }

    /// The number that the next segment gets.
    pub(super) const fn next_number(&self) -> u64 {
        self.next
    }

    /// Makes the next segment: its path and file.
    pub(super) fn next(&mut self, line: &[u8]) -> Result<(PathBuf, File), CannotRecord> {
        let path = self.directory.join(format!("{:06}{SUFFIX}", self.next));
        let file = create(&path, line)?;
        self.next += 1;
        Ok((path, file))
    }

    /// Takes over a segment that is no longer written.
    pub(super) fn keep(&mut self, path: PathBuf, size: u64) {
        self.old.push((path, size));
    }

    /// Removes the oldest segments until all of them and `current` bytes more fit the limit.
    pub(super) fn make_room(&mut self, current: u64) -> Result<(), CannotRecord> {
        let mut total = current + self.old.iter().map(|(_, size)| size).sum::<u64>();
        while total > self.limit.0 && !self.old.is_empty() {
            let (path, size) = &self.old[0];
            match fs::remove_file(path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(CannotRecord::Path { what: "remove", path: path.clone(), source });
                }
                _ => total -= size,
            }
            self.old.remove(0);
        }
        Ok(())
    }
}
