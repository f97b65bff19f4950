//! A local server's log file: where it is, and what is new in it.
//!
//! A server with a collector says in `current_logfiles` where it writes; any other writes where its
//! standard error leads. The file is looked for again every now and then, so that it is followed over
//! rotation: a new file of the collector, a file renamed by logrotate, a file cut to nothing.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::pidfile::PidFile;
use crate::domain::log::LogStart;

/// What takes lines in: the bytes of one without its line feed.
pub type Hear<'a> = dyn FnMut(&[u8]) + Send + 'a;

/// No more of what was written before is read.
const MOST_BEFORE: u64 = 8 * 1024 * 1024;
/// No more is read at a time.
const MOST_AT_ONCE: u64 = 4 * 1024 * 1024;
/// A line that does not end is taken as it is from here on.
const LONGEST: usize = 256 * 1024;
/// The file is looked for again at every so many readings.
const LOOK_EVERY: u32 = 10;

/// One server's log and how far it was read.
#[derive(Debug)]
pub struct Tape {
    data_directory: PathBuf,
    start: LogStart,
    open: Option<Open>,
    turn: u32,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: File,
    inode: u64,
    offset: u64,
    partial: Vec<u8>,
}

impl Tape {
    /// The log of the server of a data directory, from `start` on.
    #[must_use]
    pub const fn new(data_directory: PathBuf, start: LogStart) -> Self {
        Self { data_directory, start, open: None, turn: 0 }
    }

    /// The file that is read now.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.path.as_path())
    }

    /// Looks where the log is now; a file that was left is read to its end before.
    ///
    /// # Errors
    /// In one sentence, why the log cannot be read.
    pub fn look(&mut self, hear: &mut Hear<'_>) -> Result<(), String> {
        let is_first = self.open.is_none();
        if is_first || self.turn.is_multiple_of(LOOK_EVERY) {
            match locate(&self.data_directory) {
                Ok(path) => self.turn_to(path, is_first, hear)?,
                // A server that is down wrote its last words where it wrote before.
                Err(_) if !is_first => {}
                Err(why) => return Err(why),
            }
        }
        self.turn = self.turn.wrapping_add(1);
        Ok(())
    }

    /// Reads what is new; whether there may be more right away.
    ///
    /// # Errors
    /// In one sentence, why the log cannot be read.
    pub fn read(&mut self, hear: &mut Hear<'_>) -> Result<bool, String> {
        let Some(open) = &mut self.open else { return Ok(false) };
        open.read(hear).map_err(|error| cannot_read(&open.path, &error))
    }

    fn turn_to(&mut self, path: PathBuf, is_first: bool, hear: &mut Hear<'_>) -> Result<(), String> {
        let inode = fs::metadata(&path).map_err(|error| cannot_read(&path, &error))?.ino();
        if let Some(open) = &mut self.open {
            if open.path == path && open.inode == inode {
                return Ok(());
            }
            // The old file to its end first.
            while open.read(hear).unwrap_or(false) {}
        }
        let mut file = File::open(&path).map_err(|error| cannot_read(&path, &error))?;
        let offset = match is_first {
            true => beginning(&mut file, self.start).map_err(|error| cannot_read(&path, &error))?,
            false => 0,
        };
        self.open = Some(Open { path, file, inode, offset, partial: Vec::new() });
        Ok(())
    }
}

impl Open {
    fn read(&mut self, hear: &mut Hear<'_>) -> std::io::Result<bool> {
        let length = self.file.metadata()?.len();
        if length < self.offset {
            // Cut to nothing: what is in it now is new.
            (self.offset, self.partial) = (0, Vec::new());
        }
        self.file.seek(SeekFrom::Start(self.offset))?;
        let read = (&mut self.file).take(MOST_AT_ONCE).read_to_end(&mut self.partial)?;
        self.offset += read as u64;
        let mut rest = self.partial.as_slice();
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let (line, after) = rest.split_at(end);
            hear(line);
            rest = after.get(1..).unwrap_or_default();
        }
        if rest.len() > LONGEST {
            hear(rest);
            rest = &[];
        }
        self.partial = rest.to_vec();
        Ok(read as u64 == MOST_AT_ONCE)
    }
}

/// Where in a file to begin.
fn beginning(file: &mut File, start: LogStart) -> std::io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(MOST_BEFORE);
    let lines = match start {
        LogStart::Beginning => return Ok(0),
        LogStart::Since(_) => usize::MAX,
        LogStart::Last(lines) => lines as usize,
    };
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(MOST_BEFORE).read_to_end(&mut tail)?;
    let end = tail.len().saturating_sub(1);
    let feeds = tail.get(..end).unwrap_or_default().iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    let before = match feeds.map(|(at, _)| at).nth(lines.saturating_sub(1)) {
        Some(at) => at as u64 + 1,
        // The first line of a part of a file is half a line.
        None if from > 0 => tail.iter().position(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1),
        None => 0,
    };
    Ok(if lines == 0 { length } else { from + before })
}

fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}: the log file cannot be read; run howdah as a user who may", path.display())
}

/// Where a server writes its log.
fn locate(data_directory: &Path) -> Result<PathBuf, String> {
    if let Ok(text) = fs::read_to_string(data_directory.join("current_logfiles"))
        && let Some(file) = collected(&text)
    {
        return Ok(data_directory.join(file));
    }
    let pidfile = data_directory.join("postmaster.pid");
    let text = fs::read_to_string(&pidfile).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "the server does not run, and where it wrote its log is not known".to_owned(),
        _ => format!("{}: {error}", pidfile.display()),
    })?;
    let pid = PidFile::parse(&text).ok_or_else(|| format!("{}: not complete", pidfile.display()))?.pid;
    let stderr = format!("/proc/{pid}/fd/2");
    let target = fs::read_link(&stderr)
        .map_err(|error| format!("{stderr}: {error}: run howdah as the server's user to find its log"))?;
    let is_file = fs::metadata(&target).is_ok_and(|metadata| metadata.is_file());
    if is_file {
        return Ok(target);
    }
    Err(format!(
        "the server writes its log to {}, which cannot be read again; journalctl may have it",
        target.display()
    ))
}

/// The file in the text of `current_logfiles`: the structured ones tell more.
fn collected(text: &str) -> Option<&str> {
    ["jsonlog ", "csvlog ", "stderr "]
        .into_iter()
        .find_map(|kind| text.lines().find_map(|line| line.strip_prefix(kind)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    struct Server(tempfile::TempDir);

    impl Server {
        fn new() -> Self {
            let server = Self(tempfile::tempdir().unwrap());
            server.point_to("a.log");
            server
        }
        fn point_to(&self, name: &str) {
            fs::write(self.0.path().join("current_logfiles"), format!("stderr {name}\n")).unwrap();
        }
        fn write(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
        }
        fn tape(&self, start: LogStart) -> Tape {
            Tape::new(self.0.path().to_owned(), start)
        }
    }

    fn read(tape: &mut Tape) -> Vec<String> {
        let mut lines = Vec::new();
        // As often as it takes to look for the file again.
        for _ in 0..=LOOK_EVERY {
            let mut hear = |line: &[u8]| lines.push(String::from_utf8_lossy(line).into_owned());
            tape.look(&mut hear).unwrap();
            tape.read(&mut hear).unwrap();
        }
        lines
    }

    #[test]
    fn the_last_lines_and_then_what_comes() {
        let server = Server::new();
        server.write("a.log", "1\n2\n3\n4\n");
        let mut tape = server.tape(LogStart::Last(2));
        assert_eq!(read(&mut tape), ["3", "4"]);
        server.write("a.log", "5\nhalf");
        assert_eq!(read(&mut tape), ["5"]);
        server.write("a.log", " a line\n");
        assert_eq!(read(&mut tape), ["half a line"]);
        assert_eq!(read(&mut server.tape(LogStart::Last(0))), [""; 0]);
        assert_eq!(read(&mut server.tape(LogStart::Last(99))).len(), 6);
        assert_eq!(read(&mut server.tape(LogStart::Beginning)).len(), 6);
    }

    #[test]
    fn rotation_loses_nothing() {
        let server = Server::new();
        server.write("a.log", "1\n");
        let mut tape = server.tape(LogStart::Last(10));
        assert_eq!(read(&mut tape), ["1"]);
        // The collector begins another file.
        server.write("a.log", "2\n");
        server.write("b.log", "3\n");
        server.point_to("b.log");
        assert_eq!(read(&mut tape), ["2", "3"]);
        // logrotate renames it and a new one is begun.
        fs::rename(server.0.path().join("b.log"), server.0.path().join("b.log.1")).unwrap();
        server.write("b.log.1", "4\n");
        server.write("b.log", "5\n");
        assert_eq!(read(&mut tape), ["4", "5"]);
        // logrotate copies it and cuts it.
        fs::write(server.0.path().join("b.log"), "").unwrap();
        assert_eq!(read(&mut tape), [""; 0]);
        server.write("b.log", "6\n");
        assert_eq!(read(&mut tape), ["6"]);
    }

    #[test]
    fn a_server_without_a_log_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut tape = Tape::new(folder.path().to_owned(), LogStart::Last(1));
        assert!(tape.look(&mut |_| {}).unwrap_err().contains("does not run"));
    }

    #[test]
    fn structured_files_come_first() {
        assert_eq!(collected("stderr log/a.log\ncsvlog log/a.csv\n"), Some("log/a.csv"));
        assert_eq!(collected(""), None);
    }
}
