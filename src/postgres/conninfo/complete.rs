//! Defaults and checks: merged parameters become values.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use super::{
    Address, ChannelBinding, Conninfo, ConninfoError, DEFAULT_PORT, HostPort, Parameters, Roots, Surroundings,
    TargetSessionAttrs, TlsPolicy,
};
use crate::postgres::{passfile, tls::SslMode};

/// Where sockets of a local server are looked for, in this order.
const SOCKET_DIRECTORIES: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// Turns merged parameters into values, with libpq's defaults for what is missing.
pub(super) fn complete(given: &Parameters, around: &Surroundings<'_>) -> Result<Conninfo, ConninfoError> {
    let user = given.get("user").or(around.os_user).ok_or(ConninfoError::NoUser)?.to_owned();
    let dbname = given.get("dbname").unwrap_or(&user).to_owned();
    let mut hosts = hosts(given)?;
    let password = given.get("password").map(SecretString::from);
    let mut passfile_trouble = None;
    if password.is_none() {
        let file = given.get("passfile").map(PathBuf::from).or_else(|| around.in_home(".pgpass"));
        match file.as_deref().map_or(Ok(None), passfile::read) {
            Ok(None) => {}
            Ok(Some(entries)) => {
                for host in &mut hosts {
                    host.password = passfile::find(&entries, host, &dbname, &user);
                }
            }
            Err(trouble) => passfile_trouble = Some(trouble.to_string()),
        }
    }
    Ok(Conninfo {
        hosts,
        user,
        password,
        dbname,
        tls: tls_policy(given, around)?,
        connect_timeout: connect_timeout(given)?,
        target_session_attrs: target_session_attrs(given)?,
        options: given.get("options").map(str::to_owned),
        application_name: given.get("application_name").or(given.get("fallback_application_name")).map(str::to_owned),
        passfile_trouble,
    })
}

const MERGED: &str = "connection parameters";

fn bad(name: &'static str, expected: &'static str) -> ConninfoError {
    ConninfoError::BadValue { place: MERGED.to_owned(), name, expected }
}

/// The servers: `host`, `hostaddr` and `port` are lists that go together.
fn hosts(given: &Parameters) -> Result<Vec<HostPort>, ConninfoError> {
    let list = |name| given.get(name).map(|v| v.split(',').map(str::trim).collect::<Vec<_>>()).unwrap_or_default();
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = if addresses.is_empty() { names.len().max(1) } else { addresses.len() };
    if !addresses.is_empty() && !names.is_empty() && names.len() != count {
        return Err(ConninfoError::CountsDiffer { name: "host", many: names.len(), hosts: count });
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ConninfoError::CountsDiffer { name: "port", many: ports.len(), hosts: count });
    }
    (0..count)
        .map(|i| {
            let name = names.get(i).copied().filter(|n| !n.is_empty());
            let ip = match addresses.get(i).filter(|a| !a.is_empty()) {
                Some(ip) => Some(ip.parse().map_err(|_| bad("hostaddr", "an IPv4 or IPv6 address"))?),
                None => None,
            };
            let port = match if ports.len() > 1 { ports.get(i) } else { ports.first() } {
                None | Some(&"") => DEFAULT_PORT,
                Some(port) => port
                    .parse()
                    .ok()
                    .filter(|p| *p != 0)
                    .ok_or_else(|| bad("port", "a whole number from 1 to 65535"))?,
            };
            Ok(HostPort { address: address(name, ip, port), port, password: None })
        })
        .collect()
}

fn address(name: Option<&str>, ip: Option<IpAddr>, port: u16) -> Address {
    match (name, ip) {
        (name, Some(ip)) => Address::Tcp { name: name.map_or_else(|| ip.to_string(), str::to_owned), ip: Some(ip) },
        (Some(name), None) if name.starts_with(['/', '@']) => Address::Unix(name.into()),
        (Some(name), None) => Address::Tcp { name: name.to_owned(), ip: name.parse().ok() },
        (None, None) => Address::Unix(socket_directory(port)),
    }
}

/// The directory with the socket of a local server, or the first one when there is none.
fn socket_directory(port: u16) -> PathBuf {
    let [first, ..] = SOCKET_DIRECTORIES;
    let has_socket = |d: &&str| PathBuf::from(d).join(format!(".s.PGSQL.{port}")).exists();
    PathBuf::from(SOCKET_DIRECTORIES.into_iter().find(|d| has_socket(d)).unwrap_or(first))
}

/// Whether a socket directory is one that a server uses unless told otherwise; `.pgpass` calls it `localhost`.
pub(in crate::postgres) fn is_default_socket_directory(directory: &str) -> bool {
    SOCKET_DIRECTORIES.contains(&directory)
}

fn tls_policy(given: &Parameters, around: &Surroundings<'_>) -> Result<TlsPolicy, ConninfoError> {
    let roots = match given.get("sslrootcert") {
        Some("system") => Roots::System,
        Some(path) => Roots::File(path.into()),
        None => around.in_home(".postgresql/root.crt").map_or(Roots::None, Roots::Default),
    };
    let mode = match given.get("sslmode") {
        Some(word) => SslMode::from_word(word).ok_or_else(|| bad("sslmode", SslMode::EXPECTED))?,
        None if roots == Roots::System => SslMode::VerifyFull,
        None => SslMode::default(),
    };
    if roots == Roots::System && mode != SslMode::VerifyFull {
        return Err(ConninfoError::WeakWithSystem { mode: mode.word() });
    }
    let is_direct = match given.get("sslnegotiation") {
        None | Some("postgres") => false,
        Some("direct") if mode >= SslMode::Require => true,
        Some("direct") => return Err(bad("sslnegotiation", "\"direct\" only with sslmode=require or stronger")),
        Some(_) => return Err(bad("sslnegotiation", "postgres or direct")),
    };
    let channel_binding = match given.get("channel_binding") {
        Some("disable") => ChannelBinding::Disable,
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(bad("channel_binding", "disable, prefer or require")),
    };
    let file = |name, default| given.get(name).map(PathBuf::from).or_else(|| around.in_home(default));
    Ok(TlsPolicy {
        mode,
        is_direct,
        roots,
        certificate: file("sslcert", ".postgresql/postgresql.crt"),
        key: file("sslkey", ".postgresql/postgresql.key"),
        channel_binding,
    })
}

fn connect_timeout(given: &Parameters) -> Result<Option<Duration>, ConninfoError> {
    let Some(text) = given.get("connect_timeout") else { return Ok(None) };
    let seconds: i32 = text.trim().parse().map_err(|_| bad("connect_timeout", "a whole number of seconds"))?;
    // As in libpq: zero and less mean no limit.
    Ok(u64::try_from(seconds).ok().filter(|s| *s > 0).map(Duration::from_secs))
}

fn target_session_attrs(given: &Parameters) -> Result<TargetSessionAttrs, ConninfoError> {
    Ok(match given.get("target_session_attrs") {
        None | Some("any") => TargetSessionAttrs::Any,
        Some("read-write") => TargetSessionAttrs::ReadWrite,
        Some("read-only") => TargetSessionAttrs::ReadOnly,
        Some("primary") => TargetSessionAttrs::Primary,
        Some("standby") => TargetSessionAttrs::Standby,
        Some("prefer-standby") => TargetSessionAttrs::PreferStandby,
        Some(_) => {
            return Err(bad("target_session_attrs", "any, read-write, read-only, primary, standby or prefer-standby"));
        }
    })
}
