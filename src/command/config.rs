//! `howdah config check|show|paths`: the settings, looked at.

use std::io::{self, Write};

use super::{
    Failure, Surroundings, doctor,
    table::{self, Align},
};
use crate::{
    cli::ConfigVerb,
    config::{self, Flags, Loaded, Origin, Paths, Settings, conninfo, value},
    platform::ConninfoText,
};

/// Does what was asked of the settings.
///
/// # Errors
/// Every problem of the settings; or the output cannot be written.
pub fn run(verb: ConfigVerb, paths: &Paths, flags: Flags, around: &mut Surroundings<'_>) -> Result<(), Failure> {
    match verb {
        ConfigVerb::Paths => print_paths(paths, around.out)?,
        ConfigVerb::Check => {
            let loaded = config::load(paths, around.lookup, flags)?;
            check(&loaded, around.out)?;
        }
        ConfigVerb::Show => {
            let loaded = config::load(paths, around.lookup, flags)?;
            for warning in &loaded.warnings {
                writeln!(around.err, "howdah: {warning}")?;
            }
            show(&loaded.settings, around.out)?;
        }
    }
    around.out.flush()?;
    Ok(())
}

fn check(loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    for warning in &loaded.warnings {
        writeln!(out, "{warning}")?;
    }
    if loaded.read.is_empty() {
        return writeln!(out, "there is no config, and none is needed");
    }
    for path in &loaded.read {
        writeln!(out, "{}: good", path.display())?;
    }
    Ok(())
}

fn print_paths(paths: &Paths, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Vec<String>> = doctor::files(paths)
        .into_iter()
        .map(|f| vec![f.path, if f.is_read { "read" } else { "absent" }.to_owned(), f.said_by])
        .collect();
    table::write(out, "", &[Align::Left; 3], &rows)
}

fn kubernetes(contexts: &config::Kubernetes) -> String {
    match contexts {
        config::Kubernetes::Off => "false".to_owned(),
        config::Kubernetes::Current => "true".to_owned(),
        config::Kubernetes::Contexts(contexts) => list(contexts.iter().map(String::as_str)),
    }
}

/// Prints every setting with its origin, in the order and spelling of a config file. Secrets are not shown.
///
/// # Errors
/// When the output cannot be written.
pub fn show(settings: &Settings, out: &mut dyn Write) -> io::Result<()> {
    let Settings {
        refresh,
        theme,
        keymap,
        ascii,
        safety,
        discover,
        record,
        clusters,
        pgbouncer,
        targets,
        letters,
        log_file,
    } = settings;
    let mut lines = vec![
        line("refresh", &text(&value::written(**refresh)), &refresh.origin),
        line("theme", &text(theme), &theme.origin),
        line("keymap", &text(keymap), &keymap.origin),
        line("pgbouncer", &masked(pgbouncer), &pgbouncer.origin),
        heading("[safety]"),
        line("mode", &text(safety.mode.word()), &safety.mode.origin),
        line("unlock_for", &text(&value::written(*safety.unlock_for)), &safety.unlock_for.origin),
        heading("[discover]"),
        line("docker", &discover.docker.to_string(), &discover.docker.origin),
        line("local", &discover.local.to_string(), &discover.local.origin),
        line("kubernetes", &kubernetes(&discover.kubernetes), &discover.kubernetes.origin),
        heading("[record]"),
        line("console", &record.console.to_string(), &record.console.origin),
        line("size", &text(&value::written_size(*record.size)), &record.size.origin),
        line("redact", &record.redact.to_string(), &record.redact.origin),
    ];
    for cluster in clusters {
        lines.push(heading("[[cluster]]"));
        lines.push(line("name", &text(&cluster.name), &cluster.origin));
        if let Some(environment) = &cluster.environment {
            lines.push(line("environment", &text(environment), &cluster.origin));
        }
        for (key, conninfos) in [("nodes", &cluster.nodes), ("pgbouncer", &cluster.pgbouncer)] {
            if !conninfos.is_empty() {
                lines.push(line(key, &masked(conninfos), &cluster.origin));
            }
        }
        if !cluster.backups.is_empty() {
            let folders: Vec<String> = cluster.backups.iter().map(|path| path.display().to_string()).collect();
            lines.push(line("backups", &list(folders.iter().map(String::as_str)), &cluster.origin));
        }
    }
    let named: Vec<ConninfoText> = settings.named_conninfos().collect();
    let names: Vec<&str> = targets.iter().filter_map(config::Target::name).collect();
    let flags = [
        ("--ascii", ascii.then(|| "true".to_owned())),
        (
            "--docker",
            (!discover.docker_hosts.is_empty()).then(|| list(discover.docker_hosts.iter().map(String::as_str))),
        ),
        ("--log-file", log_file.as_ref().map(|path| text(&path.display().to_string()))),
        ("--username", letters.user.as_deref().map(text)),
        ("servers", (!named.is_empty()).then(|| masked(&named))),
        ("names", (!names.is_empty()).then(|| list(names.into_iter()))),
    ];
    let flags: Vec<Vec<String>> = flags
        .into_iter()
        .filter_map(|(flag, value)| Some(vec![format!("# {flag}"), format!("= {}", value?)]))
        .collect();
    if !flags.is_empty() {
        lines.push(heading("# on the command line only"));
        lines.extend(flags);
    }
    table::write(out, "", &[Align::Left; 2], &lines)
}

fn heading(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn line(key: &str, value: &str, origin: &Origin) -> Vec<String> {
    vec![key.to_owned(), format!("= {value}  # {origin}")]
}

/// Text as TOML writes it, without anything that could act on a terminal.
fn text(value: &str) -> String {
    toml::Value::String(crate::domain::Text::from(value).to_string()).to_string()
}

fn list<'a>(values: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", values.map(text).collect::<Vec<_>>().join(", "))
}

fn masked(conninfos: &[ConninfoText]) -> String {
    format!("[{}]", conninfos.iter().map(|c| text(&conninfo::hidden(c.expose()))).collect::<Vec<_>>().join(", "))
}
