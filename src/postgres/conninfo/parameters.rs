//! What a person wrote in one place: keywords with their values, checked but not yet completed.

use std::{collections::BTreeMap, fmt};

use secrecy::zeroize::Zeroizing;

use super::{
    ConninfoError,
    keyword::{self, Use},
    pairs, uri,
};

/// Keywords with their values. Its `Debug` shows the keywords only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters {
    values: BTreeMap<&'static str, Zeroizing<String>>,
    /// The first keyword that is unknown or asks for what howdah cannot give. It matters only to whom it is
    /// addressed: what a server's own connection asks for is none of howdah's business.
    trouble: Option<ConninfoError>,
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Parameters {
    /// Reads a connection string in either of its forms. A lone word without `=` is a database's name, as in psql.
    ///
    /// # Errors
    /// One sentence that says what cannot be read, without the value.
    pub fn parse(text: &str) -> Result<Self, ConninfoError> {
        Self::parse_at(text, "connection string")
    }

    /// As [`Self::parse`], with the words that errors name the string by.
    ///
    /// # Errors
    /// One sentence that says what cannot be read, without the value.
    pub fn parse_at(text: &str, place: &str) -> Result<Self, ConninfoError> {
        Self::parse_leniently(text, place)?.checked()
    }

    /// As [`Self::parse_at`], but keywords that cannot be used are passed over.
    pub(crate) fn parse_leniently(text: &str, place: &str) -> Result<Self, ConninfoError> {
        if uri::is_uri(text) {
            uri::parse(text, place)
        } else if text.contains('=') {
            pairs::parse(text, place)
        } else {
            let mut parameters = Self::default();
            parameters.set("dbname", text.trim().to_owned(), place);
            Ok(parameters)
        }
    }

    /// The parameters if every keyword can be used.
    pub(crate) fn checked(self) -> Result<Self, ConninfoError> {
        match self.trouble {
            None => Ok(self),
            Some(trouble) => Err(trouble),
        }
    }

    /// A TCP address that the environment's host, address, port and service cannot move.
    #[must_use]
    pub fn at(host: &str, port: u16) -> Self {
        let values = BTreeMap::from([
            ("host", host.to_owned()),
            ("hostaddr", String::new()),
            ("port", port.to_string()),
            ("service", String::new()),
        ]);
        let values = values.into_iter().map(|(name, value)| (name, value.into())).collect();
        Self { values, trouble: None }
    }

    /// The same with a value for a keyword, over what was there; `None` changes nothing.
    ///
    /// # Errors
    /// One sentence when the keyword is none or asks for what howdah cannot give.
    pub fn with(mut self, name: &str, value: Option<&str>) -> Result<Self, ConninfoError> {
        if let Some(value) = value {
            self.set(name, value.to_owned(), "argument");
        }
        self.checked()
    }

    /// A keyword's value as it was written; an empty one counts as not written, as in libpq.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Every keyword that was written and its value.
    pub(super) fn written(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The values written as keyword/value pairs that [`Self::parse`] reads back.
    /// It shows passwords: never for the screen, a log or an argument.
    #[cfg(test)]
    pub(crate) fn to_pairs(&self) -> String {
        let pairs: Vec<_> =
            self.values.iter().map(|(name, value)| format!("{name} = {}", pairs::quote(value))).collect();
        pairs.join(" ")
    }

    /// Sets one value; `place` names its origin in errors.
    pub(crate) fn set(&mut self, name: &str, value: String, place: &str) {
        // It may be a password.
        let value = Zeroizing::new(value);
        if name == "requiressl" {
            let mode = if *value == "1" { "require" } else { "prefer" };
            self.values.insert("sslmode", mode.to_owned().into());
            return;
        }
        let Some(keyword) = keyword::find(name) else {
            // After a password the word may be the rest of it, cut at an unquoted space.
            let shown = if self.values.contains_key("password") {
                "(a word after the password)".to_owned()
            } else {
                crate::domain::Text::from(name).chars().take(32).collect()
            };
            self.trouble.get_or_insert(ConninfoError::UnknownKeyword {
                place: place.to_owned(),
                name: shown,
                nearest: keyword::nearest(name),
            });
            return;
        };
        match keyword.usage {
            Use::Refused(harmless) if !value.is_empty() && !harmless.contains(&value.as_str()) => {
                self.trouble.get_or_insert(ConninfoError::Unsupported { place: place.to_owned(), name: keyword.name });
            }
            Use::Refused(_) | Use::Ignored => {}
            Use::Honoured => {
                self.values.insert(keyword.name, value);
            }
        }
    }

    /// Whether the keyword was written at all, be it with an empty value.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Takes from `below` what is not written here.
    pub(super) fn over(&mut self, below: Self) {
        for (name, value) in below.values {
            self.values.entry(name).or_insert(value);
        }
    }

    /// What the environment's variables say.
    pub(super) fn from_variables(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConninfoError> {
        let mut parameters = Self::default();
        for keyword in keyword::KEYWORDS {
            if let Some(variable) = keyword.variable
                && let Some(value) = get(variable).filter(|value| !value.is_empty())
            {
                parameters.set(keyword.name, value, variable);
            }
        }
        parameters.checked()
    }
}
