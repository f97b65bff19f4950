use serde_json::{Value, json};

use super::*;
use crate::platform::kubernetes::fixture::{labelled, pod, standby};

fn runs(labels: &Value, container: &Value) -> Option<String> {
    server(&labelled(labels, container)).map(|container| container.name.clone())
}

#[test]
fn a_plain_stateful_sets_pod_is_a_server_without_a_manager() {
    let pod = pod(standby());
    assert_eq!(server(&pod).map(|container| container.name.as_str()), Some("postgres"));
    assert_eq!(manager(&pod), None);
}

#[test]
fn companions_clients_and_jobs_are_no_servers() {
    let none = json!({});
    assert_eq!(runs(&none, &json!({"name": "x", "image": "prom/postgres-exporter:1"})), None);
    assert_eq!(runs(&none, &json!({"name": "x", "image": "postgres:15", "command": ["pg_dump", "-h", "db"]})), None);
    assert_eq!(runs(&none, &json!({"name": "x", "image": "nginx"})), None);
    let mut job = standby();
    job["metadata"]["ownerReferences"][0]["kind"] = json!("Job");
    assert!(server(&pod(job)).is_none());
    let decided = json!({"howdah.postgres": "false"});
    assert_eq!(runs(&decided, &json!({"name": "x", "image": "postgres:15"})), None);
    assert_eq!(runs(&none, &json!({"name": "x", "image": "postgres:15"})), Some("x".to_owned()));
}

#[test]
fn managers_are_told_apart_in_the_order_in_which_one_is_made_of_another() {
    let database = json!({"name": "database", "image": "percona/percona-postgresql-operator:2.5-ppg16-postgres"});
    let both = json!({
        "app.kubernetes.io/managed-by": "percona-postgresql-operator",
        "postgres-operator.crunchydata.com/cluster": "shop",
    });
    assert_eq!(manager(&labelled(&both, &database)), Some("percona"));
    assert_eq!(runs(&both, &database), Some("database".to_owned()));
    let named = |labels: Value| manager(&labelled(&labels, &database));
    assert_eq!(named(json!({"postgres-operator.crunchydata.com/cluster": "shop"})), Some("crunchy"));
    assert_eq!(named(json!({"cnpg.io/cluster": "shop", "role": "primary"})), Some("cnpg"));
    assert_eq!(named(json!({"app": "StackGresCluster", "stackgres.io/cluster-name": "s"})), Some("stackgres"));
    assert_eq!(named(json!({"application": "spilo", "spilo-role": "master"})), Some("zalando"));
    let mut patroni = standby();
    patroni["metadata"]["annotations"] =
        json!({"status": r#"{"role":"replica","api_url":"http://10.0.0.1:8008/patroni"}"#});
    assert_eq!(manager(&pod(patroni)), Some("patroni"));
    let pooler = json!({"cnpg.io/cluster": "shop", "cnpg.io/podRole": "pooler"});
    assert_eq!(runs(&pooler, &json!({"name": "postgres", "image": "pgbouncer"})), None);
}
