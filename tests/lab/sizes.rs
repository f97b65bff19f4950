//! Terminals of every size, and sizes that never stay.

use std::time::Duration;

use super::{console::Console, howdah::Howdah};

const NOBODY: &str = "postgresql://nobody@127.0.0.1:1/postgres";
const SOON: Duration = Duration::from_secs(3);

fn open(columns: u16, rows: u16) -> (Howdah, Console) {
    let howdah = Howdah::new();
    let console = Console::open(&howdah, columns, rows, &[NOBODY.to_owned()]);
    (howdah, console)
}

#[test]
fn something_is_drawn_before_any_server_has_answered() {
    for (columns, rows) in [(80, 24), (160, 45), (300, 80)] {
        let (_home, mut console) = open(columns, rows);
        console.wait_until("the header", SOON, |p| p.has("howdah") || p.has("fleet"));
        assert!(console.age() < SOON);
    }
}

#[test]
fn a_terminal_that_is_too_small_is_told_the_size_it_needs() {
    let (_home, mut console) = open(20, 5);
    console.wait_until("the size that is needed", SOON, |p| p.has("60") && p.has("15"));
    console.resize(100, 30);
    console.wait_until("the header", SOON, |p| p.has("fleet"));
    console.resize(20, 5);
    console.wait_until("the size that is needed", SOON, |p| p.has("60") && p.has("15"));
    assert!(console.is_running());
}

#[test]
fn a_storm_of_sizes_and_keys_breaks_nothing() {
    let (_home, mut console) = open(160, 45);
    console.wait_until("the header", SOON, |p| p.has("fleet"));
    // A small generator of its own: the same storm in every run.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let keys =
        ["j", "k", "1", "2", "3", "0", "?", "\x1b", "/", "a", "\r", "s", "p", "+", "-", "G", "g", ":", "\t", " "];
    for _ in 0..500 {
        let at = usize::try_from(next(keys.len() as u64)).unwrap();
        console.resize(1 + u16::try_from(next(200)).unwrap(), 1 + u16::try_from(next(60)).unwrap());
        console.press(keys.get(at).unwrap());
    }
    assert!(console.is_running(), "it fell:\n{}", console.picture().text());
    for _ in 0..6 {
        console.press("\x1b");
        std::thread::sleep(Duration::from_millis(30));
    }
    console.resize(120, 40);
    console.press("1");
    console.wait_until("the screen is drawn in the last size", SOON, |p| p.has("fleet"));
}
