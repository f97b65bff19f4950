//! The console in a pseudo-terminal: keys go in, a screen comes out, and every byte is kept.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use super::howdah::Howdah;

/// A program in a terminal of its own.
pub(super) struct Console {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Mutex<Seen>>,
    began: Instant,
}

/// What the terminal has received.
struct Seen {
    parser: vt100::Parser<Callbacks>,
    bytes: Vec<u8>,
}

/// What a screen can be told beside its cells.
#[derive(Default)]
pub(super) struct Callbacks {
    titles: Vec<String>,
    bells: usize,
}

impl vt100::Callbacks for Callbacks {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.titles.push(String::from_utf8_lossy(title).into_owned());
    }
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.bells += 1;
    }
}

/// A screen at one moment.
#[derive(Clone)]
pub(super) struct Picture {
    screen: vt100::Screen,
}

impl Picture {
    /// The lines, without trailing blanks.
    pub(super) fn lines(&self) -> Vec<String> {
        let (_, columns) = self.screen.size();
        self.screen.rows(0, columns).map(|line| line.trim_end().to_owned()).collect()
    }

    pub(super) fn text(&self) -> String {
        self.lines().join("\n")
    }

    pub(super) fn has(&self, words: &str) -> bool {
        self.text().contains(words)
    }

    /// The first line with this word in it that is not part of a longer one.
    pub(super) fn line_of(&self, word: &str) -> Option<String> {
        self.lines().into_iter().find(|line| line.split([' ', '│']).any(|part| part == word))
    }

    /// The column in which these words begin on a line, in cells.
    pub(super) fn column_of(&self, line: u16, words: &str) -> Option<u16> {
        let (_, columns) = self.screen.size();
        (0..columns).find(|&from| {
            let rest: String = (from..columns)
                .filter_map(|column| self.screen.cell(line, column))
                .filter(|cell| !cell.is_wide_continuation())
                .map(|cell| if cell.has_contents() { cell.contents() } else { " " })
                .collect();
            rest.starts_with(words)
        })
    }

    /// Whether a terminal that shows this can be typed in: own screen left, cursor back, no mode left on.
    pub(super) fn is_whole(&self) -> bool {
        !self.screen.alternate_screen()
            && !self.screen.hide_cursor()
            && !self.screen.bracketed_paste()
            && self.screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    }

    pub(super) fn screen(&self) -> &vt100::Screen {
        &self.screen
    }
}

impl Console {
    /// Opens howdah with these words in a terminal of that size.
    pub(super) fn open(howdah: &Howdah, columns: u16, rows: u16, words: &[String]) -> Self {
        let line: Vec<&str> = [Howdah::binary()].into_iter().chain(words.iter().map(String::as_str)).collect();
        Self::program(howdah, columns, rows, &line)
    }

    /// Opens any program in howdah's environment.
    pub(super) fn program(howdah: &Howdah, columns: u16, rows: u16, line: &[&str]) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(line.first().unwrap());
        command.args(line.iter().skip(1));
        command.env_clear();
        for (key, value) in howdah.environment() {
            command.env(key, value);
        }
        command.cwd(howdah.home());
        let began = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = vt100::Parser::new_with_callbacks(rows, columns, 0, Callbacks::default());
        let seen = Arc::new(Mutex::new(Seen { parser, bytes: Vec::new() }));
        let keys = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let reader = pair.master.try_clone_reader().unwrap();
        std::thread::spawn({
            let (seen, keys) = (Arc::clone(&seen), Arc::clone(&keys));
            move || listen(reader, &seen, &keys)
        });
        Self { master: pair.master, child, keys, seen, began }
    }

    pub(super) fn press(&self, keys: &str) {
        let mut to = self.keys.lock().unwrap();
        to.write_all(keys.as_bytes()).unwrap();
        to.flush().unwrap();
    }

    pub(super) fn resize(&self, columns: u16, rows: u16) {
        // The picture first: nothing that is drawn for the new size may be read at the old one.
        self.seen.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub(super) fn picture(&self) -> Picture {
        Picture { screen: self.seen.lock().unwrap().parser.screen().clone() }
    }

    /// Every byte that the terminal was sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// Titles that the terminal was told to take.
    pub(super) fn titles(&self) -> Vec<String> {
        self.seen.lock().unwrap().parser.callbacks().titles.clone()
    }

    /// How often it was told to ring.
    pub(super) fn bells(&self) -> usize {
        self.seen.lock().unwrap().parser.callbacks().bells
    }

    /// How long ago it was started.
    pub(super) fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits until the screen is as wanted and says how long that took. A limit is what a quiet machine needs at the most;
    /// here a build without optimisation runs beside other tests, so it is stretched: figures are the benchmarks' business.
    pub(super) fn wait_until(&mut self, wanted: &str, limit: Duration, is_so: impl Fn(&Picture) -> bool) -> Duration {
        let limit = limit * 3;
        let begin = Instant::now();
        loop {
            let picture = self.picture();
            if is_so(&picture) {
                return begin.elapsed();
            }
            if begin.elapsed() >= limit {
                let end =
                    self.child.try_wait().ok().flatten().map_or_else(String::new, |s| format!(" (it ended: {s})"));
                panic!("not within {limit:?}: {wanted}{end}. On the screen:\n{}", framed(&picture));
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    pub(super) fn pid(&self) -> i32 {
        i32::try_from(self.child.process_id().unwrap()).unwrap()
    }

    pub(super) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end, at most three seconds, and for the last bytes it wrote.
    pub(super) fn end(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                std::thread::sleep(Duration::from_millis(50));
                return status;
            }
            assert!(begin.elapsed() < Duration::from_secs(3), "it does not end:\n{}", framed(&self.picture()));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Takes in what the program writes, and answers the questions that a terminal is asked.
fn listen(mut from: Box<dyn Read + Send>, seen: &Mutex<Seen>, keys: &Mutex<Box<dyn Write + Send>>) {
    let mut buffer = [0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let Some(bytes) = buffer.get(..count) else { return };
        {
            let mut seen = seen.lock().unwrap();
            seen.parser.process(bytes);
            seen.bytes.extend_from_slice(bytes);
        }
        let asks = |question: &[u8]| bytes.windows(question.len()).any(|w| w == question);
        let answer = |text: &[u8]| drop(keys.lock().unwrap().write_all(text));
        if asks(b"\x1b[6n") {
            answer(b"\x1b[1;1R");
        }
        if asks(b"\x1b[c") {
            answer(b"\x1b[?62;22c");
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn framed(picture: &Picture) -> String {
    picture.lines().iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "  | {line}");
        text
    })
}
