//! The report for people.

use std::io::{self, Write};

use super::{
    super::table::{self, Align},
    NodeReport, Report, TerminalReport,
};

/// Writes the report for people.
///
/// # Errors
/// When the output cannot be written.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let left = [Align::Left; 4];
    writeln!(out, "places")?;
    let mut rows = Vec::new();
    for place in &report.places {
        let hint = place.hint.as_ref().map(|hint| format!("→ {hint}")).unwrap_or_default();
        rows.push(vec![place.name.clone(), place.state.to_owned(), place.what.clone(), hint]);
    }
    or_nothing(out, &left, &rows, "nowhere was looked at")?;
    for (place, limit) in report.places.iter().flat_map(|p| p.limits.iter().map(move |limit| (p, limit))) {
        writeln!(out, "    not to be seen in {}: {limit}", place.name)?;
    }

    writeln!(out, "\nnodes")?;
    if report.nodes.is_empty() {
        writeln!(out, "  none was found")?;
    }
    for node in &report.nodes {
        one_node(node, out)?;
    }

    writeln!(out, "\nterminal")?;
    table::write(out, "  ", &left, &terminal(&report.terminal))?;

    writeln!(out, "\nconfig")?;
    let rows: Vec<Vec<String>> = report
        .files
        .iter()
        .map(|f| vec![f.path.clone(), if f.is_read { "read" } else { "absent" }.to_owned(), f.said_by.clone()])
        .collect();
    or_nothing(out, &left, &rows, "no file is read: neither HOME nor XDG_CONFIG_HOME is set")?;
    for warning in &report.warnings {
        writeln!(out, "  {warning}")?;
    }
    Ok(())
}

fn or_nothing(out: &mut dyn Write, aligns: &[Align], rows: &[Vec<String>], otherwise: &str) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "  {otherwise}");
    }
    table::write(out, "  ", aligns, rows)
}

fn one_node(node: &NodeReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  {} › {}   {}", node.cluster, node.name, node.host)?;
    if let Some(why) = &node.why {
        writeln!(out, "    does not answer: {why}")?;
    }
    if let (Some(version), Some(role)) = (&node.version, &node.role) {
        writeln!(out, "    PostgreSQL {version}, {role}")?;
    }
    match (&node.route, node.is_encrypted) {
        (Some(route), is_encrypted) => {
            let encrypted = if is_encrypted == Some(true) { "encrypted" } else { "not encrypted" };
            let cost = node.round_trip_ms.map(|ms| format!(", {ms} ms")).unwrap_or_default();
            writeln!(out, "    by {route}, {encrypted}{cost}")?;
        }
        (None, _) => writeln!(out, "    no way to it works")?,
    }
    match node.statements {
        Some(true) => writeln!(out, "    pg_stat_statements can be read")?,
        Some(false) => writeln!(out, "    pg_stat_statements cannot be read")?,
        None => {}
    }
    for limit in &node.limits {
        writeln!(out, "    not to be seen: {limit}")?;
    }
    if node.why.is_none() && node.limits.is_empty() {
        writeln!(out, "    this role may see everything that howdah shows")?;
    }
    Ok(())
}

fn terminal(terminal: &TerminalReport) -> Vec<Vec<String>> {
    let size = terminal.size.map_or_else(|| "unknown".to_owned(), |(columns, rows)| format!("{columns}x{rows}"));
    let console = if terminal.is_interactive { "can be opened here" } else { "cannot be opened here: not a terminal" };
    let through = if terminal.through.is_empty() { "nothing".to_owned() } else { terminal.through.join(", ") };
    [
        ("console", console.to_owned()),
        ("size", size),
        ("TERM", terminal.name.clone().unwrap_or_else(|| "not set".to_owned())),
        ("colours", terminal.colours.to_owned()),
        ("glyphs", terminal.glyphs.to_owned()),
        ("through", through),
    ]
    .into_iter()
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect()
}
