use super::*;
use crate::domain::{Observed, Place, Route, RouteKind, assembly::assemble, sample};

fn told(snapshot: &Snapshot) -> (Report, String) {
    let files =
        vec![FileReport { path: "/etc/howdah/config.toml".to_owned(), is_read: false, said_by: "built in".to_owned() }];
    let terminal = Terminal { size: Some((80, 24)), ..Terminal::default() }.report(&|_| None);
    let report = report(snapshot, terminal, files, &[]);
    let mut out = Vec::new();
    text(&report, &mut out).unwrap();
    (report, String::from_utf8(out).unwrap())
}

fn snapshot() -> Snapshot {
    let mut pg1 = sample::primary("pg1");
    pg1.route = Some(Route { kind: RouteKind::Exec, to: "3f2a bash".into(), is_tls: false });
    pg1.limits = vec!["queries of other roles: GRANT pg_monitor TO monitor".into()];
    sample::change(&mut pg1, |p| p.statements = Observed::unknown("CREATE EXTENSION pg_stat_statements is missing"));
    let failed = PlaceState::Failed { why: "/var/run/docker.sock: no such file".into(), hint: "is it running?".into() };
    let places = vec![
        Place { name: "docker local".into(), state: failed },
        Place {
            name: "local".into(),
            state: PlaceState::Watched { what: "processes".into(), found: 1, limits: Vec::new() },
        },
    ];
    Snapshot { clusters: assemble(vec![pg1, sample::silent("pg9")], &[]), places, ..Snapshot::empty(sample::now()) }
}

#[test]
fn every_place_says_what_answered_or_why_not() {
    let (_, text) = told(&snapshot());
    assert!(text.contains("docker local  fails    /var/run/docker.sock: no such file  → is it running?"), "{text}");
    assert!(text.contains("local         answers  processes, 1 with PostgreSQL"), "{text}");
}

#[test]
fn every_node_says_how_it_is_reached_and_what_is_hidden() {
    let (report, text) = told(&snapshot());
    for expected in [
        "PostgreSQL 15.18, primary",
        "by stream through exec 3f2a bash, not encrypted",
        "pg_stat_statements cannot be read",
        "not to be seen: queries of other roles: GRANT pg_monitor TO monitor",
        "not to be seen: statement statistics: CREATE EXTENSION pg_stat_statements is missing",
        "does not answer: connection refused",
        "no way to it works",
        "cannot be opened here: not a terminal",
        "80x24",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let silent = report.nodes.iter().find(|n| n.name == "pg9").unwrap();
    assert_eq!((silent.statements, silent.version.as_ref()), (None, None));
    assert!(!text.contains("may see everything"), "{text}");
}

#[test]
fn what_rights_do_not_allow_is_repeated_for_its_place() {
    let limits = vec!["events: not allowed".into()];
    let state = PlaceState::Watched { what: "Kubernetes v1.33".into(), found: 3, limits };
    let places = vec![Place { name: "kube eu/shop".into(), state }];
    let (report, text) = told(&Snapshot { places, ..Snapshot::empty(sample::now()) });
    assert_eq!((report.places[0].name.as_str(), report.places[0].state), ("kube eu/shop", "answers"));
    assert!(text.contains("not to be seen in kube eu/shop: events: not allowed"), "{text}");
}
