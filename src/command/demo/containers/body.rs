//! What the engine is asked to make for one server.

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, EndpointSettings, HostConfig, NetworkingConfig, PortBinding};

use crate::{command::demo::processes::NAMES, platform::local::server};

/// The shell's script.
const SCRIPT: &str = include_str!("server.sh");

/// The server's port in the container.
const PORT: &str = "5432/tcp";

/// A container for one server: the first name is the primary's, the others clone it.
pub(super) fn of(
    name: &str,
    image: &str,
    network: &str,
    password: &str,
    labels: HashMap<String, String>,
) -> ContainerCreateBody {
    let primary = if name == NAMES[0] { "" } else { NAMES[0] };
    let strings = |list: &[&str]| Some(list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>());
    // On the loopback only, on a port that the engine chooses: also reached where containers have no address from here.
    let published = PortBinding { host_ip: Some("127.0.0.1".into()), host_port: Some(String::new()) };
    let endpoint = EndpointSettings { aliases: strings(&[name]), ..Default::default() };
    ContainerCreateBody {
        image: Some(image.to_owned()),
        hostname: Some(name.to_owned()),
        user: Some("postgres".to_owned()),
        entrypoint: strings(&["/bin/sh", "-c", SCRIPT, "howdah"]),
        cmd: Some(Vec::new()),
        env: Some(vec![
            format!("POSTGRES_PASSWORD={password}"),
            format!("HOWDAH_NAME={name}"),
            format!("HOWDAH_PRIMARY={primary}"),
            format!("HOWDAH_SETTINGS={}", server::SETTINGS),
        ]),
        labels: Some(labels),
        stop_signal: Some("SIGINT".to_owned()),
        exposed_ports: strings(&[PORT]),
        // Open until the first who attached is gone.
        open_stdin: Some(true),
        stdin_once: Some(true),
        attach_stdin: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some(network.to_owned()),
            port_bindings: Some(HashMap::from([(PORT.to_owned(), Some(vec![published]))])),
            ..Default::default()
        }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])),
        }),
        ..Default::default()
    }
}

/// Changes a container so that its server runs on when its maker is gone.
pub(super) fn stay(body: &mut ContainerCreateBody) {
    body.stdin_once = Some(false);
    body.env.get_or_insert_default().push("HOWDAH_KEEP=1".to_owned());
}
