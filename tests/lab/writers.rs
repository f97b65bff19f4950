//! Writers of numbered commits that try every node without pause, and the count of what became of them.
//!
//! A commit counts once the server has acknowledged it. What was acknowledged and is not there at the end is lost.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use tokio_postgres::{Client, Config, NoTls, error::SqlState};

/// Longer than this and a writer takes its connection for dead.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two attempts at a node that does not take writes.
const PAUSE: Duration = Duration::from_millis(5);

/// A node as a writer knows it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) password: String,
}

/// Threads that write.
pub(super) struct Writers {
    places: Vec<Place>,
    stop: Arc<AtomicBool>,
    acks: Arc<Mutex<Vec<(Instant, i64)>>>,
    errors: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

/// What became of the commits.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) acknowledged: usize,
    pub(super) lost: usize,
    /// Connections that failed or were cut: for the eye that reads a failure.
    #[allow(dead_code, reason = "shown by Debug")]
    pub(super) errors: u64,
    /// The longest time between two acknowledged commits.
    pub(super) longest: Duration,
}

fn config(place: &Place) -> Config {
    let mut config = Config::new();
    config.host(&place.host).port(place.port).user("postgres").dbname("postgres").password(&place.password);
    config.connect_timeout(Duration::from_secs(1)).options("-c statement_timeout=3000 -c application_name=writer");
    config
}

async fn connect(place: &Place) -> Option<Client> {
    let (client, connection) = tokio::time::timeout(PATIENCE, config(place).connect(NoTls)).await.ok()?.ok()?;
    tokio::spawn(async move {
        let _ = connection.await;
    });
    Some(client)
}

/// Asks whichever node accepts writes.
fn on_writer<T>(places: &[Place], ask: impl AsyncFn(&Client) -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    threads.block_on(async {
        loop {
            for place in places {
                let Some(client) = connect(place).await else { continue };
                let is_standby = client.simple_query("SELECT 1 WHERE pg_is_in_recovery()").await;
                if is_standby
                    .is_ok_and(|rows| rows.iter().any(|m| matches!(m, tokio_postgres::SimpleQueryMessage::Row(_))))
                {
                    continue;
                }
                if let Some(answer) = ask(&client).await {
                    return answer;
                }
            }
            assert!(Instant::now() < end, "no node accepts writes");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
}

impl Writers {
    /// Makes the table anew and lets so many threads write, each at home on another node.
    pub(super) fn start(places: Vec<Place>, threads: usize) -> Self {
        on_writer(&places, async |client| {
            client
                .batch_execute(
                    "DROP TABLE IF EXISTS numbered; CREATE TABLE numbered (id bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())",
                )
                .await
                .ok()
        });
        let mut writers = Self {
            stop: Arc::new(AtomicBool::new(false)),
            acks: Arc::default(),
            errors: Arc::default(),
            threads: Vec::new(),
            places,
        };
        for number in 0..threads {
            let place = writers.places[number % writers.places.len()].clone();
            let (stop, acks, errors) = (writers.stop.clone(), writers.acks.clone(), writers.errors.clone());
            writers.threads.push(std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(write(number, &place, &stop, &acks, &errors));
            }));
        }
        writers
    }

    /// Ends them and counts.
    pub(super) fn finish(mut self) -> Tally {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
        let mut acks = std::mem::take(&mut *self.acks.lock().unwrap());
        acks.sort();
        let there: BTreeSet<i64> = on_writer(&self.places, async |client| {
            let rows = client.query("SELECT id FROM numbered", &[]).await.ok()?;
            Some(rows.iter().map(|row| row.get(0)).collect())
        });
        let gaps = acks.windows(2).map(|pair| pair[1].0 - pair[0].0);
        Tally {
            acknowledged: acks.len(),
            lost: acks.iter().filter(|(_, id)| !there.contains(id)).count(),
            errors: self.errors.load(Ordering::Relaxed),
            longest: gaps.max().unwrap_or_default(),
        }
    }
}

async fn write(number: usize, place: &Place, stop: &AtomicBool, acks: &Mutex<Vec<(Instant, i64)>>, errors: &AtomicU64) {
    let mut id = i64::try_from(number).unwrap() * 1_000_000_000;
    let mut client: Option<Client> = None;
    while !stop.load(Ordering::Relaxed) {
        if client.is_none() {
            client = connect(place).await;
        }
        let Some(open) = &client else {
            errors.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        id += 1;
        let insert = format!("INSERT INTO numbered (id) VALUES ({id})");
        match tokio::time::timeout(PATIENCE, open.batch_execute(&insert)).await {
            Ok(Ok(())) => acks.lock().unwrap().push((Instant::now(), id)),
            Ok(Err(error)) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(Err(_)) | Err(_) => {
                errors.fetch_add(1, Ordering::Relaxed);
                client = None;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
