//! `primary_conninfo` turned to another server: everything in it stays, secrets too, but where it leads.

use secrecy::{ExposeSecret as _, SecretString};

use super::{ConninfoError, pairs, uri};

const PLACE: &str = "primary_conninfo";

/// The same connection string with another host and port, and another application name where one is given.
///
/// The answer is in the keyword/value form, in which the server itself writes it; keywords that this
/// version does not know are kept as they are.
///
/// # Errors
/// When it cannot be read; the sentence does not repeat it.
pub fn redirected(
    conninfo: &SecretString,
    host: &str,
    port: u16,
    application_name: Option<&str>,
) -> Result<SecretString, ConninfoError> {
    let text = conninfo.expose_secret();
    let mut written: Vec<(String, String)> = if uri::is_uri(text) {
        let parameters = uri::parse(text, PLACE)?;
        parameters.written().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    } else {
        pairs::raw(text, PLACE)?
    };
    let replaced = |name: &str| {
        matches!(name, "host" | "hostaddr" | "port") || (name == "application_name" && application_name.is_some())
    };
    written.retain(|(name, value)| !replaced(name) && !value.is_empty());
    written.push(("host".to_owned(), host.to_owned()));
    written.push(("port".to_owned(), port.to_string()));
    written.extend(application_name.map(|name| ("application_name".to_owned(), name.to_owned())));
    let pairs: Vec<String> = written.iter().map(|(name, value)| format!("{name}={}", pairs::quote(value))).collect();
    Ok(SecretString::from(pairs.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(text: &str, name: Option<&str>) -> String {
        redirected(&SecretString::from(text), "pg2", 5433, name).unwrap().expose_secret().to_owned()
    }

    #[test]
    fn all_but_the_place_stays() {
        assert_eq!(
            turned("user=repl password='it\\'s' hostaddr=10.0.0.1 host=pg1 port=5432 gssdelegation=0", None),
            "user='repl' password='it\\'s' gssdelegation='0' host='pg2' port='5433'"
        );
        assert_eq!(
            turned("application_name=pg3 host=pg1", Some("pg1")),
            "host='pg2' port='5433' application_name='pg1'"
        );
    }

    #[test]
    fn uris_become_pairs() {
        let turned = turned("postgresql://repl:s%40crt@pg1:5432/postgres?sslmode=require", None);
        for part in ["user='repl'", "password='s@crt'", "sslmode='require'", "host='pg2'", "port='5433'"] {
            assert!(turned.contains(part), "{part} is missing");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        let error = redirected(&SecretString::from("host=a hunter2"), "b", 1, None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
