//! Names and queries that try to take over the terminal, on a real server.

use std::time::Duration;

use super::{console::Console, howdah::Howdah, server::Lab};

const SOON: Duration = Duration::from_secs(10);
const APPLICATIONS: [&str; 3] =
    ["plain", "\u{6f22}\u{5b57}\u{ff37}\u{ff49}\u{ff44}\u{ff45}", "\u{202e}txet\u{202c}e\u{301}"];

#[test]
fn text_from_a_server_moves_no_cursor_changes_no_colour_and_breaks_no_column() {
    let Some(lab) = Lab::single("evil", 17) else { return };
    let nasty = "\x1b[2J\x1b[31m\x1b]0;pwned\x07\x1b]52;c;cHduZWQ=\x07\x07\r\n\t\u{9b}31m\u{202e}\u{2066}\u{200b}\u{6f22}\u{5b57}\u{1f468}\u{200d}\u{1f469}";
    for application in APPLICATIONS {
        lab.session(1, application, &format!("select pg_sleep(600) /* {nasty} */"));
    }
    lab.session(1, "\x1b[31mred", "select pg_sleep(601)");
    let howdah = Howdah::new();
    let mut console = Console::open(&howdah, 160, 45, &lab.targets());
    console.wait_until("the node is found", SOON, |p| p.has(lab.name()));
    console.press("3");
    console.wait_until("four sessions that sleep", SOON, |p| p.text().matches("pg_sleep").count() >= 4);
    std::thread::sleep(Duration::from_millis(500));

    let picture = console.picture();
    let at = |words: &str| (0..45).filter_map(|l| Some((l, picture.column_of(l, words)?))).collect::<Vec<_>>();
    let queries = at("select pg_sleep");
    let column = queries.first().map(|(_, column)| *column);
    assert!(queries.iter().all(|(_, c)| Some(*c) == column), "a column breaks:\n{}", picture.text());
    let states: Vec<_> = queries.iter().filter_map(|(line, _)| picture.column_of(*line, "active")).collect();
    assert_eq!(states.len(), queries.len(), "every row has its state:\n{}", picture.text());
    assert!(states.windows(2).all(|pair| pair.first() == pair.last()), "a column breaks:\n{}", picture.text());

    assert!(!console.titles().iter().any(|title| title.contains("pwned")), "{:?}", console.titles());
    assert_eq!(console.bells(), 0, "the terminal was told to ring");
    let sent = String::from_utf8_lossy(&console.bytes()).into_owned();
    for (what, evil) in [
        ("a title", "\x1b]0;pwned"),
        ("the clipboard", "\x1b]52;"),
        ("a C1 control", "\u{9b}"),
        ("right to left", "\u{202e}"),
        ("an isolate", "\u{2066}"),
    ] {
        assert!(!sent.contains(evil), "{what} went through to the terminal");
    }
    console.press("q");
}
