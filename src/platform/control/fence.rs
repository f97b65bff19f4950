//! The fence: a host whose server must not write again is ended at once, and it is proved that it has.
//!
//! A container's restart policy goes first: the engine must not bring back what is being ended. Then its
//! processes are killed, frozen ones too, and only the engine's word that none is left counts. A server
//! of this machine is stopped in its tracks before its children are listed, so that none escapes. What the
//! files of the data directory then decide is what the next start makes of it, whoever starts it.

use std::{
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown},
    path::Path,
};

use bollard::{
    models::{ContainerUpdateBody, RestartPolicy, RestartPolicyNameEnum as Name},
    query_parameters::{KillContainerOptionsBuilder, UploadToContainerOptionsBuilder},
};
use rustix::process::{Pid, Signal, kill_process};

use super::{CONTROL_FILE, ControlError, SMALL, container, process};
use crate::platform::{docker::Engine, local::process::Stat};

/// A policy in docker's words: `always`, `on-failure:5`, `no`.
fn words(policy: Option<RestartPolicy>) -> String {
    let Some(policy) = policy else { return super::NO_POLICY.to_owned() };
    match (policy.name, policy.maximum_retry_count) {
        (Some(Name::ALWAYS), _) => "always".to_owned(),
        (Some(Name::UNLESS_STOPPED), _) => "unless-stopped".to_owned(),
        (Some(Name::ON_FAILURE), Some(most)) if most > 0 => format!("on-failure:{most}"),
        (Some(Name::ON_FAILURE), _) => "on-failure".to_owned(),
        _ => super::NO_POLICY.to_owned(),
    }
}

fn policy(words: &str) -> Result<RestartPolicy, ControlError> {
    let (name, most) = words.split_once(':').map_or((words, None), |(name, most)| (name, most.parse().ok()));
    let name = match name {
        "no" => Name::NO,
        "always" => Name::ALWAYS,
        "unless-stopped" => Name::UNLESS_STOPPED,
        "on-failure" => Name::ON_FAILURE,
        other => return Err(ControlError::new(format!("\"{other}\" is no restart policy"))),
    };
    Ok(RestartPolicy { name: Some(name), maximum_retry_count: most })
}

pub(super) async fn set_policy(engine: &Engine, id: &str, words: &str) -> Result<(), ControlError> {
    let body = ContainerUpdateBody { restart_policy: Some(policy(words)?), ..ContainerUpdateBody::default() };
    let client = container::client(engine).await?;
    client.update_container(id, body).await.map_err(|e| container::failed(engine, &e))
}

pub(super) async fn container(engine: &Engine, id: &str) -> Result<String, ControlError> {
    let client = container::client(engine).await?;
    let before = container::inspect(engine, id).await?;
    if before.is_removed_on_exit {
        return Err(ControlError::new("the container was started with --rm: it would be removed when it ends"));
    }
    let it = client.inspect_container(id, None).await.map_err(|e| container::failed(engine, &e))?;
    let had = words(it.host_config.and_then(|c| c.restart_policy));
    if had != super::NO_POLICY {
        set_policy(engine, id, super::NO_POLICY).await?;
    }
    if before.is_running {
        let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
        let asked = client.kill_container(id, Some(options)).await;
        if let Err(error) = asked
            && container::inspect(engine, id).await?.is_running
        {
            return Err(container::failed(engine, &error));
        }
    }
    while container::inspect(engine, id).await?.is_running {
        tokio::time::sleep(container::LOOK_EVERY).await;
    }
    Ok(had)
}

pub(super) async fn process(data_directory: &Path) -> Result<(), ControlError> {
    let Some(pid) = process::running(data_directory) else { return Ok(()) };
    process::service_of(pid)?;
    let signal = |pid: u32, signal: Signal| -> Result<(), ControlError> {
        let id = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let id = id.ok_or_else(|| ControlError::new(format!("{pid} is no process")))?;
        match kill_process(id, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(ControlError::new(format!("process {pid} cannot be ended: {error}"))),
        }
    };
    // Stopped, it makes no more children while they are listed.
    signal(pid, Signal::STOP)?;
    let children = children(pid);
    signal(pid, Signal::KILL)?;
    for child in &children {
        signal(*child, Signal::KILL)?;
    }
    while process::is_server(pid) || children.iter().any(|child| process::is_server(*child)) {
        tokio::time::sleep(container::LOOK_EVERY).await;
    }
    Ok(())
}

