//! Kubernetes: pods of a plain stateful set, seen through a real API server.

use std::{
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use super::{
    console::{Console, Picture},
    howdah::{Howdah, Status},
    routes::Gate,
    server::{eventually, lacks},
};

const SOON: Duration = Duration::from_secs(15);

/// The kubeconfig of the lab's Kubernetes, brought up by the first test that asks.
fn kubeconfig() -> Option<&'static str> {
    static CONFIG: OnceLock<Option<String>> = OnceLock::new();
    let up = || {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/kubernetes/up");
        let made = Command::new(script).stderr(Stdio::inherit()).output().unwrap();
        made.status.success().then(|| String::from_utf8_lossy(&made.stdout).trim().to_owned())
    };
    let config = CONFIG.get_or_init(up).as_deref();
    config.or_else(|| lacks("a Kubernetes: KUBECONFIG, or tests/lab/kubernetes/up, which says why not"))
}

/// A namespace with a stateful set of three, removed when the test is over.
struct Pods {
    config: &'static str,
    namespace: String,
}

impl Pods {
    fn up(tag: &str) -> Option<Self> {
        let pods = Self { config: kubeconfig()?, namespace: format!("hl-{tag}-{}", std::process::id()) };
        pods.kubectl(&["create", "namespace", &pods.namespace]);
        let set = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/kubernetes/statefulset.yaml");
        pods.in_it(&["apply", "-f", set]);
        pods.three_are_ready();
        Some(pods)
    }

    fn three_are_ready(&self) {
        eventually("three pods are ready", || {
            self.in_it(&["get", "statefulset", "postgres", "-o", "jsonpath={.status.readyReplicas}"]) == "3"
        });
    }

    fn kubectl(&self, words: &[&str]) -> String {
        let output = Command::new("kubectl").arg("--kubeconfig").arg(self.config).args(words).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl {}: {error}", words.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn in_it(&self, words: &[&str]) -> String {
        self.kubectl(&[&["-n", &self.namespace], words].concat())
    }

    fn howdah(&self) -> Howdah {
        Howdah::new().env("KUBECONFIG", self.config)
    }

    fn status_when(&self, howdah: &Howdah, wanted: &str, is_so: impl Fn(&Status) -> bool) -> Status {
        howdah.status_when(&["-n".to_owned(), self.namespace.clone()], wanted, is_so)
    }

