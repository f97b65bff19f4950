use secrecy::ExposeSecret;

use super::*;
use crate::platform::docker::fixture::{container, official, podman};
use crate::{domain::Role, platform::signs::login};

fn env(image: &str, env: &[&str]) -> bollard::models::ContainerInspectResponse {
    container(image, &["/start"], env, &[])
}

fn login(raw: &bollard::models::ContainerInspectResponse) -> (Option<String>, Option<String>, Option<String>) {
    let found = login::credentials(&Inspected::new(raw).signs);
    let password = found.password.map(|password| password.expose_secret().to_owned());
    (found.user, password, found.database)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_official_image_names_its_superuser() {
    assert_eq!(login(&official()), (text("postgres"), text("secret"), None));
    let named = env("postgres", &["POSTGRES_USER=shop", "POSTGRES_PASSWORD=a=b", "POSTGRES_DB=orders"]);
    assert_eq!(login(&named), (text("shop"), text("a=b"), text("orders")));
}

#[test]
fn a_secret_in_a_file_leaves_a_gap() {
    assert_eq!(login(&podman()), (None, None, None));
}

#[test]
fn the_superuser_of_bitnami_is_preferred_to_the_application() {
    let both = env(
        "bitnami/postgresql",
        &[
            "POSTGRESQL_USERNAME=web",
            "POSTGRESQL_PASSWORD=w",
            "POSTGRESQL_POSTGRES_PASSWORD=p",
            "POSTGRESQL_DATABASE=shop",
        ],
    );
    assert_eq!(login(&both), (text("postgres"), text("p"), text("shop")));
    let one = env("bitnami/postgresql", &["POSTGRESQL_USERNAME=web", "POSTGRESQL_PASSWORD=w"]);
    assert_eq!(login(&one), (text("web"), text("w"), None));
}

#[test]
fn patroni_and_spilo_name_their_superuser() {
    let patroni = env("acme/patroni", &["PATRONI_SUPERUSER_USERNAME=root", "PATRONI_SUPERUSER_PASSWORD=r"]);
    assert_eq!(login(&patroni), (text("root"), text("r"), None));
    let spilo = env("spilo", &["PGPASSWORD_SUPERUSER=s"]);
    assert_eq!(login(&spilo), (text("postgres"), text("s"), None));
}

#[test]
fn passwords_are_not_in_debug() {
    let raw = env("postgres", &["POSTGRES_PASSWORD=hunter2"]);
    assert!(!format!("{:?}", login::credentials(&Inspected::new(&raw).signs)).contains("hunter2"));
}

#[test]
fn names_are_short() {
    let name = |labels: &[(&str, &str)]| short_name(&Inspected::new(&container("postgres", &[], &[], labels)));
    assert_eq!(name(&[]), "box");
    assert_eq!(name(&[("com.docker.compose.service", "pg1"), ("com.docker.compose.container-number", "1")]), "pg1");
    assert_eq!(name(&[("com.docker.compose.service", "db"), ("com.docker.compose.container-number", "2")]), "db-2");
    assert_eq!(name(&[("com.docker.swarm.task.name", "shop_db.1.x8k2m")]), "shop_db.1");
}

#[test]
fn groups_are_scopes_and_projects() {
    let group = |env: &[&str], labels: &[(&str, &str)]| {
        group(&Inspected::new(&container("postgres", &[], env, labels))).map(String::from)
    };
    let compose = [("com.docker.compose.project", "shop")];
    assert_eq!(group(&[], &compose), text("shop"));
    assert_eq!(group(&["PATRONI_SCOPE=billing"], &compose), text("billing"));
    assert_eq!(group(&["SCOPE=openid"], &compose), text("shop"), "a scope of something else");
    assert_eq!(group(&[], &[]), None);
    assert_eq!(super::group(&Inspected::new(&podman())).map(String::from), text("stock"));
}

#[test]
fn managers_leave_traces() {
    let manager = |image: &str, vars: &[&str]| Inspected::new(&env(image, vars)).signs.manager().map(String::from);
    assert_eq!(manager("postgres", &[]), None);
    assert_eq!(manager("acme/pg", &["PATRONI_NAME=pg1"]), text("patroni"));
    assert_eq!(manager("zalando/spilo", &[]), text("patroni"));
    assert_eq!(manager("bitnami/postgresql-repmgr", &["POSTGRESQL_REPLICATION_MODE=slave"]), text("repmgr"));
    assert_eq!(manager("bitnami/postgresql", &["POSTGRESQL_REPLICATION_MODE=slave"]), text("bitnami"));
}

#[test]
fn claims_keep_their_own_word() {
    let labels = [("role", "data"), ("spilo-role", "master"), ("app.kubernetes.io/component", "database")];
    let raw = container("postgres", &[], &["POSTGRES_REPLICATION_MODE=slave"], &labels);
    let claims: Vec<_> =
        claims(&Inspected::new(&raw)).into_iter().map(|c| (c.source.to_string(), c.word.to_string(), c.role)).collect();
    assert_eq!(
        claims,
        [
            ("label role".to_owned(), "data".to_owned(), None),
            ("label spilo-role".to_owned(), "master".to_owned(), Some(Role::Primary)),
            ("env POSTGRES_REPLICATION_MODE".to_owned(), "slave".to_owned(), Some(Role::Standby)),
        ]
    );
}

#[test]
fn ports_come_from_environment_and_command() {
    let port_of =
        |command: &[&str], env: &[&str]| login::port(&Inspected::new(&container("postgres", command, env, &[])).signs);
    assert_eq!(port_of(&[], &[]), 5432);
    assert_eq!(port_of(&[], &["PGPORT=5433"]), 5433);
    assert_eq!(port_of(&[], &["POSTGRESQL_PORT_NUMBER=5434"]), 5434);
    assert_eq!(port_of(&["docker-entrypoint.sh", "postgres", "-p", "5435"], &[]), 5435);
    assert_eq!(port_of(&["postgres", "-c", "fsync=off", "-c", "port=5436"], &[]), 5436);
    assert_eq!(port_of(&["postgres", "--port=5437"], &[]), 5437);
    assert_eq!(login::port(&Inspected::new(&podman()).signs), 5444, "flags straight after the entrypoint");
}
