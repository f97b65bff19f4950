//! psql's letters: `-h -p -U -d -W -w`, meaning here what they mean there.

use secrecy::{SecretString, zeroize::Zeroizing};

use super::conninfo;
use crate::platform::ConninfoText;

/// When a password is asked for at the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PasswordRule {
    /// Never by itself: the password comes from where libpq looks, or is missing.
    #[default]
    Found,
    /// Once before anything starts (`-W`).
    Ask,
    /// Never, whatever happens (`-w`).
    Never,
}

/// What psql's letters say. Where they name a server, it is one more node to look at; user and
/// password also fill the gaps of nodes that are found otherwise.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    /// `-h`: host name, address or socket directory.
    pub host: Option<String>,
    /// `-p`.
    pub port: Option<u16>,
    /// `-U`.
    pub user: Option<String>,
    /// `-d`: a database's name, or a whole connection string.
    pub dbname: Option<ConninfoText>,
    /// `-W`, `-w`.
    pub rule: PasswordRule,
    /// What was typed at the prompt of `-W`.
    pub password: Option<SecretString>,
}

impl Letters {
    /// The server that the letters name as a connection string; `None` when they name none
    /// (user and password alone name no server). The password of the prompt is not in it. As psql
    /// has it, a connection string given with `-d` overrules the other letters.
    #[must_use]
    pub fn conninfo(&self) -> Option<ConninfoText> {
        if self.host.is_none() && self.port.is_none() && self.dbname.is_none() {
            return None;
        }
        let mut words: Vec<Zeroizing<String>> =
            self.given().map(|(keyword, value)| format!("{keyword}={}", conninfo::quoted(&value)).into()).collect();
        match self.dbname.as_ref().map(ConninfoText::expose) {
            Some(uri) if conninfo::is_uri(uri) => return Some(self.under_uri(uri)),
            Some(text) if conninfo::is_keywords(text) => words.push(text.to_owned().into()),
            Some(name) => words.push(format!("dbname={}", conninfo::quoted(name)).into()),
            None => {}
        }
        Some(ConninfoText::new(words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" ")))
    }

    /// The letters that were given, by libpq's keyword.
    fn given(&self) -> impl Iterator<Item = (&'static str, String)> {
        let port = self.port.map(|p| p.to_string());
        [("host", self.host.clone()), ("port", port), ("user", self.user.clone())]
            .into_iter()
            .filter_map(|(keyword, value)| value.map(|value| (keyword, value)))
    }

    /// The URI with the letters as parameters where it does not say itself what they say.
    fn under_uri(&self, uri: &str) -> ConninfoText {
        // With room for all: a text that grows leaves copies of itself behind.
        let room: usize = self.given().map(|(keyword, value)| keyword.len() + value.len() * 3 + 2).sum();
        let mut text = String::with_capacity(uri.len() + room);
        text.push_str(uri);
        for (keyword, value) in self.given().filter(|(keyword, _)| !conninfo::uri_states(uri, keyword)) {
            text.push(if text.contains('?') { '&' } else { '?' });
            text.push_str(keyword);
            text.push('=');
            text.push_str(&conninfo::percent_encoded(&value));
        }
        ConninfoText::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(host: Option<&str>, dbname: Option<&str>) -> Letters {
        Letters {
            host: host.map(str::to_owned),
            dbname: dbname.map(|d| ConninfoText::new(d.to_owned())),
            user: Some("o'neil".to_owned()),
            ..Letters::default()
        }
    }

    #[test]
    fn a_user_alone_names_no_server() {
        assert_eq!(letters(None, None).conninfo(), None);
    }

    #[test]
    fn letters_become_quoted_keywords() {
        let made = letters(Some("/run/my sockets"), Some("shop")).conninfo().unwrap();
        assert_eq!(made.expose(), r"host='/run/my sockets' user='o\'neil' dbname=shop");
    }

    #[test]
    fn a_connection_string_overrules_letters() {
        let made = letters(Some("::1"), Some("postgresql:///c?sslmode=require")).conninfo().unwrap();
        assert_eq!(made.expose(), "postgresql:///c?sslmode=require&host=%3A%3A1&user=o%27neil");
        let made = letters(Some("::1"), Some("postgresql://a@b:1/c")).conninfo().unwrap();
        assert_eq!(made.expose(), "postgresql://a@b:1/c");
        let made = letters(None, Some("service=x")).conninfo().unwrap();
        assert_eq!(made.expose(), r"user='o\'neil' service=x");
    }
}
