//! A plan in plain text: what `--dry-run` prints, and a runbook for people without howdah.

use std::fmt::Write as _;

use super::{Act, Loss, Plan, Rebuilding, Step};

/// The plan for a person who is to say yes: what, what may be lost, each step with what it waits for.
#[must_use]
pub fn outline(plan: &Plan) -> String {
    let mut text = format!("{}: {}\n", plan.subject.name, plan.intent);
    let _ = writeln!(text, "loss: {}", plan.loss);
    for sentence in &plan.checked {
        let _ = writeln!(text, "  ✓ {sentence}");
    }
    for remark in &plan.remarks {
        let _ = writeln!(text, "  ! {remark}");
    }
    text.push_str("steps:\n");
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "  {:>2}  {}", number + 1, step.words());
        for guard in &step.needs {
            let _ = writeln!(text, "        only if {guard}");
        }
        for guard in &step.until {
            let _ = writeln!(text, "        until {guard}");
        }
    }
    text.push_str("done when:\n");
    for guard in &plan.finally {
        let _ = writeln!(text, "      {guard}");
    }
    text
}

/// The same plan as Markdown with the commands that a person would type.
#[must_use]
pub fn runbook(plan: &Plan) -> String {
    let mut text = format!("# {}: {}\n\nLoss: {}.\n", plan.subject.name, plan.intent, plan.loss);
    for remark in &plan.remarks {
        let _ = write!(text, "\n> {remark}\n");
    }
    for (number, step) in plan.steps.iter().enumerate() {
        let _ = write!(text, "\n{}. {}\n", number + 1, step.words());
        for guard in &step.needs {
            let _ = writeln!(text, "   - only if {guard}");
        }
        let commands = commands(step);
        if !commands.is_empty() {
            let _ = writeln!(text, "\n   ```");
            for line in commands.lines() {
                let _ = writeln!(text, "   {line}");
            }
            let _ = writeln!(text, "   ```");
        }
        for guard in &step.until {
            let _ = writeln!(text, "   - wait until {guard}");
        }
    }
    text.push_str("\nDone when:\n\n");
    for guard in &plan.finally {
        let _ = writeln!(text, "- {guard}");
    }
    text
}

/// What a person would type on the node for a step.
fn commands(step: &Step) -> String {
    match &step.act {
        Act::Checkpoint => "CHECKPOINT;".to_owned(),
        Act::CreateSlot { slot } => format!("SELECT pg_create_physical_replication_slot('{slot}', true);"),
        Act::DropSlot { slot } => format!("SELECT pg_drop_replication_slot('{slot}');"),
        Act::PrepareStandby { follow, slot, application_name } => {
            let slot = slot.as_ref().map(|s| format!("\nALTER SYSTEM SET primary_slot_name = '{s}';")).unwrap_or_default();
            format!(
                "-- as {} connects to its primary, with user and password, but:\nALTER SYSTEM SET primary_conninfo = 'host={} port={} application_name={application_name} …';{slot}\n-- and on the host: touch $PGDATA/standby.signal",
                follow.node, follow.host, follow.port
            )
        }
        Act::KeepPrimary => "-- on the host: rm $PGDATA/standby.signal\nALTER SYSTEM RESET primary_conninfo;\nALTER SYSTEM RESET primary_slot_name;".to_owned(),
        Act::Follow { follow } => format!(
            "-- its own primary_conninfo, but:\nALTER SYSTEM SET primary_conninfo = 'host={} port={} …';\nSELECT pg_reload_conf();",
            follow.host, follow.port
        ),
        Act::Stop => "pg_ctl stop -m fast".to_owned(),
        Act::Halt => "pg_ctl stop -m immediate".to_owned(),
        Act::ReadControl { .. } | Act::ProveStandby { .. } => "pg_controldata | grep -E 'state|checkpoint location'".to_owned(),
        Act::Promote { .. } => "SELECT pg_promote();".to_owned(),
        Act::Start => "pg_ctl start".to_owned(),
        Act::Fence { data_directory, .. } => {
            format!(
                "docker update --restart=no CONTAINER; docker kill CONTAINER   # or end the server's processes\n# then, in {data_directory} of the stopped host: touch standby.signal"
            )
        }
        Act::Rebuild { how: Rebuilding::Rewind, follow, data_directory, .. } => format!(
            "# in a container with the same volumes, or as the owner of the data; first with --dry-run\npg_rewind -D {data_directory} --source-server='host={} port={} dbname=postgres user=…'\n# then its own configuration files, primary_conninfo and standby.signal again",
            follow.host, follow.port
        ),
        Act::Rebuild { how: Rebuilding::Backup, follow, slot, data_directory, .. } => format!(
            "# in a container with the same volumes, or as the owner of the data, into the emptied directory\npg_basebackup -D {data_directory} -d 'host={} port={} user=…' -R -X stream -c fast -P -S {slot}",
            follow.host, follow.port
        ),
        Act::RestorePolicy => "docker update --restart=POLICY CONTAINER".to_owned(),
        Act::Cancel { session } => format!("SELECT pg_cancel_backend({});", session.id.pid),
        Act::Terminate { session } => format!("SELECT pg_terminate_backend({});", session.id.pid),
        Act::Reload => "SELECT pg_reload_conf();".to_owned(),
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::AtMost { bytes, time, why } => {
                write!(f, "at most {} bytes of the log", bytes.0)?;
                if let Some(time) = time {
                    write!(f, ", {:.1} s", time.as_secs_f64())?;
                }
                write!(f, " ({why})")
            }
            Self::Unknown { why } => write!(f, "unknown: {why}"),
        }
    }
}
