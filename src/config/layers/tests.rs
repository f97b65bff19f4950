use super::*;
use crate::platform::ConninfoText;

struct Place {
    directory: tempfile::TempDir,
    paths: Paths,
}

fn place(system: Option<&str>, user: Option<&str>) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let (s, u) = (directory.path().join("system.toml"), directory.path().join("user.toml"));
    for (path, text) in [(&s, system), (&u, user)] {
        if let Some(text) = text {
            fs::write(path, text).unwrap();
        }
    }
    Place { paths: Paths { system: s, user: Some(Sourced::built_in(u)) }, directory }
}

fn nothing(_: &str) -> Option<String> {
    None
}

#[test]
fn nothing_said_is_what_is_built_in() {
    let loaded = load(&place(None, None).paths, &nothing, Flags::default()).unwrap();
    assert_eq!(loaded.settings.refresh, Sourced::built_in(Duration::from_secs(1)));
    assert!(loaded.read.is_empty() && loaded.warnings.is_empty());
}

#[test]
fn each_layer_lies_over_the_one_before() {
    let place = place(
        Some("refresh = \"2s\"\ntheme = \"system\"\nkeymap = \"system\"\n[safety]\nmode = \"write\"\n"),
        Some("refresh = \"3s\"\ntheme = \"user\"\n"),
    );
    let lookup = |name: &str| (name == "HOWDAH_REFRESH").then(|| "4s".to_owned());
    let file = |name: &str, line| Origin::File { path: place.directory.path().join(name), line };

    let settings = load(&place.paths, &lookup, Flags::default()).unwrap().settings;
    assert_eq!(settings.refresh, Sourced { value: Duration::from_secs(4), origin: Origin::Env("HOWDAH_REFRESH") });
    assert_eq!(settings.theme, Sourced { value: "user".to_owned(), origin: file("user.toml", 2) });
    assert_eq!(settings.keymap, Sourced { value: "system".to_owned(), origin: file("system.toml", 3) });
    assert_eq!(settings.safety.mode, Sourced { value: SafetyMode::Write, origin: file("system.toml", 5) });

    let flags = Flags { refresh: Some(Duration::from_secs(5)), read_only: true, no_docker: true, ..Flags::default() };
    let settings = load(&place.paths, &lookup, flags).unwrap().settings;
    assert_eq!(settings.refresh, Sourced { value: Duration::from_secs(5), origin: Origin::Flag("--refresh") });
    assert_eq!(settings.safety.mode, Sourced { value: SafetyMode::ReadOnly, origin: Origin::Flag("--read-only") });
    assert_eq!(settings.discover.docker, Sourced { value: false, origin: Origin::Flag("--no-docker") });
}

#[test]
fn a_later_file_describes_a_cluster_anew_and_keeps_the_others() {
    let place = place(
        Some("[[cluster]]\nname = \"a\"\nenvironment = \"production\"\n[[cluster]]\nname = \"b\"\n"),
        Some("[[cluster]]\nname = \"a\"\nnodes = [\"service=a\"]\n"),
    );
    let clusters = load(&place.paths, &nothing, Flags::default()).unwrap().settings.clusters;
    let names: Vec<_> = clusters.iter().map(|c| (c.name.as_str(), c.environment.as_deref(), c.nodes.len())).collect();
    assert_eq!(names, [("b", None, 0), ("a", None, 1)]);
}

#[test]
fn problems_of_all_layers_come_together() {
    let place = place(Some("refresh = 1\n"), Some("\nthem = \"x\"\n"));
    let lookup = |name: &str| (name == "HOWDAH_REFRESH").then(|| "soon".to_owned());
    let problems = load(&place.paths, &lookup, Flags::default()).unwrap_err().to_string();
    let lines: Vec<_> = problems.lines().collect();
    assert_eq!(lines.len(), 3, "{problems}");
    assert!(lines[0].contains("system.toml:1: refresh is the number 1"), "{problems}");
    assert!(lines[1].contains("user.toml:2: unknown key \"them\"") && lines[1].ends_with("the nearest is theme"));
    assert_eq!(lines[2], "HOWDAH_REFRESH: its value is \"soon\"; expected a time from 100ms to 60s, as in \"1s\"");
}

#[test]
fn a_file_that_was_asked_for_must_be_readable() {
    let mut place = place(None, None);
    let mut fails_with = |path: PathBuf| {
        place.paths.user = Some(Sourced { value: path, origin: Origin::Flag("--config") });
        load(&place.paths, &nothing, Flags::default()).unwrap_err().to_string()
    };
    let directory = fails_with(std::env::temp_dir());
    assert!(directory.ends_with("is a directory; expected a readable file of settings"), "{directory}");
    let missing = fails_with(PathBuf::from("/nowhere/at/all.toml"));
    assert_eq!(missing, "/nowhere/at/all.toml: no such file; expected a readable file of settings");
    let binary = std::env::temp_dir().join(format!("howdah-binary-{}.toml", std::process::id()));
    fs::write(&binary, [0xFF, 0xFE, 0x00]).unwrap();
    let said = fails_with(binary.clone());
    fs::remove_file(binary).unwrap();
    assert!(said.contains("is not UTF-8 text"), "{said}");
}

#[test]
fn a_password_that_everybody_may_read_is_told() {
    let place = place(None, Some("[[cluster]]\nname = \"a\"\nnodes = [\"host=h password=hunter2\"]\n"));
    let user = place.directory.path().join("user.toml");
    let warnings = |mode| {
        fs::set_permissions(&user, fs::Permissions::from_mode(mode)).unwrap();
        load(&place.paths, &nothing, Flags::default()).unwrap().warnings
    };
    assert!(warnings(0o600).is_empty());
    let [open] = warnings(0o644).try_into().unwrap();
    assert!(open.contains("user.toml holds a password") && !open.contains("hunter2"), "{open}");
}

#[test]
fn a_password_on_the_command_line_is_told() {
    let uri = ConninfoText::new("postgresql://u:hunter2@h".to_owned());
    let flags = Flags { targets: vec![Target::Conninfo(uri)], ..Flags::default() };
    let loaded = load(&place(None, None).paths, &nothing, flags).unwrap();
    let [seen] = loaded.warnings.try_into().unwrap();
    assert!(seen.starts_with("others on this machine can see the password"), "{seen}");
    assert!(!format!("{:?}", loaded.settings).contains("hunter2"));
}
