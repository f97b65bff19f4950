//! Journals: which plans are unfinished, and what of them can be read.

use std::io::Write as _;

use super::*;

#[test]
fn a_plan_whose_howdah_lives_is_running_and_one_without_is_unfinished() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let mut progress = Progress::begin(&plan(), at(1));
    let mut pen = book.begin(&plan(), &progress, None, at(1)).unwrap();
    begun(&mut progress, 0);
    pen.note(&progress).unwrap();
    let id = pen.id().clone();
    let kept = book.find(id.as_str()).unwrap();
    assert!(kept.is_running && !kept.is_unfinished());
    assert!(matches!(book.take_up(&kept), Err(Trouble::Running { pid: 42, .. })));
    drop(pen);
    let kept = book.find(id.as_str()).unwrap();
    assert!(kept.is_unfinished());
    assert_eq!((&kept.plan, &kept.progress, kept.author), (&plan(), &progress, author()));
    assert_eq!(book.shelf().unwrap().unfinished().count(), 1);
}

#[test]
fn a_plan_with_an_end_is_finished() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let mut pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap();
    pen.stopped(Stop { at: at(2), step: None, why: "it would not".into() }).unwrap();
    let stopped = book.find(pen.id().as_str()).unwrap();
    assert_eq!(stopped.stopped.unwrap().why, "it would not");
    pen.resumed(&author(), at(3)).unwrap();
    assert_eq!(book.find(pen.id().as_str()).unwrap().stopped, None);
    pen.ended(End { at: at(4), outcome: Outcome::Done, remains: Vec::new() }).unwrap();
    drop(pen);
    let shelf = book.shelf().unwrap();
    assert_eq!((shelf.plans.len(), shelf.unfinished().count()), (1, 0));
}

#[test]
fn only_the_owner_may_look() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap();
    book.log(Entry::begun(pen.id(), &plan(), None), at(1)).unwrap();
    let file = only_plan(&book);
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&book.log_file().unwrap()), 0o600);
}

#[test]
fn a_line_that_was_cut_off_says_nothing_and_is_taken_away() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap();
    let id = pen.id().clone();
    drop(pen);
    let path = only_plan(&book);
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"progress\":{\"sta").unwrap();
    let kept = book.find(id.as_str()).unwrap();
    let mut progress = kept.progress.clone();
    begun(&mut progress, 1);
    book.take_up(&kept).unwrap().note(&progress).unwrap();
    assert_eq!(book.find(id.as_str()).unwrap().progress, progress);
}

#[test]
fn a_file_whose_first_line_was_cut_off_is_a_plan_that_was_never_begun() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    drop(book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap());
    let path = only_plan(&book);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let shelf = book.shelf().unwrap();
    assert_eq!((shelf.plans.len(), shelf.damaged.len()), (0, 0));
}

#[test]
fn a_damaged_file_is_told_and_hides_no_other() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    let mut pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap();
    pen.note(&Progress::begin(&plan(), at(1))).unwrap();
    let path = only_plan(&book);
    let text = fs::read_to_string(&path).unwrap().replace("\"steps\":[", "\"stops\":[");
    fs::write(&path, text).unwrap();
    drop(book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap());
    let shelf = book.shelf().unwrap();
    assert_eq!((shelf.plans.len(), shelf.damaged.len()), (1, 1));
    assert!(shelf.damaged[0].to_string().starts_with("line 1 of "), "{}", shelf.damaged[0]);
}

#[test]
fn where_nothing_can_be_written_no_plan_begins() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("howdah"), "in the way").unwrap();
    let book = book(home.path());
    let why = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)).unwrap_err().to_string();
    assert!(why.starts_with("cannot create "), "{why}");
    assert!(book.log(Entry::begun(&PlanId::draw(), &plan(), None), at(1)).is_err());
    let nowhere = Book::new(None, author());
    assert!(matches!(nowhere.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(1)), Err(Trouble::Nowhere)));
}

#[test]
fn no_word_leads_out_of_the_folder() {
    let home = tempfile::tempdir().unwrap();
    for word in ["", "../audit", "tipak.plan", "TIPAK", "a/b"] {
        assert!(matches!(book(home.path()).find(word), Err(Trouble::NoPlan(_))), "{word}");
    }
    assert!((0..200).all(|_| PlanId::is_name(PlanId::draw().as_str())));
}

#[test]
fn the_oldest_settled_plans_are_cleared_away_and_no_unfinished_one() {
    let home = tempfile::tempdir().unwrap();
    let book = book(home.path());
    drop(book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(0)).unwrap());
    for second in 1..=104 {
        let mut pen = book.begin(&plan(), &Progress::begin(&plan(), at(1)), None, at(second)).unwrap();
        pen.ended(End { at: at(second), outcome: Outcome::Done, remains: Vec::new() }).unwrap();
    }
    let shelf = book.shelf().unwrap();
    assert_eq!(shelf.unfinished().count(), 1);
    assert!(shelf.plans.len() <= 102, "{}", shelf.plans.len());
    assert_eq!(shelf.plans[0].at, at(104));
}
