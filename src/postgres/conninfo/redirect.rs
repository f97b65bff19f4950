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

/// What a program and a server need to follow another server, with the password kept apart.
#[derive(Debug)]
pub struct Following {
    /// How it is reached, without a password: it may be seen on a command line.
    pub source: String,
    /// A password file with the password for everything; empty where there is none.
    pub passfile: SecretString,
    /// Lines of a configuration file.
    pub settings: SecretString,
}

/// A connection string as files that a standby is made with.
///
/// # Errors
/// When it cannot be read; the sentence does not repeat it.
pub fn for_a_file(conninfo: &SecretString, slot: &str) -> Result<Following, ConninfoError> {
    let written = pairs::raw(conninfo.expose_secret(), PLACE)?;
    let is_secret = |name: &str| matches!(name, "password" | "sslpassword");
    let open = written.iter().filter(|(name, _)| !is_secret(name) && name != "dbname" && name != "replication");
    let source: Vec<String> = open.map(|(name, value)| format!("{name}={}", pairs::quote(value))).collect();
    let password = written.iter().find(|(name, _)| name == "password").map(|(_, value)| value.as_str());
    let escaped = password.unwrap_or_default().replace('\\', r"\\").replace(':', r"\:");
    let passfile = if password.is_some() { format!("*:*:*:*:{escaped}\n") } else { String::new() };
    let quoted = |text: &str| text.replace('\\', r"\\").replace('\'', "''");
    let mut settings = format!("primary_conninfo = '{}'\n", quoted(conninfo.expose_secret()));
    if !slot.is_empty() {
        settings.push_str(&format!("primary_slot_name = '{}'\n", quoted(slot)));
    }
    Ok(Following { source: source.join(" "), passfile: passfile.into(), settings: settings.into() })
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
    fn the_password_is_in_the_files_only() {
        let conninfo = SecretString::from(r"user='repl' password='a:b\'c\\d' host='pg2' port='5433'");
        let it = for_a_file(&conninfo, "pg1").unwrap();
        assert_eq!(it.source, "user='repl' host='pg2' port='5433'");
        assert_eq!(it.passfile.expose_secret(), "*:*:*:*:a\\:b'c\\\\d\n");
        assert!(it.settings.expose_secret().contains("primary_slot_name = 'pg1'"));
        assert!(it.settings.expose_secret().contains(r"password=''a:b\\''c\\\\d''"), "{}", it.settings.expose_secret());
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        let error = redirected(&SecretString::from("host=a hunter2"), "b", 1, None).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
