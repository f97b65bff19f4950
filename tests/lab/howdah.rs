//! The binary under test, started in a home of its own: nothing of the person who runs the tests gets in.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// A home, an environment and the words of a command line.
pub(super) struct Howdah {
    home: TempDir,
    env: Vec<(OsString, OsString)>,
    wrapper: Vec<String>,
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) took: Duration,
}

impl Howdah {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name).into_os_string();
        let mut env: Vec<(OsString, OsString)> = vec![
            ("HOME".into(), home.path().into()),
            ("XDG_CONFIG_HOME".into(), path("config")),
            ("XDG_STATE_HOME".into(), path("state")),
            ("XDG_CACHE_HOME".into(), path("cache")),
            ("XDG_DATA_HOME".into(), path("data")),
            ("TERM".into(), "xterm-256color".into()),
            ("LANG".into(), "C.UTF-8".into()),
            ("TZ".into(), "UTC".into()),
        ];
        env.extend(["PATH", "DOCKER_HOST"].into_iter().filter_map(|k| Some((k.into(), std::env::var_os(k)?))));
        Self { home, env, wrapper: Vec::new() }
    }

    pub(super) fn env(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.into(), value.into()));
        self
    }

    /// Runs it behind another command: `unshare --net …`.
    pub(super) fn behind(mut self, wrapper: &[&str]) -> Self {
        self.wrapper = wrapper.iter().map(ToString::to_string).collect();
        self
    }

    pub(super) fn binary() -> &'static str {
        env!("CARGO_BIN_EXE_howdah")
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(super) fn environment(&self) -> &[(OsString, OsString)] {
        &self.env
    }

    /// Writes the configuration file.
    pub(super) fn configure(&self, text: &str) {
        let folder = self.home().join("config/howdah");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// The command, ready to be run.
    pub(super) fn command<S: AsRef<str>>(&self, words: &[S]) -> Command {
        let line: Vec<&str> = self.wrapper.iter().map(String::as_str).chain([Self::binary()]).collect();
        let mut command = Command::new(line.first().unwrap());
        command.args(line.iter().skip(1)).args(words.iter().map(AsRef::as_ref));
        command.env_clear().envs(self.env.iter().cloned()).current_dir(self.home()).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub(super) fn run<S: AsRef<str>>(&self, words: &[S]) -> Outcome {
        let begin = Instant::now();
        let output = self.command(words).output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: begin.elapsed(),
        }
    }

    /// `howdah VERB TARGET… `.
    pub(super) fn verb(&self, verb: &str, targets: &[String]) -> Outcome {
        let words: Vec<&str> = verb.split(' ').chain(targets.iter().map(String::as_str)).collect();
        self.run(&words)
    }

    /// What `howdah status --json` prints for these targets.
    pub(super) fn status(&self, targets: &[String]) -> Status {
        let outcome = self.verb("status --json", targets);
        let json = serde_json::from_str(&outcome.stdout).unwrap_or_else(|why| panic!("no JSON: {why}\n{outcome:#?}"));
        Status { json, took: outcome.took }
    }

    /// The status once it is as wanted; the last one, with a panic, if it is not so in time.
    pub(super) fn status_when(&self, targets: &[String], wanted: &str, is_so: impl Fn(&Status) -> bool) -> Status {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let status = self.status(targets);
            if is_so(&status) {
                return status;
            }
            assert!(Instant::now() < end, "never came to be: {wanted}\n{:#}", status.json);
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Every file that it has written into its home.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.home().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
            }
        }
        files
    }
}

/// The document of `status --json`.
#[derive(Debug)]
pub(super) struct Status {
    pub(super) json: Value,
    pub(super) took: Duration,
}

impl Status {
    pub(super) fn clusters(&self) -> &[Value] {
        self.json.pointer("/clusters").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The only cluster.
    pub(super) fn cluster(&self) -> &Value {
        match self.clusters() {
            [one] => one,
            other => panic!("one cluster was expected, not {}:\n{:#}", other.len(), self.json),
        }
    }

    pub(super) fn nodes(&self) -> Vec<&Value> {
        self.clusters().iter().filter_map(|c| c.get("nodes")?.as_array()).flatten().collect()
    }

    /// The node of that name.
    pub(super) fn node(&self, name: &str) -> &Value {
        self.nodes()
            .into_iter()
            .find(|n| n.get("name").and_then(Value::as_str) == Some(name))
            .unwrap_or_else(|| panic!("no node {name}:\n{:#}", self.json))
    }

    /// The names of the nodes that accept writes.
    pub(super) fn writers(&self) -> Vec<&str> {
        self.clusters()
            .iter()
            .filter_map(|c| c.get("writers")?.as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// How many nodes have that role.
    pub(super) fn count(&self, role: &str) -> usize {
        self.nodes().iter().filter(|n| n.get("role").and_then(Value::as_str) == Some(role)).count()
    }

    /// The code and severity of all findings.
    pub(super) fn findings(&self) -> Vec<(&str, &str)> {
        self.clusters()
            .iter()
            .filter_map(|c| c.get("findings")?.as_array())
            .flatten()
            .filter_map(|f| Some((f.get("code")?.as_str()?, f.get("severity")?.as_str()?)))
            .collect()
    }
}
