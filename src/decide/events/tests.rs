use super::*;
use crate::domain::{
    ClusterId, Timeline,
    assembly::assemble,
    node::LastSeen,
    sample::{change, now, primary, sender, standby},
};

/// A cluster of a primary and a standby, and a watcher that has looked at it for long enough.
struct Stage {
    nodes: Vec<Node>,
    watcher: Watcher,
    at: Timestamp,
}

impl Stage {
    fn new() -> Self {
        let mut pg1 = primary("pg1");
        change(&mut pg1, |facts| facts.senders = Observed::fresh(vec![sender("pg2")], now()));
        let mut stage = Self { nodes: vec![pg1, standby("pg2", "pg1")], watcher: Watcher::default(), at: now() };
        assert_eq!(stage.look(&[]), [""; 0]);
        stage.at += jiff::SignedDuration::from_secs(60);
        assert_eq!(stage.look(&[]), [""; 0]);
        stage
    }

    /// What happened a second later, as `name: words`.
    fn look(&mut self, findings: &[Finding]) -> Vec<String> {
        self.at += jiff::SignedDuration::from_secs(1);
        for node in &mut self.nodes {
            if let Observed::Fresh { at, .. } = &mut node.postgres {
                *at = self.at;
            }
            if let (Observed::Fresh { value, at }, Some(_)) = (&node.postgres, &node.last) {
                let (role, timeline, lsn) = (value.role(), value.timeline, value.lsn);
                let system_identifier = value.system_identifier;
                node.last = Some(LastSeen { at: *at, system_identifier, role, timeline, lsn, upstream: None });
            }
        }
        let clusters = assemble(self.nodes.clone(), &[]);
        let snapshot = Snapshot { clusters, ..Snapshot::empty(self.at) };
        let events = self.watcher.look(&Arc::new(snapshot), findings);
        events.iter().map(|event| format!("{}: {}", event.name, event.kind.words())).collect()
    }

    fn host(&mut self, at: usize, edit: impl FnOnce(&mut HostState)) {
        if let Observed::Fresh { value, .. } = &mut self.nodes[at].host.state {
            edit(value);
        }
    }
}

#[test]
fn a_promotion_is_told_once() {
    let mut stage = Stage::new();
    change(&mut stage.nodes[0], |facts| facts.senders = Observed::fresh(Vec::new(), now()));
    change(&mut stage.nodes[1], |facts| (facts.standby, facts.timeline) = (None, Timeline(2)));
    let events = stage.look(&[]);
    assert!(events.contains(&"pg2: promoted: was a standby, writes now".to_owned()), "{events:?}");
    assert!(events.contains(&"pg2: went from timeline 1 to 2".to_owned()), "{events:?}");
    assert_eq!(stage.look(&[]), [""; 0]);
}

#[test]
fn a_kill_and_a_restart() {
    let mut stage = Stage::new();
    let up = stage.nodes[1].clone();
    stage.host(1, |state| (state.phase, state.exit_code, state.is_oom_killed) = (Phase::Exited, Some(137), true));
    stage.nodes[1].postgres = Observed::unknown("the container has exited");
    assert!(stage.look(&[]).contains(&"pg2: exited (exit 137, OOM)".to_owned()));
    for _ in 0..5 {
        assert_eq!(stage.look(&[]), [""; 0], "a host that stopped has said so");
    }
    stage.nodes[1] = up;
    let since = stage.at;
    stage.host(1, |state| (state.restarts, state.since) = (1, Some(since)));
    let events = stage.look(&[]);
    assert!(events.contains(&"pg2: restarted (exit 137, OOM)".to_owned()), "{events:?}");
    assert!(events.iter().any(|event| event.starts_with("pg2: answers again after 7 s")), "{events:?}");
}

#[test]
fn a_restart_between_two_looks() {
    let mut stage = Stage::new();
    let since = stage.at;
    stage.host(0, |state| {
        (state.restarts, state.exit_code, state.since) = (1, Some(1), Some(since));
    });
    assert_eq!(stage.look(&[]), ["pg1: restarted (exit 1)"]);
}

