use proptest::prelude::*;

use super::*;
use crate::domain::sample::now;

fn statement(query_id: i64, calls: u64) -> StatementCounters {
    StatementCounters {
        query_id,
        user: "app".into(),
        database: "shop".into(),
        query: None,
        calls,
        exec_time: Duration::from_millis(calls * 10),
        rows: calls,
        blocks_hit: calls * 3,
        blocks_read: 0,
        temp_blocks_written: 0,
        wal: super::super::Bytes(calls * 100),
        since: None,
    }
}

#[derive(Default)]
struct Server {
    track: StatementTrack,
    info: StatementsInfo,
    seconds: u64,
    mark: Option<Timestamp>,
}

impl Server {
    fn read(&mut self, statements: &[StatementCounters]) {
        self.seconds += 2;
        let at = now() + Duration::from_secs(self.seconds);
        self.track.push(statements, self.info, at, self.mark);
    }

    fn last(&self, query_id: i64) -> Option<Work> {
        self.track.past(&statement(query_id, 0).key()).unwrap().last().map(|d| d.per_second())
    }

    fn marked(&self, query_id: i64) -> Option<Work> {
        self.track.since_mark(&statement(query_id, 0).key()).map(|d| d.work)
    }
}

#[test]
fn a_rate_is_the_difference_of_two_readings() {
    let mut server = Server::default();
    server.read(&[statement(1, 100)]);
    assert_eq!(server.last(1), None, "nothing to compare with");
    server.read(&[statement(1, 140)]);
    let rate = server.last(1).unwrap();
    assert_eq!((rate.calls, rate.wal), (20.0, 2000.0));
    assert!((rate.time - 0.2).abs() < 1e-9, "a fifth of a session");
    assert!((rate.mean().unwrap() - 0.01).abs() < 1e-9);
}

#[test]
fn a_reset_is_a_gap() {
    let mut server = Server::default();
    server.read(&[statement(1, 100)]);
    server.info.reset_at = Some(now());
    server.read(&[statement(1, 400)]);
    assert_eq!(server.last(1), None, "more than before, but of another life");
    server.read(&[statement(1, 402)]);
    assert_eq!(server.last(1).unwrap().calls, 1.0);
}

#[test]
fn an_eviction_and_return_is_a_gap_and_counts_for_the_mark_what_was_seen() {
    let mut server = Server { mark: Some(now()), ..Server::default() };
    server.read(&[statement(1, 1000)]);
    server.read(&[]);
    server.read(&[statement(1, 6)]);
    assert_eq!(server.last(1), None);
    assert_eq!(server.marked(1).unwrap().calls, 6.0);
    server.read(&[statement(1, 10)]);
    assert_eq!((server.last(1).unwrap().calls, server.marked(1).unwrap().calls), (2.0, 10.0));
}

#[test]
fn a_life_that_began_later_is_told_by_its_time() {
    let mut server = Server::default();
    server.read(&[statement(1, 100)]);
    server.read(&[StatementCounters { since: Some(now()), ..statement(1, 500) }]);
    assert_eq!(server.last(1), None, "500 is not 400 more than 100");
}

#[test]
fn one_that_left_the_list_and_returns_has_the_rate_of_its_absence() {
    let mut server = Server::default();
    server.read(&[statement(1, 100)]);
    server.read(&[]);
    assert_eq!(server.last(1), None);
    server.read(&[statement(1, 140)]);
    assert_eq!(server.last(1).unwrap().calls, 10.0);
}

#[test]
fn a_new_one_is_only_new_where_the_list_was_whole() {
    let mut server = Server::default();
    server.read(&[statement(1, 1)]);
    server.read(&[statement(1, 1), statement(2, 1_000_000)]);
    assert_eq!(server.last(2), None, "it may have been there all the time");
    server.info.is_complete = true;
    server.read(&[statement(1, 1), statement(2, 1_000_000)]);
    server.read(&[statement(1, 1), statement(2, 1_000_000), statement(3, 8)]);
    assert_eq!(server.last(3).unwrap().calls, 4.0);
}

#[test]
fn the_first_reading_is_no_work() {
    let mut server = Server { mark: Some(now()), ..Server::default() };
    server.info.is_complete = true;
    server.read(&[statement(1, 1_000_000)]);
    assert_eq!(server.last(1), None);
    assert_eq!(server.marked(1), None, "no time has passed since the mark");
}

#[test]
fn graphs_have_gaps_where_nothing_is_known() {
    let mut server = Server::default();
    server.read(&[statement(1, 0)]);
    server.read(&[statement(1, 100)]);
    server.read(&[]);
    server.read(&[statement(1, 100)]);
    let loads = server.track.past(&statement(1, 0).key()).unwrap().loads(10);
    assert_eq!(loads, [None, Some(0.5), None, Some(0.0)]);
}

#[test]
fn what_is_gone_is_forgotten_in_the_end() {
    let mut server = Server::default();
    for id in 0..3000 {
        server.read(&[statement(id, 1)]);
    }
    assert!(server.track.statements.len() <= MOST_ABSENT + 1);
}

proptest! {
    #[test]
    fn no_reading_gives_a_negative_rate(counts in prop::collection::vec(prop::option::of(0_u64..1000), 1..30), reset in 0_usize..30) {
        let mut server = Server { mark: Some(now()), ..Server::default() };
        let mut sum = 0.0;
        for (at, calls) in counts.iter().enumerate() {
            if at == reset {
                server.info.reset_at = Some(now());
            }
            server.read(&calls.map(|c| statement(1, c)).into_iter().collect::<Vec<_>>());
            let Some(past) = server.track.past(&statement(1, 0).key()) else { continue };
            if let Some(done) = past.last() {
                prop_assert!(done.work.calls >= 0.0 && done.work.time >= 0.0);
            }
            prop_assert!(past.marked.calls >= sum);
            sum = past.marked.calls;
        }
    }
}
