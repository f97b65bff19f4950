//! Ways to a container: its own addresses, the ports published for it, a stream through exec.

use std::net::IpAddr;

use super::{
    engine::{Endpoint, Engine},
    inspected::Inspected,
};
use crate::{
    domain::{RouteKind, Text},
    platform::Way,
};

/// The ways in the order in which to try them. From afar a container's own address rarely leads
/// anywhere, so published ports come first there.
pub(super) fn of(it: &Inspected<'_>, engine: &Engine, endpoint: &Endpoint, port: u16) -> Vec<Way> {
    let (machine, is_here) = endpoint.machine();
    let mut ways = own_addresses(it, machine, port);
    let published = published(it, machine, is_here, port);
    if is_here {
        ways.extend(published);
    } else {
        ways.splice(0..0, published);
    }
    ways.push(Way::Exec { engine: engine.clone(), container: it.id().to_owned(), port });
    ways
}

/// The names and addresses by which other containers reach it.
pub(super) fn names(it: &Inspected<'_>) -> Vec<Text> {
    let mut names: Vec<Text> = vec![it.name().into()];
    let mut add = |name: &str| {
        let name = Text::from(name);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    };
    if let Some(name) = it.raw.config.as_ref().and_then(|config| config.hostname.as_deref()) {
        add(name);
    }
    let networks = it.raw.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    for network in networks.into_iter().flatten().map(|(_, network)| network) {
        for list in [&network.aliases, &network.dns_names] {
            list.iter().flatten().for_each(|name| add(name));
        }
        for address in [&network.ip_address, &network.global_ipv6_address].into_iter().flatten() {
            add(address);
        }
    }
    names
}

fn tcp(kind: RouteKind, host: impl Into<String>, port: u16) -> Way {
    Way::Tcp { kind, host: host.into(), port }
}

fn own_addresses(it: &Inspected<'_>, machine: &str, port: u16) -> Vec<Way> {
    let host_config = it.raw.host_config.as_ref();
    if host_config.and_then(|config| config.network_mode.as_deref()) == Some("host") {
        return vec![tcp(RouteKind::Address, machine, port)];
    }
    let networks = it.raw.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let mut networks: Vec<_> = networks.into_iter().flatten().collect();
    networks.sort_by_key(|(name, _)| *name);
    let v4 = networks.iter().filter_map(|(_, network)| network.ip_address.as_deref());
    let v6 = networks.iter().filter_map(|(_, network)| network.global_ipv6_address.as_deref());
    v4.chain(v6).filter(|address| !address.is_empty()).map(|address| tcp(RouteKind::Address, address, port)).collect()
}

fn published(it: &Inspected<'_>, machine: &str, is_here: bool, port: u16) -> Vec<Way> {
    let ports = it.raw.network_settings.as_ref().and_then(|settings| settings.ports.as_ref());
    let bindings = ports.and_then(|ports| ports.get(&format!("{port}/tcp"))?.as_deref()).unwrap_or_default();
    let mut ways = Vec::new();
    for binding in bindings {
        let Some(number) = binding.host_port.as_deref().and_then(|text| text.parse().ok()) else { continue };
        let Some(host) = reachable(binding.host_ip.as_deref().unwrap_or_default(), machine, is_here) else { continue };
        let way = tcp(RouteKind::Published, host, number);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

/// The host under which a binding can be reached from here, if it can.
fn reachable(bound: &str, machine: &str, is_here: bool) -> Option<String> {
    match bound.parse::<IpAddr>() {
        Ok(address) if address.is_unspecified() => Some(machine.to_owned()),
        Ok(address) if address.is_loopback() && !is_here => None,
        Ok(address) => Some(address.to_string()),
        Err(_) => Some(machine.to_owned()),
    }
}

#[cfg(test)]
mod tests;
