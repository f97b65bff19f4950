//! Masks: commands and connection strings without the credentials in them.
//!
//! Whoever reads a setting should see what is run, never the password it is run with. What looks like
//! a credential is replaced; in doubt too much is.

/// What stands in a credential's place.
const MASK: &str = "***";

/// Words in a name that make its value a credential.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "access_key",
    "account_key",
    "_key",
    "_auth",
];

/// Options whose next word is a credential.
const OPTIONS: &[&str] = &["-u", "--user", "-H", "--header"];

/// Whether a name says that what it holds is a credential.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    NAMES.iter().any(|word| name.contains(word))
}

/// `text` with every credential in it masked: `name=value` and `--name value` by their names, and what
/// stands before the `@` of an address.
#[must_use]
pub fn credentials(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut hides_next = false;
    let mut rest = text;
    while !rest.is_empty() {
        let gap = rest.len() - rest.trim_start().len();
        let (blank, after) = rest.split_at(gap);
        out.push_str(blank);
        let (word, after) = after.split_at(word_end(after));
        rest = after;
        if word.is_empty() {
            continue;
        }
        if std::mem::take(&mut hides_next) && !word.starts_with('-') {
            out.push_str(MASK);
            continue;
        }
        let bare = word.trim_matches(['"', '\'']);
        hides_next = OPTIONS.contains(&bare) || bare.starts_with('-') && !bare.contains('=') && is_secret_name(bare);
        out.push_str(&one(word));
    }
    out
}

/// Where the first word ends: at a blank that is not inside quotes.
fn word_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c.is_whitespace() => return at,
            None => {}
        }
    }
    text.len()
}

/// One word without its credential.
fn one(word: &str) -> String {
    // A quoted word may be a whole command or connection string.
    if let Some(quote) = word.chars().next().filter(|c| matches!(c, '\'' | '"')) {
        let inner = word.get(1..).unwrap_or_default();
        if let Some(inner) = inner.strip_suffix(quote).filter(|inner| !inner.contains(quote)) {
            return format!("{quote}{}{quote}", credentials(inner));
        }
    }
    if let Some((name, value)) = word.split_once('=')
        && is_secret_name(name)
        && !value.is_empty()
    {
        return format!("{name}={MASK}");
    }
    if let Some((name, value)) = word.split_once('=')
        && value.starts_with(['\'', '"'])
    {
        return format!("{name}={}", one(value));
    }
    in_address(word)
}

/// `scheme://user:password@host?password=x` without the password.
fn in_address(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://") else { return word.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:{MASK}@{host}"),
            None => format!("{user}@{host}"),
        },
        None => authority.to_owned(),
    };
    let tail = match tail.split_once('?') {
        None => tail.to_owned(),
        Some((path, query)) => {
            let pairs: Vec<String> = query
                .split('&')
                .map(|pair| match pair.split_once('=') {
                    Some((name, _)) if is_secret_name(name) || name.contains("sig") => format!("{name}={MASK}"),
                    _ => pair.to_owned(),
                })
                .collect();
            format!("{path}?{}", pairs.join("&"))
        }
    };
    format!("{scheme}://{authority}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_masked_and_the_command_stays() {
        let cases = [
            ("cp %p /archive/%f", "cp %p /archive/%f"),
            ("PGPASSWORD=s3cret rsync %p host:/a/%f", "PGPASSWORD=*** rsync %p host:/a/%f"),
            ("AWS_SECRET_ACCESS_KEY='a b' wal-g wal-push %p", "AWS_SECRET_ACCESS_KEY=*** wal-g wal-push %p"),
            ("curl -u me:pw -T %p https://h/%f", "curl -u *** -T %p https://h/%f"),
            ("push --password hunter2 %p", "push --password *** %p"),
            ("push --password=hunter2 %p", "push --password=*** %p"),
            ("put https://me:hunter2@h:99/a/%f", "put https://me:***@h:99/a/%f"),
            ("put 'https://h/a?sig=abc&x=1' %p", "put 'https://h/a?sig=***&x=1' %p"),
            ("sh -c 'TOKEN=abc push %p'", "sh -c 'TOKEN=*** push %p'"),
            ("push --dsn=\"host=h password=abc\" %p", "push --dsn=\"host=h password=***\" %p"),
            ("curl -H 'Authorization: Bearer abc' %p", "curl -H *** %p"),
            ("", ""),
            ("größe '", "größe '"),
        ];
        for (command, masked) in cases {
            assert_eq!(credentials(command), masked);
        }
    }
}
