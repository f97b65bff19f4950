//! The demo's load: people who trade, report, and stand in each other's way.
//!
//! Each session is a loop of its own with its own application name. A session that is cut, by a
//! restart, a switchover or somebody's `K`, waits a moment and connects again, writers to whichever
//! server then accepts writes.

use std::{future::Future, time::Duration};

use futures::future::{BoxFuture, FutureExt as _, join_all};
use tokio::time::sleep;
use tokio_postgres::{Client, Config, Error};

use super::{
    schema::{ACCOUNTS, ORDERS, REPORTER, SHOPKEEPER},
    session::{self, DATABASE, Login, Targets},
};

/// The accounts that everybody wants: the blocker takes them, the billing runs wait for them.
const WANTED: i32 = 8;

/// A cut session connects again after this long.
const BACK_AFTER: Duration = Duration::from_millis(700);

/// How fast things happen.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// The mean pause of a checkout between two transactions.
    pub checkout_pause: Duration,
    /// The time from one blocker's end to the next one.
    pub blocker_every: Duration,
    /// How long a blocker keeps its locks.
    pub blocker_holds: Duration,
    /// The time from one slow report to the next.
    pub report_every: Duration,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self {
            checkout_pause: Duration::from_millis(28),
            blocker_every: Duration::from_secs(40),
            blocker_holds: Duration::from_secs(20),
            report_every: Duration::from_secs(12),
        }
    }
}

/// Runs all sessions; never ends.
pub async fn run(targets: Targets, rhythm: Rhythm) {
    let writer =
        |application: &str, user: &str| session::to_writer(&targets, &Login { user, database: DATABASE, application });
    let reader = |at: usize, application: &str| {
        let login = Login { user: REPORTER, database: DATABASE, application };
        targets.get(at).map(|target| session::to_one(target, &login))
    };
    let mut sessions: Vec<BoxFuture<'static, ()>> = Vec::new();
    for _ in 0..4 {
        sessions
            .extend(writer("checkout", SHOPKEEPER).map(|c| forever(c, move |client| checkout(client, rhythm)).boxed()));
    }
    for _ in 0..2 {
        sessions.extend(writer("billing", SHOPKEEPER).map(|c| forever(c, billing).boxed()));
    }
    sessions.extend(writer("month-end", SHOPKEEPER).map(|c| forever(c, move |client| blocker(client, rhythm)).boxed()));
    sessions.extend(reader(1, "catalog").map(|c| forever(c, catalog).boxed()));
    sessions.extend(reader(2, "reports").map(|c| forever(c, move |client| report(client, rhythm)).boxed()));
    join_all(sessions).await;
}

/// A session that comes back whenever it is cut.
async fn forever<F>(config: Config, work: impl Fn(Client) -> F)
where
    F: Future<Output = Result<(), Error>>,
{
    loop {
        let _cut = session::run(&config, &work).await;
        sleep(BACK_AFTER).await;
    }
}

/// A pause around `mean`, as people make them.
async fn pause(mean: Duration) {
    let share = rand::random_range(0.5..1.5);
    sleep(mean.mul_f64(share)).await;
}

/// Moves money between two accounts, the lower id first, so that two of them never wait for each other.
async fn checkout(mut client: Client, rhythm: Rhythm) -> Result<(), Error> {
    let update = client.prepare("UPDATE accounts SET balance = balance + $1 WHERE id = $2").await?;
    let insert = client.prepare("INSERT INTO transfers (payer, payee, amount) VALUES ($1, $2, $3)").await?;
    let look = client.prepare("SELECT balance FROM accounts WHERE id = $1").await?;
    loop {
        let payer = rand::random_range(WANTED + 1..ACCOUNTS);
        let payee = rand::random_range(payer + 1..=ACCOUNTS);
        let amount = rand::random_range(1..500);
        let work = client.transaction().await?;
        work.execute(&update, &[&i64::from(-amount), &payer]).await?;
        work.execute(&update, &[&i64::from(amount), &payee]).await?;
        work.execute(&insert, &[&payer, &payee, &amount]).await?;
        work.query_one(&look, &[&payer]).await?;
        work.commit().await?;
        pause(rhythm.checkout_pause).await;
    }
}

/// Ships orders and books fees on the wanted accounts, which is where it meets the blocker.
async fn billing(client: Client) -> Result<(), Error> {
    let ship = client.prepare("UPDATE orders SET state = 'shipped' WHERE id = $1").await?;
    let fee = client.prepare("UPDATE accounts SET balance = balance - 1 WHERE id = $1").await?;
    loop {
        let order = rand::random_range(1..=ORDERS);
        client.execute(&ship, &[&order]).await?;
        let wanted = rand::random_range(1..=WANTED);
        client.execute(&fee, &[&wanted]).await?;
        pause(Duration::from_millis(180)).await;
    }
}

/// Locks the wanted accounts and then thinks about it: idle in transaction, others waiting.
async fn blocker(mut client: Client, rhythm: Rhythm) -> Result<(), Error> {
    // The first one comes soon, so that there is something to see.
    sleep(rhythm.blocker_every / 4).await;
    loop {
        let work = client.transaction().await?;
        work.query("SELECT id, balance FROM accounts WHERE id <= $1 ORDER BY id FOR UPDATE", &[&WANTED]).await?;
        sleep(rhythm.blocker_holds).await;
        work.commit().await?;
        sleep(rhythm.blocker_every).await;
    }
}

/// Looks up accounts and their orders on a standby.
async fn catalog(client: Client) -> Result<(), Error> {
    let look = client.prepare("SELECT owner, balance FROM accounts WHERE id = $1").await?;
    let latest =
        client.prepare("SELECT state, count(*) FROM orders WHERE id BETWEEN $1 AND $1 + 200 GROUP BY state").await?;
    loop {
        client.query(&look, &[&rand::random_range(1..=ACCOUNTS)]).await?;
        client.query(&latest, &[&rand::random_range(1..=ORDERS)]).await?;
        pause(Duration::from_millis(60)).await;
    }
}

/// Slow reports on a standby: a real scan with a real sort, now and then one that takes its time.
async fn report(client: Client, rhythm: Rhythm) -> Result<(), Error> {
    loop {
        client
            .query(
                "SELECT a.owner, sum(o.amount) FROM orders o JOIN accounts a ON a.id = o.account \
                 GROUP BY a.owner ORDER BY 2 DESC LIMIT 20",
                &[],
            )
            .await?;
        pause(rhythm.report_every / 2).await;
        client.query("SELECT state, avg(amount), (SELECT pg_sleep(6)::text) FROM orders GROUP BY state", &[]).await?;
        pause(rhythm.report_every / 2).await;
    }
}
