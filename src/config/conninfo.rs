//! Connection strings as far as config and command line must understand them: which form one has,
//! and whether it holds a secret that must not be shown. Connecting with it is another zone's work.

use std::fmt::Write as _;

use secrecy::zeroize::Zeroizing;

/// What is shown in place of a secret.
const HIDDEN: &str = "***";

/// Keywords whose values are secrets.
const SECRETS: [&str; 5] = ["password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"];

/// Whether the text is a URI as libpq reads them.
#[must_use]
pub fn is_uri(text: &str) -> bool {
    text.starts_with("postgresql://") || text.starts_with("postgres://")
}

/// Whether the text is of the form `keyword=value …`.
#[must_use]
pub fn is_keywords(text: &str) -> bool {
    !is_uri(text)
        && text.trim_start().split_once('=').is_some_and(|(keyword, _)| {
            let keyword = keyword.trim_end();
            !keyword.is_empty() && keyword.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        })
}

/// Whether the text holds a password or another secret.
#[must_use]
pub fn has_secret(text: &str) -> bool {
    hidden(text) != text
}

/// The text with its secrets replaced by `***`; what cannot be read is not shown at all.
#[must_use]
pub fn hidden(text: &str) -> String {
    if is_uri(text) { hidden_uri(text) } else { hidden_keywords(text) }
}

fn hidden_uri(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return HIDDEN.to_owned() };
    let (credentials, rest) = split_credentials(rest);
    let mut out = format!("{scheme}://");
    if let Some(credentials) = credentials {
        match credentials.split_once(':') {
            Some((user, _)) => {
                let _ = write!(out, "{user}:{HIDDEN}@");
            }
            None => {
                let _ = write!(out, "{credentials}@");
            }
        }
    }
    let Some((place, parameters)) = rest.split_once('?') else { return out + rest };
    out.push_str(place);
    for (i, parameter) in parameters.split('&').enumerate() {
        out.push(if i == 0 { '?' } else { '&' });
        match parameter.split_once('=') {
            Some((keyword, _)) if is_secret(keyword) => {
                let _ = write!(out, "{keyword}={HIDDEN}");
            }
            _ => out.push_str(parameter),
        }
    }
    out
}

/// The part before the `@` that ends the credentials, and what follows. A password that was not
/// percent-encoded may hold any of `@/?`; showing a piece of it is worse than hiding too much.
fn split_credentials(rest: &str) -> (Option<&str>, &str) {
    let split = |at: usize| (rest.get(..at), rest.get(at + 1..).unwrap_or(""));
    let parameters = rest.find('?').unwrap_or(rest.len());
    if let Some(at) = rest.get(..parameters).and_then(|place| place.rfind('@')) {
        return split(at);
    }
    let place = rest.get(..parameters).unwrap_or(rest);
    let is_port = |text: &str| text.is_empty() || text.split(['/', ',']).next().is_some_and(is_digits);
    match (place.split_once(':'), rest.rfind('@')) {
        (Some((_, after)), Some(at)) if !after.starts_with(':') && !place.starts_with('[') && !is_port(after) => {
            split(at)
        }
        _ => (None, rest),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

fn hidden_keywords(text: &str) -> String {
    let Some(pairs) = keywords(text) else { return format!("({HIDDEN}: cannot be read)") };
    if pairs.iter().all(|(keyword, _)| !is_secret(keyword)) {
        return text.to_owned();
    }
    let shown = pairs.into_iter().map(|(keyword, value)| {
        if is_secret(&keyword) { format!("{keyword}={HIDDEN}") } else { format!("{keyword}={}", quoted(&value)) }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Reads `keyword = value` pairs by libpq's rules; `None` where they are broken.
fn keywords(text: &str) -> Option<Vec<(String, Zeroizing<String>)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (keyword, after) = rest.split_once('=')?;
        let keyword = keyword.trim();
        if keyword.is_empty() || keyword.contains(char::is_whitespace) {
            return None;
        }
        let (value, after) = keyword_value(after.trim_start())?;
        pairs.push((keyword.to_owned(), value));
        rest = after.trim_start();
    }
    Some(pairs)
}

/// One value, quoted or plain, and what follows it.
fn keyword_value(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let is_quoted = text.starts_with('\'');
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.char_indices().skip(usize::from(is_quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            '\'' if is_quoted => return Some((value, text.get(at + 1..)?)),
            c if !is_quoted && c.is_whitespace() => return Some((value, text.get(at..)?)),
            c => value.push(c),
        }
    }
    if is_quoted { None } else { Some((value, "")) }
}

fn is_secret(keyword: &str) -> bool {
    SECRETS.contains(&keyword.trim().to_ascii_lowercase().as_str())
}

/// Whether a URI itself states `host`, `port` or `user`.
#[must_use]
pub fn uri_states(uri: &str, keyword: &str) -> bool {
    let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
    let (credentials, rest) = split_credentials(rest);
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.split('/').next().unwrap_or("");
    let port_at = place.rsplit(']').next().and_then(|after| after.rsplit_once(':'));
    let is_in_place = match keyword {
        "user" => credentials.is_some(),
        "port" => port_at.is_some(),
        "host" => !place.is_empty() && !place.starts_with(':'),
        _ => false,
    };
    is_in_place || parameters.split('&').any(|p| p.split('=').next() == Some(keyword))
}

/// A value as it is written after `keyword=`.
#[must_use]
pub fn quoted(value: &str) -> String {
    if !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || matches!(c, '\'' | '\\')) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// A value as it is written in a URI.
#[must_use]
pub fn percent_encoded(value: &str) -> String {
    let mut out = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_they_stand() {
        let cases = [
            ("postgresql://u:hunter2@h/d", "postgresql://u:***@h/d"),
            ("postgresql://u:hun@ter2@h:5433/d?sslmode=require", "postgresql://u:***@h:5433/d?sslmode=require"),
            ("postgresql://u:hunter/2@h/d", "postgresql://u:***@h/d"),
            ("postgresql://u:hunter?2@h/d", "postgresql://u:***@h/d"),
            (
                "postgres://h/d?user=u&password=hunter2&sslpassword=hunter2",
                "postgres://h/d?user=u&password=***&sslpassword=***",
            ),
            ("host=h password=hunter2 user=u", "host=h password=*** user=u"),
            (r"host=h password = 'hun ter\'2' user=u", "host=h password=*** user=u"),
            (r"password=hun\ ter2", "password=***"),
            ("password='hunter2", "(***: cannot be read)"),
            ("hunter2 password=x", "(***: cannot be read)"),
        ];
        for (text, shown) in cases {
            assert_eq!(hidden(text), shown);
            assert!(has_secret(text), "{text}");
        }
    }

    #[test]
    fn what_holds_no_secret_is_shown_as_it_is() {
        for text in [
            "postgresql://monitor@10.0.0.5/postgres?sslmode=verify-full",
            "postgresql://h:5433/d?user=a@b",
            "postgresql://[::1]:5433/d",
            "postgresql://a:1,b:2/d",
            "service=billing-replica",
            "host='/run/my sockets'  port=5433",
        ] {
            assert_eq!(hidden(text), text);
            assert!(!has_secret(text), "{text}");
        }
    }

    #[test]
    fn forms_are_told_apart() {
        assert!(is_keywords("service=x") && is_keywords(" host = x"));
        assert!(!is_keywords("shop") && !is_keywords("postgresql://h?a=b") && !is_keywords("Shop 1=2"));
    }
}
