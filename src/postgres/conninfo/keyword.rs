//! The keywords of connection strings, with the variables of the environment that stand for them.
//!
//! The table is libpq's. A keyword that libpq knows is never refused as unknown; one that would
//! make a connection safer than howdah can make it is refused as unsupported, because to ignore it
//! would be a silent downgrade.

/// What becomes of a keyword's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is honoured.
    Honoured,
    /// It has no bearing on a monitoring session.
    Ignored,
    /// It asks for a protection that is not offered; only these values are harmless.
    Refused(&'static [&'static str]),
}

/// One keyword.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyword {
    /// Its name in a connection string.
    pub(crate) name: &'static str,
    /// The variable that stands for it.
    pub(crate) variable: Option<&'static str>,
    /// What becomes of it.
    pub(crate) usage: Use,
}

const fn honoured(name: &'static str, variable: &'static str) -> Keyword {
    Keyword { name, variable: Some(variable), usage: Use::Honoured }
}

const fn plain(name: &'static str) -> Keyword {
    Keyword { name, variable: None, usage: Use::Honoured }
}

const fn ignored(name: &'static str) -> Keyword {
    Keyword { name, variable: None, usage: Use::Ignored }
}

const fn refused(name: &'static str, variable: Option<&'static str>, harmless: &'static [&'static str]) -> Keyword {
    Keyword { name, variable, usage: Use::Refused(harmless) }
}

/// Every keyword.
pub(crate) const KEYWORDS: &[Keyword] = &[
    honoured("service", "PGSERVICE"),
    honoured("servicefile", "PGSERVICEFILE"),
    honoured("host", "PGHOST"),
    honoured("hostaddr", "PGHOSTADDR"),
    honoured("port", "PGPORT"),
    honoured("user", "PGUSER"),
    honoured("password", "PGPASSWORD"),
    honoured("passfile", "PGPASSFILE"),
    honoured("dbname", "PGDATABASE"),
    honoured("options", "PGOPTIONS"),
    honoured("application_name", "PGAPPNAME"),
    plain("fallback_application_name"),
    honoured("connect_timeout", "PGCONNECT_TIMEOUT"),
    honoured("target_session_attrs", "PGTARGETSESSIONATTRS"),
    honoured("channel_binding", "PGCHANNELBINDING"),
    honoured("sslmode", "PGSSLMODE"),
    honoured("sslnegotiation", "PGSSLNEGOTIATION"),
    honoured("sslrootcert", "PGSSLROOTCERT"),
    honoured("sslcert", "PGSSLCERT"),
    honoured("sslkey", "PGSSLKEY"),
    refused("sslcrl", Some("PGSSLCRL"), &[]),
    refused("sslcrldir", Some("PGSSLCRLDIR"), &[]),
    refused("requirepeer", Some("PGREQUIREPEER"), &[]),
    refused("require_auth", Some("PGREQUIREAUTH"), &[]),
    refused("gssencmode", Some("PGGSSENCMODE"), &["disable", "prefer"]),
    refused("sslcertmode", Some("PGSSLCERTMODE"), &["allow"]),
    refused("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION"), &["TLSv1", "TLSv1.1", "TLSv1.2"]),
    refused("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION"), &["TLSv1.3"]),
    refused("sslpassword", None, &[]),
    refused("scram_client_key", None, &[]),
    refused("scram_server_key", None, &[]),
    refused("replication", None, &["false", "off", "no", "0"]),
    ignored("client_encoding"),
    ignored("keepalives"),
    ignored("keepalives_idle"),
    ignored("keepalives_interval"),
    ignored("keepalives_count"),
    ignored("tcp_user_timeout"),
    ignored("sslcompression"),
    ignored("sslsni"),
    ignored("sslkeylogfile"),
    ignored("krbsrvname"),
    ignored("gsslib"),
    ignored("gssdelegation"),
    ignored("load_balance_hosts"),
    ignored("min_protocol_version"),
    ignored("max_protocol_version"),
    ignored("oauth_issuer"),
    ignored("oauth_client_id"),
    ignored("oauth_client_secret"),
    ignored("oauth_scope"),
    ignored("tty"),
    ignored("authtype"),
];

/// A keyword by its name.
pub(crate) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|k| k.name == name)
}

/// The keyword that a misspelt one probably meant.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let near = |k: &&Keyword| distance(k.name, name) <= 2 || (name.len() > 3 && k.name.starts_with(name));
    KEYWORDS.iter().filter(near).min_by_key(|k| distance(k.name, name)).map(|k| k.name)
}

/// How many characters have to be changed, added or dropped to turn one word into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (b, cell) in other.iter().zip(row.iter_mut().skip(1)) {
            let best = (diagonal + usize::from(a != *b)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
