use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use super::{
    verify::{Flaw, check},
    *,
};
use crate::{
    decide::{
        plan::{Act, Intent, Loss, NodeRef, Plan, Step, Subject},
        stepper::{Progress, StepState},
    },
    domain::{ClusterId, Environment, NodeId},
};

mod chain;
mod plans;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn author() -> Author {
    Author { who: "ada@bastion".into(), host: "bastion".into(), from: None, pid: 42 }
}

fn book(folder: &Path) -> Book {
    Book::new(Some(folder.join("howdah")), author())
}

fn plan() -> Plan {
    let node = |name: &str| NodeRef { id: NodeId(name.into()), name: name.into() };
    let (from, to) = (node("pg1"), node("pg2"));
    let steps = vec![
        Step::new(&from, Act::Checkpoint, std::time::Duration::from_secs(5)),
        Step::new(&from, Act::Stop, std::time::Duration::from_secs(5)),
    ];
    Plan {
        intent: Intent::Switchover { from, to },
        subject: Subject { id: ClusterId("7".into()), name: "shop".into(), environment: Environment::default() },
        made_at: at(0),
        rests_on: Vec::new(),
        checked: Vec::new(),
        remarks: Vec::new(),
        loss: Loss::None,
        steps,
        finally: Vec::new(),
        settle: std::time::Duration::from_secs(1),
    }
}

fn begun(progress: &mut Progress, index: usize) {
    progress.steps[index] = StepState::Begun { at: at(2) };
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn only_plan(book: &Book) -> PathBuf {
    let folder = book.log_file().unwrap().with_file_name("plans");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}
