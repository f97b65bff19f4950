//! Just enough of Rust's grammar to see which paths a file names: comments and literals are blanked, tests are cut out,
//! and `use` trees are spelled out.

/// The code with comments, strings and characters blanked; lines stay where they are.
pub(crate) fn code_of(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = literal_end(&chars, at);
        if end > at {
            code.extend((at..end).filter_map(|i| chars.get(i)).map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            code.push(c);
            at += 1;
        }
    }
    code
}

/// Where the comment or literal that begins here ends; the same place if none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let get = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let find =
        |from: usize, what: &dyn Fn(usize) -> bool| (from..chars.len()).find(|i| what(*i)).unwrap_or(chars.len());
    let after_word = at > 0 && (get(at - 1).is_alphanumeric() || get(at - 1) == '_');
    match (get(at), get(at + 1)) {
        ('/', '/') => find(at, &|i| get(i) == '\n'),
        ('/', '*') => {
            let (mut depth, mut i) = (0_u32, at);
            while i < chars.len() {
                match (get(i), get(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            i
        }
        ('"', _) => string_end(chars, at + 1),
        ('r', '"' | '#') if !after_word => {
            let hashes = (at + 1..chars.len()).take_while(|i| get(*i) == '#').count();
            if get(at + 1 + hashes) != '"' {
                return at; // r#type
            }
            let is_end = |i: usize| get(i) == '"' && (1..=hashes).all(|n| get(i + n) == '#');
            (find(at + 2 + hashes, &is_end) + 1 + hashes).min(chars.len())
        }
        ('\'', '\\') => find(at + 3, &|i| get(i) == '\'') + 1,
        ('\'', _) if get(at + 2) == '\'' => at + 3,
        _ => at,
    }
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while let Some(c) = chars.get(at) {
        match c {
            '"' => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The code without what is compiled for tests only; lines stay where they are.
pub(crate) fn without_tests(code: &str) -> String {
    let mut rest = code;
    let mut kept = String::with_capacity(code.len());
    while let Some((before, from)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let end = item_end(from);
        kept.extend(from.chars().take(end).filter(|c| *c == '\n'));
        rest = from.get(from.char_indices().nth(end).map_or(from.len(), |(i, _)| i)..).unwrap_or("");
    }
    kept + rest
}

/// How many characters the item takes that begins here: up to its semicolon or the brace that closes it.
fn item_end(code: &str) -> usize {
    let mut depth = 0_i32;
    for (count, c) in code.chars().enumerate() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return count + 1,
            _ => continue,
        }
        if depth == 0 {
            return count + 1;
        }
    }
    code.chars().count()
}

/// A path that code names: `use std::{fs, io::Read}` names `std::fs` and `std::io::Read`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Every path of two parts or more, and every macro with its `!`.
pub(crate) fn paths(code: &str) -> Vec<Named> {
    let tokens = tokens(code);
    let mut named = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = tree(&tokens, at, &[], &mut named);
    }
    named.retain(|n| n.path.len() > 1 || n.path.first().is_some_and(|p| p.ends_with('!')));
    named
}

/// Reads one tree of paths that begins at a token; returns where the next one may begin.
fn tree(tokens: &[(usize, String)], from: usize, before: &[String], named: &mut Vec<Named>) -> usize {
    let word = |i: usize| tokens.get(i).map_or("", |(_, word)| word.as_str());
    let is_name = |i: usize| word(i).starts_with(|c: char| c.is_alphabetic() || c == '_');
    let Some((line, _)) = tokens.get(from) else { return from + 1 };
    let (mut path, mut at) = (before.to_vec(), from);
    if word(at) == "::" {
        at += 1; // ::std
    }
    if !is_name(at) {
        return at + 1;
    }
    loop {
        path.push(word(at).to_owned());
        at += 1;
        if word(at) == "!" && word(at + 1) != "=" && path.len() == 1 {
            path = path.iter().map(|p| format!("{p}!")).collect();
        }
        if word(at) != "::" {
            break;
        }
        at += 1;
        if word(at) == "{" {
            at += 1;
            while at < tokens.len() && word(at) != "}" {
                at = if word(at) == "," { at + 1 } else { tree(tokens, at, &path, named) };
            }
            return at + 1;
        }
        if !is_name(at) {
            break; // a glob, or the angle bracket of a turbofish
        }
    }
    named.push(Named { line: *line, path });
    at
}

/// Words and signs with their lines; `::` is one sign.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    let mut line = 1;
    let mut glue = false;
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\n' {
            line += 1;
        }
        let in_word = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some((_, word)) if glue && in_word => word.push(c),
            _ if c.is_whitespace() => {}
            _ if c == ':' && chars.peek() == Some(&':') => {
                chars.next();
                tokens.push((line, "::".to_owned()));
            }
            _ => tokens.push((line, c.to_string())),
        }
        glue = in_word;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths(&without_tests(&code_of(source)))
            .into_iter()
            .map(|n| format!("{}:{}", n.line, n.path.join("::")))
            .collect()
    }

    #[test]
    fn use_trees_are_spelled_out() {
        let source =
            "use std::{fs, io::{self, Read}};\nuse crate::view::Frame as F;\nlet x = super::super::go::<u8>();";
        let wanted = ["1:std::fs", "1:std::io::self", "1:std::io::Read", "2:crate::view::Frame", "3:super::super::go"];
        assert_eq!(named(source), wanted);
    }

    #[test]
    fn comments_and_literals_name_nothing() {
        let source = r##"// std::fs
            /* std::fs /* nested */ std::fs */ let a = "std::fs \" std::fs"; let b = r#"std::fs" std::fs"#;
            let c = '"'; let d = '\''; fn f<'a>(x: &'a str) {} let e = b"std::fs"; std::env::var(a);"##;
        assert_eq!(named(source), ["3:std::env::var"]);
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_left_out() {
        let source =
            "#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod more {\n fn f() { std::fs::read(); }\n}\nstd::io::stdin();";
        assert_eq!(named(source), ["7:std::io::stdin"]);
    }

    #[test]
    fn macros_are_named() {
        assert_eq!(named("println!(\"a\"); if a != b {}"), ["1:println!"]);
    }
}
