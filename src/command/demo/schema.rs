//! What the demo's database looks like before the load begins: a shop with accounts and orders.
//!
//! Passwords do not appear in any statement: the other roles get the superuser's verifier.

use tokio_postgres::{Client, Error};

use super::session::{self, DATABASE, Login, Target};

/// The role that trades.
pub const SHOPKEEPER: &str = "app";

/// The role that reports.
pub const REPORTER: &str = "report";

/// How many accounts there are.
pub const ACCOUNTS: i32 = 20_000;

/// How many orders there are.
pub const ORDERS: i32 = 40_000;

/// Roles and the database, run while connected to `postgres`.
const ROLES: &str = "
DO $$
DECLARE verifier text := (SELECT rolpassword FROM pg_authid WHERE rolname = current_user);
BEGIN
  EXECUTE format('CREATE ROLE app LOGIN PASSWORD %L', verifier);
  EXECUTE format('CREATE ROLE report LOGIN PASSWORD %L', verifier);
END $$";

/// Tables and rows, run while connected to the shop.
const TABLES: &str = "
CREATE TABLE accounts (id int NOT NULL, owner text NOT NULL, balance bigint NOT NULL);
CREATE TABLE orders (id int NOT NULL, account int NOT NULL, amount int NOT NULL, state text NOT NULL, placed timestamptz NOT NULL);
CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY, payer int NOT NULL, payee int NOT NULL, amount int NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
INSERT INTO accounts SELECT i, md5(i::text), 100000 FROM generate_series(1, 20000) AS i;
INSERT INTO orders SELECT i, 1 + i % 20000, 5 + i % 300, CASE i % 5 WHEN 0 THEN 'new' ELSE 'shipped' END, now() - i * interval '1 minute'
  FROM generate_series(1, 40000) AS i;
ALTER TABLE accounts ADD PRIMARY KEY (id);
ALTER TABLE orders ADD PRIMARY KEY (id);
ALTER TABLE transfers ADD PRIMARY KEY (id);
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts, orders, transfers TO app;
GRANT SELECT ON accounts, orders, transfers TO report";

/// Creates the roles, the database and its tables on a fresh primary.
pub async fn create(primary: &Target, has_statements: bool) -> Result<(), Error> {
    let login = |database| Login { user: "postgres", database, application: "howdah demo" };
    session::run(&session::to_one(primary, &login("postgres")), async |client: Client| {
        client.batch_execute(ROLES).await?;
        // Not in a batch of several statements: those are one transaction, which CREATE DATABASE refuses.
        client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await
    })
    .await?;
    session::run(&session::to_one(primary, &login(DATABASE)), async |client: Client| {
        client.batch_execute(TABLES).await?;
        if has_statements {
            client.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
            client.query("SELECT pg_stat_statements_reset()", &[]).await?;
        }
        Ok(())
    })
    .await
}

/// How many standbys stream from a server.
pub async fn streaming(primary: &Target) -> Result<i64, Error> {
    let login = Login { user: "postgres", database: "postgres", application: "howdah demo" };
    session::run(&session::to_one(primary, &login), async |client: Client| {
        let row = client.query_one("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", &[]).await?;
        row.try_get(0)
    })
    .await
}

/// Whether a server takes sessions.
pub async fn answers(target: &Target) -> bool {
    let login = Login { user: "postgres", database: "postgres", application: "howdah demo" };
    session::run(&session::to_one(target, &login), async |client: Client| client.batch_execute("SELECT 1").await)
        .await
        .is_ok()
}

/// Whether a server has loaded `pg_stat_statements`.
pub async fn may_have_statements(target: &Target) -> bool {
    let login = Login { user: "postgres", database: "postgres", application: "howdah demo" };
    let sql = "SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%'";
    session::run(&session::to_one(target, &login), async |client: Client| client.query_one(sql, &[]).await?.try_get(0))
        .await
        .unwrap_or(false)
}
