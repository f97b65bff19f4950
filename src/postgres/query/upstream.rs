//! Where a standby replicates from: host, port and name out of `primary_conninfo`.
//!
//! The server cuts passwords out before it answers; what is left is taken apart here and dropped.

use crate::{domain::replication::Upstream, postgres::conninfo::Parameters};

/// `primary_conninfo` without `password` and `sslpassword`, in both of its forms.
pub(crate) const SQL: &str = r"regexp_replace(regexp_replace(regexp_replace(current_setting('primary_conninfo'),
   '(^|\s)(ssl)?password\s*=\s*(''(\\.|[^''\\])*''|(\\.|[^\s\\])*)', ' ', 'g'),
   '^(postgres(ql)?://)[^/?]*@', '\1'),
   '([?&])(ssl)?password=[^&]*', '\1', 'g')";

/// The upstream; `None` where there is no `primary_conninfo`.
///
/// # Errors
/// When it cannot be read, without its text.
pub(crate) fn parse(primary_conninfo: &str) -> Result<Option<Upstream>, String> {
    if primary_conninfo.trim().is_empty() {
        return Ok(None);
    }
    let parameters = Parameters::parse_leniently(primary_conninfo, "primary_conninfo").map_err(|e| e.to_string())?;
    let first = |name| parameters.get(name).and_then(|list| list.split(',').next()).filter(|v| !v.is_empty());
    Ok(Some(Upstream {
        host: first("host").or_else(|| first("hostaddr")).map(Into::into),
        port: first("port").and_then(|p| p.parse().ok()).unwrap_or(crate::postgres::conninfo::DEFAULT_PORT),
        application_name: parameters.get("application_name").map(Into::into),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let upstream = parse("user=postgres host=pg1 port=5433 application_name=pg2 sslmode=prefer gssencmode=prefer")
            .unwrap()
            .unwrap();
        assert_eq!(upstream.host.unwrap(), "pg1");
        assert_eq!((upstream.port, upstream.application_name.unwrap().as_str()), (5433, "pg2"));
        let upstream = parse("postgresql://pg1:5434/?application_name=x").unwrap().unwrap();
        assert_eq!((upstream.host.unwrap().as_str(), upstream.port), ("pg1", 5434));
        let upstream = parse("host=pg1 require_auth=scram-sha-256 keyword_of_a_later_version=1").unwrap().unwrap();
        assert_eq!(upstream.host.unwrap(), "pg1");
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse("hostaddr=10.0.0.1").unwrap().unwrap().host.unwrap(), "10.0.0.1");
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        assert!(!parse("host=a hunter2").unwrap_err().contains("hunter2"));
    }
}
