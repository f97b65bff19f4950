//! Any keys, any sizes, any facts in any order: nothing breaks.

use howdah::app::{
    self, Msg,
    key::{Key, KeyCode, Modifiers},
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{draw::Console, scenario::Scenario, scenarios::console};

const CODES: [KeyCode; 14] = [
    KeyCode::Enter,
    KeyCode::Esc,
    KeyCode::Tab,
    KeyCode::BackTab,
    KeyCode::Backspace,
    KeyCode::Delete,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Home,
    KeyCode::End,
    KeyCode::PageUp,
    KeyCode::PageDown,
];

fn key(rng: &mut StdRng) -> Key {
    match rng.random_range(0..10) {
        0..6 => Key::char(*b"jkgGsSfnd?:/123pyq+- WPKCXA".choose(rng).unwrap() as char),
        6 => Key::char(char::from(rng.random_range(b' '..=b'~'))),
        7 => Key::new(
            KeyCode::Char(char::from(rng.random_range(b'a'..=b'z'))),
            Modifiers { ctrl: true, ..Modifiers::default() },
        ),
        8 => Key::char(*['é', '表', '\u{301}', '🙂', '\u{202E}'].choose(rng).unwrap()),
        _ => Key::plain(*CODES.choose(rng).unwrap()),
    }
}

/// What has to hold whatever happened.
fn check(console: &Console) {
    let buf = console.draw();
    for cell in buf.content() {
        assert!(!cell.symbol().contains(|c: char| c.is_control()), "a control character on the screen");
    }
}

#[test]
fn a_hundred_thousand_keys_and_resizes() {
    let mut rng = StdRng::seed_from_u64(7);
    let names =
        ["healthy", "two_writers", "hostile_names", "nothing_found", "blocked_sessions", "unknown_replica", "acting"];
    let facts: Vec<_> = names.iter().flat_map(|name| Scenario::read(name).snapshots().pop()).collect();
    let mut console = console(&Scenario::read("healthy"), 80, 24);
    let mut now = console.model.now;
    for turn in 0..100_000_u32 {
        match rng.random_range(0..100) {
            0..5 => {
                let (width, height) = (rng.random_range(0..200), rng.random_range(0..60));
                app::update(&mut console.model, Msg::Resize { width, height });
            }
            5 => {
                now += jiff::SignedDuration::from_millis(700);
                let mut snapshot = (**facts.choose(&mut rng).unwrap()).clone();
                snapshot.at = now;
                app::update(&mut console.model, Msg::Snapshot(snapshot.into()));
            }
            6 => {
                app::update(&mut console.model, Msg::Tick(now));
                if !console.plans.is_empty() {
                    console.hear(["running", "done", "failed", "taken_back"].choose(&mut rng).unwrap());
                }
            }
            _ => console.press(key(&mut rng)),
        }
        if turn % 97 == 0 {
            check(&console);
        }
    }
}

#[test]
fn every_size_can_be_drawn() {
    let scenario = Scenario::read("blocked_sessions");
    for keys in ["", "2", "3", "?", "2 d", "3 d", ": t o p", "3 / u", "2 P", "3 W K", "3 X"] {
        let mut console = console(&scenario, 80, 24);
        console.keys(keys);
        for width in (0..170).step_by(3) {
            for height in (0..50).step_by(2) {
                app::update(&mut console.model, Msg::Resize { width, height });
                check(&console);
            }
        }
    }
}
