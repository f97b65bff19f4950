//! Files that only their owner may read, written so that they are on the disk when it is said that they are.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};

use super::Trouble;

/// How much is read at once while the end of a file is looked for.
const BLOCK: u64 = 64 * 1024;

/// Makes a folder that only its owner may enter, unless it is there.
pub(super) fn folder(path: &Path) -> Result<(), Trouble> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(Trouble::path("create", path))
}

/// Opens a file for adding to it and reading it; a new one where `is_new`, else it is made where it is missing. Never
/// through a link.
pub(super) fn appending(path: &Path, is_new: bool) -> io::Result<File> {
    let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or(0);
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600).custom_flags(no_link);
    if is_new { options.create_new(true) } else { options.create(true) }.open(path)
}

/// Adds bytes at the end; on the disk when it returns. What can only be written in part (a full disk) is not written.
pub(super) fn add(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(bytes).and_then(|()| file.sync_data());
    if written.is_err() {
        // What cannot be taken back either is closed by the next line.
        let _ = file.set_len(before);
    }
    written
}

/// Makes sure that a new file's name is on the disk too.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// What stands at the end of a file of lines: its last whole line, and what follows it without a line's end.
pub(super) struct Tail {
    pub(super) line: Option<Vec<u8>>,
    pub(super) torn: Vec<u8>,
}

/// Reads the end of a file of lines.
pub(super) fn tail(file: &mut File) -> io::Result<Tail> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut want = BLOCK;
    loop {
        let from = length.saturating_sub(want);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let begin = end.and_then(|end| bytes.get(..end)?.iter().rposition(|byte| *byte == b'\n'));
        if begin.is_none() && from > 0 {
            want = want.saturating_mul(2);
            continue;
        }
        let torn = bytes.get(end.map_or(0, |end| end + 1)..).unwrap_or_default().to_vec();
        let line = end.and_then(|end| bytes.get(begin.map_or(0, |begin| begin + 1)..end)).map(<[u8]>::to_vec);
        return Ok(Tail { line, torn });
    }
}
