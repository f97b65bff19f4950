use super::*;
use crate::platform::docker::fixture::{container, killed_for_memory, official, podman, processes};

const COMMAND: &[&str] = &["docker-entrypoint.sh", "postgres"];

fn of_image(image: &str) -> Verdict {
    verdict(&container(image, &["/start"], &[], &[]))
}

#[test]
fn what_an_engine_really_answers_is_recognised() {
    assert_eq!(verdict(&official()), Verdict::Postgres);
    assert_eq!(verdict(&killed_for_memory()), Verdict::Postgres);
    assert_eq!(verdict(&podman()), Verdict::Postgres);
}

#[test]
fn images_are_known_by_their_last_part() {
    for image in [
        "postgres",
        "postgres:17-alpine",
        "registry.example:5000/mirror/postgres@sha256:00ff",
        "bitnami/postgresql:16",
        "bitnami/postgresql-repmgr",
        "postgis/postgis:16-3.4",
        "timescale/timescaledb:latest-pg16",
        "timescale/timescaledb-ha:pg16",
        "pgvector/pgvector:pg17",
        "ghcr.io/zalando/spilo-16:3.2-p1",
        "supabase/postgres:15.1.0.147",
        "ghcr.io/cloudnative-pg/postgresql:17",
    ] {
        assert_eq!(of_image(image), Verdict::Postgres, "{image}");
    }
}

#[test]
fn companions_are_no_servers() {
    for image in [
        "edoburu/pgbouncer",
        "bitnami/pgpool:4",
        "quay.io/prometheuscommunity/postgres-exporter",
        "dpage/pgadmin4",
        "prodrigestivill/postgres-backup-local",
        "postgrest/postgrest",
    ] {
        let raw = container(image, &["/start"], &["PGDATA=/x", "POSTGRES_PASSWORD=secret"], &[]);
        assert_eq!(verdict(&raw), Verdict::No, "{image}");
    }
}

#[test]
fn an_application_with_a_password_is_no_server() {
    let raw =
        container("shop/web", &["gunicorn"], &["POSTGRES_PASSWORD=secret", "POSTGRES_USER=web", "PGHOST=db"], &[]);
    assert_eq!(verdict(&raw), Verdict::AskProcesses);
}

#[test]
fn an_image_of_its_own_is_known_by_what_it_runs() {
    assert_eq!(verdict(&container("acme/db:7", COMMAND, &[], &[])), Verdict::Postgres);
    assert_eq!(
        verdict(&container("acme/db:7", &["/usr/lib/postgresql/15/bin/postgres", "-D", "/d"], &[], &[])),
        Verdict::Postgres
    );
    assert_eq!(verdict(&container("acme/db:7", &["tini", "--", "patroni", "/etc/p.yml"], &[], &[])), Verdict::Postgres);
    assert_eq!(verdict(&container("acme/db:7", &["/init"], &["PGDATA=/d"], &[])), Verdict::Postgres);
    assert_eq!(
        verdict(&container("acme/db:7", &["bash", "-c", "exec gosu postgres postgres"], &[], &[])),
        Verdict::Postgres
    );
}

#[test]
fn a_client_in_a_server_image_is_no_server() {
    for command in [&["docker-entrypoint.sh", "psql", "-h", "db"][..], &["pg_dump", "shop"], &["sleep", "infinity"]] {
        assert_eq!(verdict(&container("postgres:15", command, &["PGDATA=/d"], &[])), Verdict::No, "{command:?}");
    }
    assert_eq!(verdict(&container("postgres:15", &["bash"], &["PGDATA=/d"], &[])), Verdict::AskProcesses);
}

#[test]
fn what_does_not_run_is_not_asked_for_processes() {
    let mut raw = container("acme/db:7", &["/init"], &[], &[]);
    assert_eq!(verdict(&raw), Verdict::AskProcesses);
    raw.state = None;
    assert_eq!(verdict(&raw), Verdict::No);
}

#[test]
fn a_label_decides() {
    let yes = container("acme/thing", &["/init"], &[], &[("howdah.postgres", "true")]);
    assert_eq!(verdict(&yes), Verdict::Postgres);
    let no = container("postgres:15", COMMAND, &[], &[("howdah.postgres", "false")]);
    assert_eq!(verdict(&no), Verdict::No);
}

#[test]
fn containers_of_pods_and_one_off_runs_are_left_alone() {
    let pod = [("io.kubernetes.pod.name", "pg-0"), ("howdah.postgres", "true")];
    assert_eq!(verdict(&container("postgres:15", COMMAND, &[], &pod)), Verdict::No);
    let run = [("com.docker.compose.project", "shop"), ("com.docker.compose.oneoff", "True")];
    assert_eq!(verdict(&container("postgres:15", COMMAND, &[], &run)), Verdict::No);
    let service = [("com.docker.compose.project", "shop"), ("com.docker.compose.oneoff", "False")];
    assert_eq!(verdict(&container("postgres:15", COMMAND, &[], &service)), Verdict::Postgres);
}

#[test]
fn processes_tell_where_nothing_else_does() {
    assert!(has_server(&processes()));
    let others = r#"{"Titles":["PID","COMMAND"],"Processes":[["1","psql postgres"],["2","python postgres.py"]]}"#;
    assert!(!has_server(&serde_json::from_str(others).expect("a list")));
    let titled = r#"{"Titles":["UID","CMD"],"Processes":[["1","/bin/sv"],["2","postgres: checkpointer "]]}"#;
    assert!(has_server(&serde_json::from_str(titled).expect("a list")));
}
