//! The layers put over each other: built in, files, environment, command line.

use std::{fs, io, os::unix::fs::PermissionsExt, path::Path, path::PathBuf, time::Duration};

use secrecy::zeroize::Zeroizing;

use super::{
    Kubernetes, Letters, Lookup, Origin, Paths, Problem, Problems, SafetyMode, Settings, Sourced, Target, conninfo,
    file, value,
};
use crate::platform::kubernetes::Wanted;

/// What the command line says; `None`, `false` and empty say nothing.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--refresh`.
    pub refresh: Option<Duration>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
    /// `--docker`, as often as it was given.
    pub docker: Vec<String>,
    /// `--no-docker`.
    pub no_docker: bool,
    /// `--no-local`.
    pub no_local: bool,
    /// `--no-kubernetes`.
    pub no_kubernetes: bool,
    /// `--context`, `-n`, `-A`, `--kubeconfig`, `--as`.
    pub pods: Wanted,
    /// Whether this runs as kubectl's plugin: it looks at what kubectl looks at, and at nothing else.
    pub is_plugin: bool,
    /// `--read-only`.
    pub read_only: bool,
    /// `--ascii`.
    pub ascii: bool,
    /// `--log-file`.
    pub log_file: Option<PathBuf>,
    /// What the command line names.
    pub targets: Vec<Target>,
    /// psql's letters.
    pub letters: Letters,
}

/// Settings that may be used, and what should be said about them.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// One sentence each: nothing is wrong enough to stop, but somebody should know.
    pub warnings: Vec<String>,
    /// The files that were read, in their order.
    pub read: Vec<PathBuf>,
}

/// Reads every layer.
///
/// # Errors
/// Every problem of every layer, when there is one.
pub fn load(paths: &Paths, lookup: Lookup<'_>, flags: Flags) -> Result<Loaded, Problems> {
    let mut loaded = Loaded { settings: Settings::default(), warnings: Vec::new(), read: Vec::new() };
    let mut problems = Vec::new();
    for (path, must_exist) in paths.files() {
        match read(path) {
            Ok(text) => {
                problems.extend(file::apply(path, &text, &mut loaded.settings));
                loaded.read.push(path.clone());
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {}
            Err(error) => problems.push(unreadable(path, &error)),
        }
    }
    problems.extend(environment(lookup, &mut loaded.settings));
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    command_line(flags, &mut loaded.settings);
    loaded.warnings = warnings(&loaded.settings);
    Ok(loaded)
}

/// A file's text, which may hold passwords.
fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    // Not every directory says "is a directory" when it is read.
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
    }
    fs::read_to_string(path).map(Zeroizing::new)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        io::ErrorKind::InvalidData => "is not UTF-8 text".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    Problem::in_file(path, None, what, "a readable file of settings")
}

fn environment(lookup: Lookup<'_>, settings: &mut Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    let given = |name: &str| lookup(name).filter(|value| !value.is_empty());
    if let Some(text) = given("HOWDAH_REFRESH") {
        match value::REFRESH.read(&text) {
            Some(refresh) => settings.refresh.replace(refresh, Origin::Env("HOWDAH_REFRESH")),
            None => problems.push(Problem::in_variable(
                "HOWDAH_REFRESH",
                format!("its value is {text:?}"),
                value::REFRESH.expected,
            )),
        }
    }
    for (name, into) in [("HOWDAH_THEME", &mut settings.theme), ("HOWDAH_KEYMAP", &mut settings.keymap)] {
        if let Some(text) = given(name) {
            into.replace(text, Origin::Env(name));
        }
    }
    problems
}

fn command_line(flags: Flags, settings: &mut Settings) {
    fn put<T>(into: &mut Sourced<T>, value: Option<T>, flag: &'static str) {
        if let Some(value) = value {
            into.replace(value, Origin::Flag(flag));
        }
    }
    pods(&flags, settings);
    put(&mut settings.refresh, flags.refresh, "--refresh");
    put(&mut settings.theme, flags.theme, "--theme");
    put(&mut settings.keymap, flags.keymap, "--keymap");
    put(&mut settings.ascii, flags.ascii.then_some(true), "--ascii");
    put(&mut settings.safety.mode, flags.read_only.then_some(SafetyMode::ReadOnly), "--read-only");
    put(&mut settings.discover.docker, (!flags.docker.is_empty()).then_some(true), "--docker");
    put(&mut settings.discover.docker, flags.no_docker.then_some(false), "--no-docker");
    put(&mut settings.discover.local, flags.no_local.then_some(false), "--no-local");
    settings.discover.docker_hosts = flags.docker;
    settings.log_file = flags.log_file;
    settings.targets = flags.targets;
    settings.letters = flags.letters;
}

/// What the command line says of Kubernetes. Whoever names a context or a namespace wants to see that, as with kubectl, and
/// not the containers of this machine beside it, unless they are named, too.
fn pods(flags: &Flags, settings: &mut Settings) {
    let mut wanted = flags.pods.clone();
    let is_narrow = flags.is_plugin || wanted.is_explicit();
    for target in &flags.targets {
        let Target::Pod { context, namespace, .. } = target else { continue };
        for (named, list) in [(context, &mut wanted.contexts), (namespace, &mut wanted.namespaces)] {
            if let Some(name) = named.as_ref().filter(|name| !list.contains(name)) {
                list.push(name.clone());
            }
        }
    }
    let discover = &mut settings.discover;
    if is_narrow {
        let flag = if flags.is_plugin { "kubectl" } else { "--context, -n, -A" };
        for (is_named, switch) in [(!flags.docker.is_empty(), &mut discover.docker), (false, &mut discover.local)] {
            if !is_named {
                switch.replace(false, Origin::Flag(flag));
            }
        }
        if *discover.kubernetes == Kubernetes::Off {
            discover.kubernetes.replace(Kubernetes::Current, Origin::Flag(flag));
        }
    }
    if flags.no_kubernetes {
        discover.kubernetes.replace(Kubernetes::Off, Origin::Flag("--no-kubernetes"));
    }
    discover.pods = wanted;
}

fn warnings(settings: &Settings) -> Vec<String> {
    let mut warnings = Vec::new();
    for cluster in &settings.clusters {
        let Origin::File { path, .. } = &cluster.origin else { continue };
        let has_secret = cluster.nodes.iter().chain(&cluster.pgbouncer).any(|c| conninfo::has_secret(c.expose()));
        if has_secret && is_open(path) {
            let path = path.display();
            let warning = format!(
                "{path} holds a password and everybody on this machine may read it: chmod 600 {path}, or use .pgpass"
            );
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    let named = settings.targets.iter().filter_map(|target| match target {
        Target::Conninfo(text) => Some(text),
        Target::Docker(_) | Target::Pod { .. } | Target::Name(_) => None,
    });
    if named.chain(&settings.letters.dbname).any(|text| conninfo::has_secret(text.expose())) {
        let advice = "use .pgpass, PGPASSWORD, a service file or -W";
        warnings.push(format!("others on this machine can see the password on the command line: {advice}"));
    }
    warnings
}

/// Whether everybody may read the file.
fn is_open(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o004 != 0)
}

#[cfg(test)]
mod tests;
