//! What is made for other programs: completions and manual pages, through pipes that may close.

use std::process::{Command, Output, Stdio};

fn howdah(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_howdah")).args(words).output().unwrap()
}

fn text(words: &[&str]) -> String {
    let output = howdah(words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shell_gets_completions_of_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&["completions", shell]);
        for word in ["demo", "status", "check", "doctor", "record", "replay", "report", "no-docker"] {
            assert!(script.contains(word), "{shell} knows no {word}");
        }
    }
}

#[test]
fn bash_accepts_its_completions() {
    let script = text(&["completions", "bash"]);
    let Ok(checked) = Command::new("bash").args(["-n", "-c", &script]).output() else { return };
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
}

#[test]
fn the_manual_tells_exit_codes_files_and_variables() {
    let page = text(&["man"]);
    for heading in
        [".TH howdah 1", ".SH NAME", ".SH \"EXIT STATUS\"", ".SH \"ENVIRONMENT\"", ".SH \"FILES\"", "HOWDAH_REFRESH"]
    {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(text(&["man", "check"]).contains(".TH howdah-check 1"));
    assert_eq!(howdah(&["man", "chek"]).status.code(), Some(2));
}

#[test]
fn a_pipe_that_closes_is_no_panic() {
    for words in [&["man"][..], &["completions", "zsh"], &["config", "show"], &["--help"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_howdah"))
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{words:?}: {output:?}");
    }
}

#[test]
fn a_password_in_a_target_is_in_no_message() {
    for target in ["mysql://root:hunter2@db", "postgresql://u:hunter2@h --bogus"] {
        let output = howdah(&["status", target, "--config", "/nowhere/at/all.toml"]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains("hunter2") && !said.is_empty(), "{said}");
    }
}

#[test]
fn a_password_in_a_config_is_warned_of_when_all_may_read_it_and_is_never_shown() {
    use std::os::unix::fs::PermissionsExt as _;

    let file = tempfile::NamedTempFile::new().unwrap();
    let nodes = r#"["postgresql://u:hunter2@h/d", "host=h password='hunter2'"]"#;
    std::fs::write(file.path(), format!("[[cluster]]\nname = \"a\"\nnodes = {nodes}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    for (mode, is_warned) in [(0o600, false), (0o644, true)] {
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let output = howdah(&["config", "show", "--config", path]);
        let out = String::from_utf8(output.stdout).unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(out.contains(r#"["postgresql://u:***@h/d", "host=h password=***"]"#), "{out}");
        assert_eq!(err.contains("holds a password"), is_warned, "{err}");
        assert!(!out.contains("hunter2") && !err.contains("hunter2"));
    }
}