    /// A kubeconfig of a service account with these rules, and only these.
    fn account(&self, howdah: &Howdah, rules: &[(&str, &str)]) -> String {
        self.in_it(&["create", "serviceaccount", "looker"]);
        for (number, (verbs, resources)) in rules.iter().enumerate() {
            let (name, verbs, resources) =
                (format!("r{number}"), format!("--verb={verbs}"), format!("--resource={resources}"));
            self.in_it(&["create", "role", &name, &verbs, &resources]);
            let (role, account) = (format!("--role={name}"), format!("--serviceaccount={}:looker", self.namespace));
            self.in_it(&["create", "rolebinding", &name, &role, &account]);
        }
        // Kubernetes of this age writes a token for each account by itself; newer ones are asked for one.
        let mut token = String::new();
        eventually("the account has a token", || {
            let path = "jsonpath={.items[?(@.metadata.annotations.kubernetes\\.io/service-account\\.name==\"looker\")].data.token}";
            let kept = self.in_it(&["get", "secrets", "-o", path]);
            token = if kept.is_empty() { String::new() } else { decoded(&kept) };
            !token.is_empty()
        });
        let raw = self.kubectl(&["config", "view", "--raw", "--flatten", "--minify"]);
        let cluster = raw.split("contexts:").next().unwrap_or_default();
        let text = format!(
            "{cluster}contexts: [{{name: looker, context: {{cluster: {}, user: looker, namespace: {}}}}}]\n\
             current-context: looker\nkind: Config\nusers: [{{name: looker, user: {{token: \"{token}\"}}}}]\n",
            self.kubectl(&["config", "view", "--minify", "-o", "jsonpath={.contexts[0].context.cluster}"]),
            self.namespace,
        );
        let path = howdah.home().join("looker.kubeconfig");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Pods {
    fn drop(&mut self) {
        let words = ["--kubeconfig", self.config, "delete", "namespace", &self.namespace, "--wait=false"];
        drop(Command::new("kubectl").args(words).stdout(Stdio::null()).status());
    }
}

fn decoded(text: &str) -> String {
    let script = format!("printf %s '{text}' | base64 -d");
    String::from_utf8_lossy(&Command::new("sh").args(["-c", &script]).output().unwrap().stdout).into_owned()
}

fn three_stream(status: &Status) -> bool {
    status.writers() == ["postgres-0"] && status.count("standby") == 2
}

#[test]
fn a_stateful_set_is_one_cluster_and_a_deleted_pod_is_seen_within_a_second() {
    let Some(pods) = Pods::up("set") else { return };
    let howdah = pods.howdah();
    let status = pods.status_when(&howdah, "a primary and two standbys", three_stream);
    assert_eq!(status.clusters().len(), 1, "{:#}", status.json);
    assert_eq!(status.cluster()["name"], "postgres");
    for name in ["postgres-0", "postgres-1", "postgres-2"] {
        let route = status.node(name)["route"].to_string();
        assert!(route.contains("address"), "{route}");
    }
    let mut console = Console::open(&howdah, 160, 45, &["-n".to_owned(), pods.namespace.clone()]);
    let row = |picture: &Picture| picture.line_of("postgres-2").unwrap_or_default();
    console.wait_until("the cluster is shown", SOON, |picture| picture.has("postgres"));
    console.press("2");
    console.wait_until("the pod is a standby", SOON, |picture| row(picture).contains("standby"));
    pods.in_it(&["delete", "pod", "postgres-2", "--wait=false"]);
    // kubectl returns when the API server has taken the deletion; what it takes to start is not howdah's.
    let deleted = Instant::now();
    console.wait_until("the deletion is shown", SOON, |picture| {
        let row = row(picture);
        row.contains("Terminating") || !row.contains("standby")
    });
    let took = deleted.elapsed();
    assert!(took < Duration::from_secs(1), "it took {took:?}");
    // As long as the kubelet takes on a busy machine.
    pods.in_it(&["wait", "--for=delete", "pod/postgres-2", "--timeout=90s"]);
    pods.three_are_ready();
    pods.status_when(&howdah, "the pod is back as a standby", three_stream);
}

#[test]
fn pods_that_cannot_be_reached_are_reached_through_the_api_server() {
    let Some(pods) = Pods::up("forward") else { return };
    let Some((_gate, howdah)) = Gate::open("6443") else { return };
    let howdah = howdah.env("KUBECONFIG", pods.config);
    let status = pods.status_when(&howdah, "a primary and two standbys", three_stream);
    let route = status.node("postgres-1")["route"].to_string();
    assert!(route.contains("forward"), "{route}");
}

#[test]
fn what_an_account_may_not_see_is_said_and_the_rest_works() {
    let Some(pods) = Pods::up("rights") else { return };
    let howdah = Howdah::new().env("PGUSER", "postgres").env("PGPASSWORD", "secret");
    let config = pods.account(&howdah, &[("get,list,watch", "pods")]);
    let targets = ["--kubeconfig".to_owned(), config];
    let status = howdah.status_when(&targets, "a primary and two standbys", three_stream);
    assert_eq!(status.nodes().len(), 3);
    let doctor = howdah.verb("doctor", &targets);
    for words in ["the secret postgres-secret", "statefulsets.apps: list and watch", "events: list and watch"] {
        assert!(doctor.stdout.contains(words), "{words}\n{}", doctor.stdout);
    }
    let elsewhere = [&targets[..], &["-A".to_owned()]].concat();
    let refused = howdah.verb("doctor", &elsewhere);
    assert!(refused.stdout.contains("list and watch on pods in all namespaces are not allowed"), "{}", refused.stdout);
}
