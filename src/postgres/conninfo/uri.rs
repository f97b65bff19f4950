//! The URI form: `postgresql://user:password@host:port,host2/dbname?sslmode=verify-full`.
//!
//! Everything may be left out and every part may be percent-encoded; a host may be an IPv6 address
//! in brackets or an encoded directory of a unix socket (`%2Frun%2Fpostgresql`).

use super::{ConninfoError, Parameters};

const SCHEMES: [&str; 2] = ["postgresql://", "postgres://"];

/// Whether `text` is meant as a URI.
pub(super) fn is_uri(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// Reads `text`, which starts with one of the schemes; `place` names it in errors.
pub(super) fn parse(text: &str, place: &str) -> Result<Parameters, ConninfoError> {
    let bad = |problem| ConninfoError::BadUri { place: place.to_owned(), problem };
    let rest = SCHEMES.iter().find_map(|s| text.strip_prefix(s)).ok_or_else(|| bad("it has no scheme"))?;
    let mut parameters = Parameters::default();

    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, database) = rest.split_once('/').map_or((rest, None), |(a, d)| (a, Some(d)));
    let (userinfo, hosts) = authority.split_once('@').map_or((None, authority), |(u, h)| (Some(u), h));
    if hosts.contains('@') || database.is_some_and(|d| d.contains('@')) {
        return Err(bad("it has an @ too many: write @ and / inside a user name or a password as %40 and %2F"));
    }

    if let Some(userinfo) = userinfo {
        let (user, password) = userinfo.split_once(':').map_or((userinfo, None), |(u, p)| (u, Some(p)));
        if !user.is_empty() {
            parameters.set("user", decode(user).map_err(bad)?, place);
        }
        if let Some(password) = password.filter(|p| !p.is_empty()) {
            parameters.set("password", decode(password).map_err(bad)?, place);
        }
    }
    if !hosts.is_empty() {
        let (names, ports) = hosts_and_ports(hosts).map_err(bad)?;
        if names.iter().any(|name| !name.is_empty()) {
            parameters.set("host", names.join(","), place);
        }
        if ports.iter().any(|port| !port.is_empty()) {
            parameters.set("port", ports.join(","), place);
        }
    }
    if let Some(database) = database.filter(|d| !d.is_empty()) {
        parameters.set("dbname", decode(database).map_err(bad)?, place);
    }
    for pair in query.into_iter().flat_map(|q| q.split('&')).filter(|p| !p.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| bad("a query parameter has no \"=\""))?;
        if value.contains('=') {
            return Err(bad("a query parameter has more than one \"=\": write it inside a value as %3D"));
        }
        let (name, value) = (decode(name).map_err(bad)?, decode(value).map_err(bad)?);
        match (name.as_str(), value.as_str()) {
            // The form JDBC uses.
            ("ssl", "true") => parameters.set("sslmode", "require".to_owned(), place),
            _ => parameters.set(&name, value, place),
        }
    }
    Ok(parameters)
}

/// The hosts and the ports of an authority, as many of one as of the other.
fn hosts_and_ports(text: &str) -> Result<(Vec<String>, Vec<String>), &'static str> {
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (host, port) = match part.strip_prefix('[') {
            Some(bracketed) => {
                let (host, rest) = bracketed.split_once(']').ok_or("an IPv6 address opened with [ is never closed")?;
                if host.is_empty() {
                    return Err("the brackets of an IPv6 address are empty");
                }
                match rest.strip_prefix(':') {
                    Some(port) => (host, port),
                    None if rest.is_empty() => (host, ""),
                    None => return Err("after the ] of an IPv6 address only :port may follow"),
                }
            }
            None => part.split_once(':').unwrap_or((part, "")),
        };
        hosts.push(decode(host)?);
        ports.push(decode(port)?);
    }
    Ok((hosts, ports))
}

/// Undoes percent-encoding.
fn decode(text: &str) -> Result<String, &'static str> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("after % two hexadecimal digits must follow: write a % itself as %25");
        };
        match high * 16 + low {
            0 => return Err("%00 is not allowed"),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| "the percent-encoded bytes are not UTF-8")
}
