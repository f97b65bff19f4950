//! What goes, what stays, and that nothing goes wrong.

use proptest::prelude::*;

use super::*;
use crate::{domain::Observed, record::tests::load::Load};

#[test]
fn literals_go_and_names_stay() {
    let cases = [
        ("select 1", "select ?"),
        ("select * from orders2 where id = 42 and t1.c3 = 'x'", "select * from orders2 where id = ? and t1.c3 = ?"),
        ("select 'it''s', E'it\\'s \\\\', e'a'", "select ?, ?, ?"),
        ("select B'101', x'1F', N'name', U&'d\\0061t' uescape '!'", "select ?, ?, ?, ? uescape ?"),
        ("select $$a 'b' $x$ c$$, $tag$ it's $$ $tag$, $1, $23", "select ?, ?, $1, $23"),
        ("select 1.5, .5, 1e10, 1.5e-3, 0xFF, 1_000, -7", "select ?, ?, ?, ?, ?, ?, -?"),
        ("select \"Weird 1 \"\"name\"\" 'x'\", U&\"d1\"", "select \"Weird 1 \"\"name\"\" 'x'\", U&\"d1\""),
        ("select a$1$b from t", "select a$1$b from t"),
        ("select 1 -- card 4111\n from t", "select ? \n from t"),
        ("/* trace 77 /* nested 'x */ */select a/*1*/b", "select a b"),
        ("select date'2020-01-01', interval '1 day'", "select date?, interval ?"),
        ("alter role bob password 'hunter2'", "alter role bob password ?"),
        ("a[1] #> '{b,2}' ? 'k'", "a[?] #> ? ? ?"),
        ("START_REPLICATION SLOT \"pg2\" 0/9A3F2C10 TIMELINE 1", "START_REPLICATION SLOT \"pg2\" ?/? TIMELINE ?"),
        ("select 'größe', größe1 from 表2", "select ?, größe1 from 表2"),
        ("limit 10offset 5", "limit ? ?"),
        ("", ""),
    ];
    for (raw, redacted) in cases {
        assert_eq!(query(raw), redacted, "{raw}");
    }
}

#[test]
fn what_is_cut_off_or_ambiguous_goes_to_its_end() {
    let cases = [
        ("select 'cut off in the mid", "select ?"),
        ("select E'cut off \\", "select ?"),
        ("select $q$cut off $q", "select ?"),
        ("select \"cut off 'secret", "select ?"),
        ("select 1 /* cut off", "select ? "),
        ("select 'c:\\', 'secret'", "select ?"),
        ("select 'c:\\\\', name, 'secret'", "select ?, name, ?"),
        ("select 'a\\'' || name || 'secret'", "select ?"),
        ("select\u{240C}42\u{2409}from", "select\u{240C}?"),
        ("$", "$"),
        ("$x", "$x"),
        ("$x$", "?"),
    ];
    for (raw, redacted) in cases {
        assert_eq!(query(raw), redacted, "{raw}");
    }
}

/// Literals of every kind around a word that must not survive.
fn literal() -> impl Strategy<Value = String> {
    let inside = "[a-z ;%\"(){}$-]{0,4}";
    (inside, inside, 0_usize..11, any::<u32>()).prop_map(|(before, after, kind, number)| match kind {
        0 => format!("'{before}SECRET{after}'"),
        1 => format!("'{before}''SECRET''{after}'"),
        2 => format!("E'{before}\\'SECRET\\\\{after}'"),
        3 => format!("$${}SECRET{}$$", before.replace('$', ""), after.replace('$', "")),
        4 => format!("$t1${}'SECRET'${}$t1$", before.replace('$', ""), after.replace('$', "")),
        5 => "x'5EC8E7'".to_owned(),
        6 => format!("U&'{before}SECRET{after}'"),
        7 => format!("{number}.{number}e+5"),
        8 => format!("/*{} 'SECRET' /* {number} */*/", before.replace('$', "")),
        9 => format!("--{before}SECRET{after}\n"),
        _ => number.to_string(),
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-df-mo-tvwyz_][a-z0-9_]{1,5}", "\"[A-Z 0-9']{1,5}\"", "\\$[1-9]", Just("größe".to_owned())]
}

proptest! {
    #[test]
    fn any_text_is_accepted_and_once_is_enough(text in any::<String>()) {
        let once = query(&text);
        prop_assert_eq!(query(&once), once);
    }

    #[test]
    fn any_muddle_of_quotes_is_accepted_and_once_is_enough(text in "[eE'\"$\\\\/*\\-0-9a.b?\n& u]{0,40}") {
        let once = query(&text);
        prop_assert_eq!(query(&once), once);
    }

    #[test]
    fn no_literal_survives_and_every_name_does(parts in prop::collection::vec((name(), literal()), 1..12)) {
        let text = parts.iter().map(|(name, literal)| format!("{name} = {literal}")).collect::<Vec<_>>().join(" AND ");
        let redacted = query(&text);
        prop_assert!(!redacted.contains("SECRET"), "{}", redacted);
        let mut rest = redacted.as_str();
        for (name, _) in &parts {
            let at = rest.find(name.as_str());
            prop_assert!(at.is_some(), "{} is missing in {}", name, redacted);
            rest = rest.get(at.unwrap() + name.len()..).unwrap();
        }
        let left = Lexer::new(&redacted).find(|(kind, _)| *kind != Kind::Keep);
        prop_assert_eq!(left, None);
    }
}

#[test]
fn a_snapshot_loses_all_of_them() {
    let mut facts = Load::new().next().unwrap();
    let raw = serde_json::to_string(&facts).unwrap();
    assert!(raw.contains("example.org"), "the sample holds literals");
    crate::record::tests::load::change_node(&mut facts, "pg2", |n| {
        let taken = std::mem::take(&mut n.postgres);
        n.postgres = taken.failed("timed out");
    });
    snapshot(&mut facts);
    let mut seen = 0;
    for node in facts.nodes() {
        let postgres = node.postgres.value().unwrap();
        let sessions = postgres.sessions.value().unwrap().iter().filter_map(|s| s.query.as_deref());
        let statements = postgres.statements.value().unwrap().iter().filter_map(|s| s.query.as_deref());
        for text in sessions.chain(statements) {
            assert_eq!(query(text), text);
            assert!(!text.contains("example.org"), "{text}");
            seen += 1;
        }
    }
    assert!(seen > 100);
    assert!(matches!(facts.clusters[0].nodes[1].postgres, Observed::Stale { .. }));
}