/// The processes that a process has started itself.
fn children(of: u32) -> Vec<u32> {
    let pids = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
        stat.and_then(|text| Stat::parse(&text)).is_some_and(|stat| stat.parent == of)
    };
    numbers.filter(is_child).collect()
}

/// Only a data directory gets files: where no control file lies, a mistake would plant them anywhere.
pub(super) async fn plant_in_container(
    engine: &Engine,
    id: &str,
    data_directory: &str,
    files: &[(&str, &[u8])],
) -> Result<(), ControlError> {
    let owner = container::fetch(engine, id, &format!("{data_directory}/{CONTROL_FILE}"), SMALL).await?;
    // A data directory that is being rebuilt has its control file one floor lower.
    let owner = match owner {
        Some(owner) => Some(owner),
        None => {
            let lower = format!("{data_directory}/{}/{CONTROL_FILE}", super::rebuild::WORK);
            container::fetch(engine, id, &lower, SMALL).await?
        }
    };
    let owner = owner.ok_or_else(|| ControlError::new(format!("{data_directory} is no data directory")))?;
    let mut archive = tar::Builder::new(Vec::new());
    let unwritten = |e: std::io::Error| ControlError::new(format!("{data_directory}: {e}"));
    let mut folders: Vec<&str> = Vec::new();
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_uid(owner.uid.into());
        header.set_gid(owner.gid.into());
        header.set_mtime(u64::try_from(owner.modified).unwrap_or(0));
        if let Some((folder, _)) = name.rsplit_once('/')
            && !folders.contains(&folder)
        {
            folders.push(folder);
            let mut header = header.clone();
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o700);
            header.set_size(0);
            archive.append_data(&mut header, folder, std::io::empty()).map_err(unwritten)?;
        }
        header.set_mode(0o600);
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, *bytes).map_err(unwritten)?;
    }
    let bytes = archive.into_inner().map_err(unwritten)?;
    let options = UploadToContainerOptionsBuilder::default().path(data_directory).build();
    let client = container::client(engine).await?;
    let body = bollard::body_full(bytes.into());
    client.upload_to_container(id, Some(options), body).await.map_err(|e| container::failed(engine, &e))
}

pub(super) fn plant_in_directory(data_directory: &Path, files: &[(&str, &[u8])]) -> Result<(), ControlError> {
    let at = |e: std::io::Error| ControlError::new(format!("{}: {e}", data_directory.display()));
    let owner = std::fs::metadata(data_directory).map_err(at)?;
    let own = |path: &Path| match rustix::process::geteuid().is_root() {
        true => chown(path, Some(owner.uid()), Some(owner.gid())),
        false => Ok(()),
    };
    for (name, bytes) in files {
        let path = data_directory.join(name);
        if let Some(folder) = path.parent().filter(|folder| *folder != data_directory) {
            std::fs::create_dir_all(folder).map_err(at)?;
            own(folder).map_err(at)?;
        }
        let mut file =
            std::fs::File::options().create(true).write(true).truncate(true).mode(0o600).open(&path).map_err(at)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at)?;
        own(&path).map_err(at)?;
    }
    // The names, too, have to survive a loss of power.
    std::fs::File::open(data_directory).and_then(|folder| folder.sync_all()).map_err(at)
}

#[cfg(test)]
mod tests {
    use super::{policy, words};

    #[test]
    fn policies_come_back_as_they_were() {
        for text in ["no", "always", "unless-stopped", "on-failure", "on-failure:5"] {
            assert_eq!(words(Some(policy(text).unwrap())), text);
        }
        assert_eq!(words(None), "no");
        assert!(policy("sometimes").is_err());
    }
}
