//! Direct: servers named by a connection string, and the peers that they tell of.
//!
//! Nothing is watched here: no platform tells about a machine known only by its address, and that
//! is what is said of its state. What a connection string means is for the one who connects to
//! know; a string with several hosts comes in split already, one endpoint for each.

use crate::{
    domain::{Host, HostId, HostKind, NodeId, Observed, Place, PlaceState, RouteKind, Text},
    platform::{ConninfoText, Credentials, Found, Reach, Way},
};

const NOT_TOLD: &str = "no platform tells about this machine";

/// A server that a connection string names, or one that is reached in the same manner.
#[must_use]
pub fn endpoint(conninfo: ConninfoText, host: &str, port: u16, name: Option<Text>) -> Found {
    found(
        host,
        port,
        name,
        Reach {
            ways: vec![Way::Conninfo { text: conninfo, host: Some((host.to_owned(), port)) }],
            credentials: Credentials::default(),
        },
    )
}

/// A pooler whose admin console a connection string names. It is none of the nodes, whatever listens there.
#[must_use]
pub fn pooler(conninfo: ConninfoText, host: &str, port: u16) -> Found {
    let mut found = endpoint(conninfo, host, port, None);
    found.node = NodeId(format!("pooler:{}", address(host, port)).into());
    found
}

/// A server that another one told of: a standby in `pg_stat_replication`, an upstream in
/// `primary_conninfo`. `like` is how that other one was reached: who may log in there is tried here.
/// A peer of a server that was named by a connection string is an [`endpoint`] of the same string.
#[must_use]
pub fn discovered(host: &str, port: u16, name: Option<Text>, like: &Credentials) -> Found {
    let ways = vec![Way::Tcp { kind: RouteKind::Address, host: host.to_owned(), port }];
    found(host, port, name, Reach { ways, credentials: like.clone() })
}

/// The identity of the server at an address.
#[must_use]
pub fn node(host: &str, port: u16) -> NodeId {
    NodeId(format!("direct:{}", address(host, port)).into())
}

/// What there is to say of the place: connection strings are not searched, only used.
#[must_use]
pub fn place(name: impl Into<Text>, found: usize) -> Place {
    Place {
        name: name.into(),
        state: PlaceState::Watched { what: "connection strings".into(), found, limits: Vec::new() },
    }
}

fn found(host: &str, port: u16, name: Option<Text>, reach: Reach) -> Found {
    let address: Text = address(host, port).into();
    Found {
        node: node(host, port),
        name: name.unwrap_or_else(|| address.clone()),
        host: Host {
            id: HostId(address.clone()),
            kind: HostKind::Machine,
            place: format!("direct {host}").into(),
            name: address,
            group: None,
            image: None,
            addresses: vec![host.into()],
            port: Some(port),
            manager: None,
            state: Observed::unknown(NOT_TOLD),
            usage: Observed::unknown(NOT_TOLD),
            claims: Vec::new(),
            pod: None,
            tidings: Vec::new(),
        },
        reach,
    }
}

/// `10.0.0.5:5432`, `[::1]:5432`.
fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_known_by_address_has_no_state() {
        let found = endpoint(ConninfoText::new("host=db1 password=hunter2".into()), "db1", 5433, None);
        assert_eq!(found.node.0, "direct:db1:5433");
        assert_eq!(found.name, "db1:5433");
        assert_eq!(found.host.state.why().map(Text::as_str), Some("no platform tells about this machine"));
        assert!(!format!("{found:?}").contains("hunter2"), "a password in Debug");
    }

    #[test]
    fn a_peer_is_reached_with_the_same_credentials() {
        let like = Credentials { user: Some("monitor".into()), password: Some("hunter2".into()), database: None };
        let found = discovered("::1", 5432, Some("pg2".into()), &like);
        assert_eq!(found.node.0, "direct:[::1]:5432");
        assert_eq!(found.reach.credentials.user.as_deref(), Some("monitor"));
        assert!(matches!(&found.reach.ways[..], [Way::Tcp { host, port: 5432, .. }] if host == "::1"));
        assert!(!format!("{found:?}").contains("hunter2"), "a password in Debug");
    }
}
