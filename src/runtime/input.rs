//! Input: what the terminal reports, as the plain values that `app` knows.

use crossterm::event::{Event, EventStream, KeyCode as Code, KeyEvent, KeyEventKind, KeyModifiers};
use futures::{Stream, StreamExt};

use crate::app::key::{Key, KeyCode, Modifiers};

/// Something the terminal reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// A key press.
    Key(Key),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// The terminal is gone: nothing will ever be typed again.
    Closed,
}

/// The terminal's reports. Ends with [`Input::Closed`] when the terminal goes away.
pub fn from_terminal() -> impl Stream<Item = Input> + Unpin {
    let events = EventStream::new().map(|event| match event {
        Ok(event) => interpret(&event),
        Err(_) => Some(Input::Closed),
    });
    Box::pin(events.filter_map(std::future::ready).chain(futures::stream::once(std::future::ready(Input::Closed))))
}

fn interpret(event: &Event) -> Option<Input> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Input::Key),
        Event::Resize(width, height) => Some(Input::Resize(*width, *height)),
        _ => None,
    }
}

fn key_of(event: &KeyEvent) -> Option<Key> {
    let code = match event.code {
        Code::Char(c) => KeyCode::Char(c),
        Code::F(n) => KeyCode::F(n),
        Code::Enter => KeyCode::Enter,
        Code::Esc => KeyCode::Esc,
        Code::Tab => KeyCode::Tab,
        Code::BackTab => KeyCode::BackTab,
        Code::Backspace => KeyCode::Backspace,
        Code::Delete => KeyCode::Delete,
        Code::Insert => KeyCode::Insert,
        Code::Up => KeyCode::Up,
        Code::Down => KeyCode::Down,
        Code::Left => KeyCode::Left,
        Code::Right => KeyCode::Right,
        Code::Home => KeyCode::Home,
        Code::End => KeyCode::End,
        Code::PageUp => KeyCode::PageUp,
        Code::PageDown => KeyCode::PageDown,
        _ => return None,
    };
    let held = |modifier| event.modifiers.contains(modifier);
    let modifiers =
        Modifiers { ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT), shift: held(KeyModifiers::SHIFT) };
    Some(Key::new(code, modifiers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_are_capitals_however_they_are_reported() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            let event = KeyEvent::new(Code::Char('G'), modifiers);
            assert_eq!(key_of(&event), Some(Key::char('G')));
        }
    }

    #[test]
    fn releases_and_unknown_keys_are_nothing() {
        let mut release = KeyEvent::new(Code::Char('q'), KeyModifiers::NONE);
        release.kind = KeyEventKind::Release;
        assert_eq!(interpret(&Event::Key(release)), None);
        assert_eq!(interpret(&Event::Key(KeyEvent::new(Code::CapsLock, KeyModifiers::NONE))), None);
    }
}