#[test]
fn a_late_answer_is_not_told_and_silence_is() {
    let mut stage = Stage::new();
    let answers = stage.nodes[1].postgres.clone();
    stage.nodes[1].postgres = answers.clone().failed("no answer within 1 s");
    assert_eq!(stage.look(&[]), [""; 0]);
    stage.nodes[1].postgres = answers.clone();
    assert_eq!(stage.look(&[]), [""; 0]);
    stage.nodes[1].postgres = answers.clone().failed("no answer within 1 s");
    let told: Vec<String> = (0..4).flat_map(|_| stage.look(&[])).collect();
    assert_eq!(told, ["pg2: does not answer: no answer within 1 s"]);
    stage.nodes[1].postgres = answers;
    assert_eq!(stage.look(&[]), ["pg2: answers again after 5 s"]);
}

#[test]
fn a_standby_cut_off_and_back() {
    let mut stage = Stage::new();
    let streams = stage.nodes.clone();
    change(&mut stage.nodes[0], |facts| facts.senders = Observed::fresh(Vec::new(), now()));
    change(&mut stage.nodes[1], |facts| {
        if let Some(standby) = &mut facts.standby {
            standby.receiver = Observed::fresh(None, now());
        }
    });
    assert_eq!(stage.look(&[]), ["pg2: no longer streams from pg1"]);
    stage.nodes = streams;
    assert_eq!(stage.look(&[]), ["pg2: streams from pg1"]);
}

#[test]
fn settings_that_change() {
    let mut stage = Stage::new();
    let setting = |value: &str, is_pending_restart| crate::domain::setting::Setting {
        name: "max_connections".into(),
        value: value.into(),
        source: "default".into(),
        is_pending_restart,
    };
    change(&mut stage.nodes[0], |facts| facts.settings = Observed::fresh(vec![setting("100", false)], now()));
    assert_eq!(stage.look(&[]), [""; 0]);
    change(&mut stage.nodes[0], |facts| facts.settings = Observed::fresh(vec![setting("100", true)], now()));
    assert_eq!(stage.look(&[]), ["pg1: setting max_connections was changed, waits for a restart"]);
    change(&mut stage.nodes[0], |facts| facts.settings = Observed::fresh(vec![setting("200", false)], now()));
    assert_eq!(stage.look(&[]), ["pg1: setting max_connections: 100 → 200"]);
}

#[test]
fn findings_that_last_are_told_and_those_that_blink_are_not() {
    let finding = |severity| Finding {
        code: "lag".into(),
        severity,
        certainty: crate::decide::finding::Certainty::Seen,
        cluster: ClusterId("x".into()),
        node: None,
        text: "pg2 is behind".into(),
        subject: None,
        evidence: Vec::new(),
    };
    let mut stage = Stage::new();
    let warning = [finding(Severity::Warning)];
    assert_eq!(stage.look(&warning), [""; 0]);
    assert_eq!(stage.look(&[]), [""; 0], "a second of it is a blink");
    let told: Vec<String> = (0..4).flat_map(|_| stage.look(&warning)).collect();
    assert_eq!(told, [": pg2 is behind"]);
    let told: Vec<String> = (0..4).flat_map(|_| stage.look(&[])).collect();
    assert_eq!(told, [": over after 4 s: pg2 is behind"]);
    assert_eq!(stage.look(&[finding(Severity::Critical)]), [": pg2 is behind"], "what hurts is told at once");
}

#[test]
fn what_was_wrong_before_one_looked_has_not_just_happened() {
    let finding = Finding {
        code: "lag".into(),
        severity: Severity::Critical,
        certainty: crate::decide::finding::Certainty::Seen,
        cluster: ClusterId("x".into()),
        node: None,
        text: "x".into(),
        subject: None,
        evidence: Vec::new(),
    };
    let mut watcher = Watcher::default();
    let snapshot = Arc::new(Snapshot::empty(now()));
    assert_eq!(watcher.look(&snapshot, &[finding]), []);
}

#[test]
fn what_the_platform_tells_is_told_on_with_its_count() {
    let mut stage = Stage::new();
    let tiding = |count| crate::domain::pod::Tiding {
        id: "e1".into(),
        at: now(),
        is_warning: true,
        reason: "BackOff".into(),
        message: "restarting failed container".into(),
        count,
    };
    stage.nodes[1].host.tidings = vec![tiding(2)];
    assert_eq!(stage.look(&[]), ["pg2: BackOff: restarting failed container"]);
    assert_eq!(stage.look(&[]), [""; 0]);
    stage.nodes[1].host.tidings = vec![tiding(3)];
    assert_eq!(stage.look(&[]), ["pg2: BackOff: restarting failed container"]);
}
