use secrecy::ExposeSecret;
use serde_json::json;

use super::*;
use crate::platform::kubernetes::fixture::{pod, standby};

fn wish(variable: &str, name: &str, key: &str) -> Wish {
    Wish { variable: Some(variable.to_owned()), kept: Kept::Secret(name.to_owned()), key: key.to_owned() }
}

#[test]
fn a_recorded_pod_is_known_by_its_names_and_asks_for_its_secret() {
    let mut server = Server::of(&pod(standby())).unwrap();
    assert_eq!(server.name.to_string(), "shop/postgres-1");
    assert_eq!(server.wishes, [wish("POSTGRES_PASSWORD", "postgres-secret", "password")]);
    assert_eq!(server.volumes, ["data-postgres-1"]);
    assert_eq!((server.ordinal(), server.port()), (Some(1), 5432));
    assert_eq!(server.group.as_deref(), Some("postgres"));
    assert!(server.names.contains(&"postgres-1.postgres".into()), "{:?}", server.names);
    assert!(server.names.contains(&"postgres-1.postgres.shop.svc.cluster.local".into()));
    assert!(server.credentials().password.is_none(), "an unknown password is none, not an empty one");
    server.set("POSTGRES_PASSWORD", "s3cret");
    let login = server.credentials();
    assert_eq!(login.user.as_deref(), Some("postgres"));
    assert_eq!(login.password.map(|p| p.expose_secret().to_owned()).as_deref(), Some("s3cret"));
}

#[test]
fn a_password_in_a_mounted_file_is_followed_to_its_secret() {
    let mut value = standby();
    value["spec"]["containers"][0]["env"] =
        json!([{"name": "POSTGRES_PASSWORD_FILE", "value": "/opt/secrets/postgres-password"}]);
    value["spec"]["containers"][0]["volumeMounts"] = json!([{"name": "s", "mountPath": "/opt/secrets/"}]);
    value["spec"]["volumes"] = json!([{"name": "s", "secret": {"secretName": "shop-postgresql"}}]);
    let server = Server::of(&pod(value)).unwrap();
    assert_eq!(server.wishes, [wish("POSTGRES_PASSWORD", "shop-postgresql", "postgres-password")]);
}

#[test]
fn what_was_promised_is_read_in_units() {
    let mut value = standby();
    value["spec"]["containers"][0]["resources"] =
        json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "250m"}});
    let promised = Server::of(&pod(value)).unwrap().pod;
    assert_eq!((promised.cpu_request, promised.cpu_limit), (Some(250), Some(2000)));
    assert_eq!((promised.memory_request, promised.memory_limit), (None, Some(crate::domain::Bytes(1 << 30))));
    assert_eq!(promised.owner.as_deref(), Some("StatefulSet postgres"));
    assert_eq!(promised.machine.as_deref(), Some("lab-node"));
}
