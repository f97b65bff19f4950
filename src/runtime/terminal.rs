//! The terminal: taken over, painted, and given back whole.
//!
//! Whatever ends the program (a key, a signal, a panic) goes through [`restore`]. Painting sends only
//! the cells that changed, inside a synchronized update, and sends nothing at all when none did.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{
    cursor, execute, queue,
    terminal::{
        BeginSynchronizedUpdate, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate, EnterAlternateScreen,
        LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};

/// The exit code after a panic, as Rust's own.
const PANICKED: i32 = 101;

/// Whether the terminal is ours: it is given back once, whoever asks first.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A screen that remembers what it shows.
pub struct Screen {
    backend: CrosstermBackend<BufWriter<Stdout>>,
    shown: Buffer,
    next: Buffer,
}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, no cursor.
    ///
    /// # Errors
    /// When standard output is no terminal or refuses.
    pub fn take() -> io::Result<Self> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide, DisableLineWrap)?;
        let (width, height) = crossterm::terminal::size()?;
        let area = Rect::new(0, 0, width, height);
        // A buffer larger than one write of a full screen, so that a frame reaches the link in one piece.
        let backend = CrosstermBackend::new(BufWriter::with_capacity(256 * 1024, io::stdout()));
        let mut screen = Self { backend, shown: Buffer::empty(area), next: Buffer::empty(area) };
        screen.clear()?;
        Ok(screen)
    }

    /// The area that can be drawn on.
    #[must_use]
    pub const fn area(&self) -> Rect {
        self.next.area
    }

    /// Takes a new size; the next painting draws everything.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        let area = Rect::new(0, 0, width, height);
        self.shown = Buffer::empty(area);
        self.next = Buffer::empty(area);
        self.clear()
    }

    /// Wipes the terminal; the next painting draws everything.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn clear(&mut self) -> io::Result<()> {
        self.backend.clear()?;
        self.shown.reset();
        Ok(())
    }

    /// Draws a frame and sends what differs from the one before.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn paint(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.next.reset();
        draw(&mut self.next);
        let changes = self.shown.diff(&self.next);
        if !changes.is_empty() {
            queue!(self.backend, BeginSynchronizedUpdate)?;
            self.backend.draw(changes.into_iter())?;
            queue!(self.backend, EndSynchronizedUpdate)?;
            Write::flush(&mut self.backend)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Sends bytes that draw nothing, such as an OSC 52 copy.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.backend.write_all(bytes)?;
        Write::flush(&mut self.backend)
    }

    /// Takes the terminal over again after it was given back (a stop and a continue).
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn retake(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(io::stdout(), EnterAlternateScreen, cursor::Hide, DisableLineWrap)?;
        let (width, height) = crossterm::terminal::size()?;
        self.resize(width, height)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back as it was. Does nothing when it is not ours; errors have nowhere to go.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // A panic in the middle of a painting leaves the synchronized update open.
    let _ = execute!(io::stdout(), EndSynchronizedUpdate, EnableLineWrap, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}

/// Makes a panic, in whatever task, give the terminal back, print its message and end the program: a console that has
/// lost a part of itself must not go on showing the rest as the truth.
pub fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        before(info);
        std::process::exit(PANICKED);
    }));
}
