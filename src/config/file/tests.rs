use std::time::Duration;

use super::*;
use crate::config::SafetyMode;

fn read(text: &str) -> Result<Settings, String> {
    let mut settings = Settings::default();
    let problems = apply(Path::new("c.toml"), text, &mut settings);
    if problems.is_empty() { Ok(settings) } else { Err(super::super::Problems(problems).to_string()) }
}

#[test]
fn everything_that_is_documented_is_read() {
    let settings = read(
        r#"
refresh = "500ms"
theme = "light"
keymap = "vim"
[safety]
mode = "read-only"
unlock_for = "5m"
[discover]
docker = false
local = false
kubernetes = ["prod-eu", "prod-us"]
[record]
console = false
size = "2GB"
redact = false
[[cluster]]
name = "billing"
environment = "production"
nodes = ["postgresql://monitor@10.0.0.5/postgres?sslmode=verify-full", "service=billing-replica"]
pgbouncer = ["postgresql://admin@10.0.0.9:6432/pgbouncer"]
backups = ["/srv/backups"]
"#,
    )
    .unwrap();
    assert_eq!(*settings.refresh, Duration::from_millis(500));
    assert_eq!(settings.refresh.origin, Origin::File { path: "c.toml".into(), line: 2 });
    assert_eq!((settings.theme.as_str(), settings.keymap.as_str()), ("light", "vim"));
    assert_eq!(*settings.safety.mode, SafetyMode::ReadOnly);
    assert_eq!(*settings.safety.unlock_for, Duration::from_secs(300));
    assert!(!*settings.discover.docker && !*settings.discover.local);
    let contexts = ["prod-eu", "prod-us"].map(str::to_owned).to_vec();
    assert_eq!(*settings.discover.kubernetes, Kubernetes::Contexts(contexts.clone()));
    assert_eq!(settings.discover.wanted_pods().map(|wanted| wanted.contexts), Some(contexts));
    let record = &settings.record;
    assert_eq!((*record.console, *record.redact, record.size.get()), (false, false, 2 << 30));
    let [billing] = settings.clusters.as_slice() else { panic!("{:?}", settings.clusters) };
    assert_eq!((billing.name.as_str(), billing.environment.as_deref()), ("billing", Some("production")));
    assert_eq!((billing.nodes.len(), billing.pgbouncer.len(), billing.backups.len()), (2, 1, 1));
    assert_eq!(billing.origin, Origin::File { path: "c.toml".into(), line: 16 });
}

#[test]
fn all_problems_are_listed_with_their_lines() {
    let problems = read(
        "refesh = \"1s\"\ntheme = 3\nmode = \"write\"\n[safety]\nmode = \"lokced\"\nunlock_for = \"forever\"\n\
         [discover]\ndocker = \"yes\"\n[[cluster]]\nnodes = [\"10.0.0.5\", 4]\n[[cluster]]\nname = \"a\"\n\
         [[cluster]]\nname = \"a\"\ncolour = \"red\"\n",
    )
    .unwrap_err();
    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "c.toml:1: unknown key \"refesh\"; expected one of refresh, theme, keymap, safety, discover, record, cluster, pgbouncer; the nearest is refresh",
            "c.toml:2: theme is the number 3; expected text in quotes",
            "c.toml:3: unknown key \"mode\"; expected one of refresh, theme, keymap, safety, discover, record, cluster, pgbouncer; the nearest is mode in [safety]",
            "c.toml:5: safety.mode is \"lokced\"; expected locked, write or read-only; the nearest is locked",
            "c.toml:6: safety.unlock_for is \"forever\"; expected a time from 1s to 12h, as in \"10m\"",
            "c.toml:8: discover.docker is text; expected true or false",
            "c.toml:9: this cluster has no name; expected name = \"…\" in its section",
            "c.toml:10: cluster.nodes is the number 4; expected text in quotes",
            "c.toml:10: one of cluster.nodes is not a connection string; expected postgresql://…, host=… or service=…",
            "c.toml:13: cluster \"a\" is described at c.toml:11 already; expected a name of its own",
            "c.toml:15: unknown key \"colour\" in cluster; expected one of name, environment, nodes, pgbouncer, backups",
        ]
    );
}

#[test]
fn broken_syntax_does_not_hide_other_problems() {
    let problems = read("theme = \nrefresh = \"1h\"\n[safety\nmode = \"write\"\n").unwrap_err();
    let lines: Vec<_> = problems.lines().collect();
    assert!(lines[0].starts_with("c.toml:1: "), "{problems}");
    assert!(
        lines.contains(&"c.toml:2: refresh is \"1h\"; expected a time from 100ms to 60s, as in \"1s\""),
        "{problems}"
    );
    assert!(lines.iter().any(|l| l.starts_with("c.toml:3: ")), "{problems}");
    assert_eq!(lines.len(), 3, "what stands below a broken heading is not judged: {problems}");
}

#[test]
fn a_password_on_a_wrong_line_is_not_repeated() {
    let problems = read("[[cluster]]\nname = \"a\"\nnodes = [\"hunter2\"]\n").unwrap_err();
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[test]
fn sections_in_one_line_and_dotted_keys_are_the_same() {
    let settings = read("safety.mode = \"write\"\ndiscover = { docker = false }\n").unwrap();
    assert_eq!(*settings.safety.mode, SafetyMode::Write);
    assert!(!*settings.discover.docker);
    assert!(
        read("safety = \"locked\"")
            .unwrap_err()
            .contains("safety is text; expected a section that begins with [safety]")
    );
    assert!(read("cluster = { name = \"x\" }").unwrap_err().contains("expected sections that begin with [[cluster]]"));
}
