//! The chain: what is written holds, what is tampered with is named, what was cut off is told apart.

use std::io::Write as _;

use super::*;

/// A log of so many entries, and its lines.
fn written(home: &Path, entries: i64) -> (Book, Vec<String>) {
    let book = book(home);
    for second in 0..entries {
        book.log(Entry::begun(&PlanId("tipak".into()), &plan(), None), at(second)).unwrap();
    }
    let text = fs::read_to_string(book.log_file().unwrap()).unwrap();
    (book, text.lines().map(str::to_owned).collect())
}

fn flaw(lines: &[String]) -> Option<Flaw> {
    check(format!("{}\n", lines.join("\n")).as_bytes()).1.flaw
}

#[test]
fn what_was_written_holds() {
    let home = tempfile::tempdir().unwrap();
    let (book, lines) = written(home.path(), 3);
    let (records, report) = book.read_log().unwrap();
    assert_eq!((records.len(), report.entries, report.flaw), (3, 3, None));
    assert_eq!(report.last.unwrap().number, 3);
    assert!(lines[0].contains(log::NOTHING) && lines[0].contains("ada@bastion"), "{}", lines[0]);
    assert!(lines[0].contains("pg1: stop cleanly"), "{}", lines[0]);
}

#[test]
fn an_empty_log_holds() {
    let home = tempfile::tempdir().unwrap();
    let (records, report) = book(home.path()).read_log().unwrap();
    assert_eq!((records.len(), report.flaw), (0, None));
}

#[test]
fn the_first_line_that_was_tampered_with_is_named() {
    let home = tempfile::tempdir().unwrap();
    let (_, lines) = written(home.path(), 4);
    let mut changed = lines.clone();
    changed[1] = changed[1].replace("ada@bastion", "eve@bastion");
    assert_eq!(flaw(&changed), Some(Flaw::Changed { line: 2 }));
    let mut removed = lines.clone();
    removed.remove(1);
    assert_eq!(flaw(&removed), Some(Flaw::OutOfOrder { line: 2 }));
    assert_eq!(flaw(&lines[1..]), Some(Flaw::OutOfOrder { line: 1 }));
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    assert_eq!(flaw(&swapped), Some(Flaw::OutOfOrder { line: 2 }));
    let mut twice = lines.clone();
    twice.insert(2, lines[1].clone());
    assert_eq!(flaw(&twice), Some(Flaw::OutOfOrder { line: 3 }));
    let mut last = lines.clone();
    last[3] = last[3].replace("pg1", "pg9");
    assert_eq!(flaw(&last), Some(Flaw::Changed { line: 4 }));
    let mut blank = lines;
    blank.insert(1, String::new());
    assert_eq!(flaw(&blank), Some(Flaw::Changed { line: 2 }));
}

#[test]
fn a_line_made_anew_with_its_own_hash_breaks_the_next_one() {
    let home = tempfile::tempdir().unwrap();
    let (_, mut lines) = written(home.path(), 3);
    let forged = lines[0].replace("ada", "eve");
    let hashed = forged.rsplit_once(",\"hash\"").unwrap().0;
    lines[0] = format!("{hashed},\"hash\":\"{}\"}}", log::hash(hashed.as_bytes()));
    assert_eq!(flaw(&lines), Some(Flaw::OutOfOrder { line: 2 }));
}

#[test]
fn a_tail_that_was_cut_off_is_no_tampering_and_the_next_entry_closes_it() {
    let home = tempfile::tempdir().unwrap();
    let (book, lines) = written(home.path(), 3);
    let path = book.log_file().unwrap();
    let whole = fs::read(&path).unwrap();
    let cut = whole.len() - lines[2].len() / 2;
    fs::write(&path, &whole[..cut]).unwrap();
    let report = book.read_log().unwrap().1;
    assert_eq!((report.entries, report.flaw.clone()), (2, Some(Flaw::CutOff { line: 3 })));
    assert!(!report.flaw.unwrap().is_tampering());
    book.log(Entry::begun(&PlanId("lomun".into()), &plan(), None), at(9)).unwrap();
    let report = book.read_log().unwrap().1;
    assert_eq!((report.entries, report.torn, report.flaw), (3, vec![3], None));
    // What is left of the torn line is part of the chain, too.
    let text = fs::read_to_string(&path).unwrap();
    let torn = text.lines().nth(2).unwrap().to_owned();
    fs::write(&path, text.replace(&format!("{torn}\n"), &format!("{torn} \n"))).unwrap();
    assert_eq!(book.read_log().unwrap().1.flaw, Some(Flaw::Changed { line: 3 }));
    fs::write(&path, text.replace(&format!("{torn}\n"), "")).unwrap();
    assert_eq!(book.read_log().unwrap().1.flaw, Some(Flaw::OutOfOrder { line: 3 }));
}

#[test]
fn to_a_last_line_that_was_changed_nothing_is_added() {
    let home = tempfile::tempdir().unwrap();
    let (book, lines) = written(home.path(), 2);
    let path = book.log_file().unwrap();
    fs::write(&path, format!("{}\n{}\n", lines[0], lines[1].replace("ada", "eve"))).unwrap();
    let why = book.log(Entry::begun(&PlanId::draw(), &plan(), None), at(9)).unwrap_err();
    assert!(matches!(why, Trouble::Changed { line: 2, .. }), "{why}");
}

#[test]
fn whole_lines_that_are_missing_at_the_end_are_missed_by_the_journal() {
    let home = tempfile::tempdir().unwrap();
    let (book, lines) = written(home.path(), 3);
    let mut pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap();
    let place = book.log(Entry::begun(pen.id(), &plan(), None), at(4)).unwrap();
    pen.logged(place).unwrap();
    assert_eq!(book.read_log().unwrap().1.flaw, None);
    let path = book.log_file().unwrap();
    fs::write(&path, format!("{}\n", lines[..2].join("\n"))).unwrap();
    let plan_id = pen.id().clone();
    assert_eq!(book.read_log().unwrap().1.flaw, Some(Flaw::Missing { number: 4, plan: plan_id.clone() }));
    // All of it written anew, with a chain of its own.
    fs::remove_file(&path).unwrap();
    for second in 0..5 {
        book.log(Entry::begun(&PlanId("other".into()), &plan(), None), at(second)).unwrap();
    }
    assert_eq!(book.read_log().unwrap().1.flaw, Some(Flaw::Rewritten { number: 4, plan: plan_id }));
}

#[test]
fn a_line_longer_than_a_block_is_found_from_the_end() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let mut long = plan();
    long.subject.name = "x".repeat(60_000).into();
    for second in 0..3 {
        book.log(Entry::begun(&PlanId::draw(), &long, None), at(second)).unwrap();
    }
    book.log(Entry::begun(&PlanId::draw(), &plan(), None), at(3)).unwrap();
    assert_eq!(book.read_log().unwrap().1.entries, 4);
}

#[test]
fn two_howdahs_may_write_at_the_same_time() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for second in 0..20 {
                    book.log(Entry::begun(&PlanId::draw(), &plan(), None), at(second)).unwrap();
                }
            });
        }
    });
    let report = book.read_log().unwrap().1;
    assert_eq!((report.entries, report.flaw), (40, None));
}

#[test]
fn what_is_no_text_at_all_is_told() {
    let home = tempfile::tempdir().unwrap();
    let (book, _) = written(home.path(), 1);
    fs::OpenOptions::new().append(true).open(book.log_file().unwrap()).unwrap().write_all(b"\xFF\xFE\n").unwrap();
    assert_eq!(book.read_log().unwrap().1.flaw, Some(Flaw::Changed { line: 2 }));
}
