//! Setting SQL: on one line, or on lines that begin with its major clauses.

use std::borrow::Cow;

use super::lexer::{Kind, Token, tokens};
use crate::view::text::cut;

/// Words that begin a line of their own.
const CLAUSES: &[&str] = &[
    "EXCEPT",
    "FROM",
    "GROUP",
    "HAVING",
    "INTERSECT",
    "LIMIT",
    "OFFSET",
    "ORDER",
    "RETURNING",
    "SELECT",
    "SET",
    "UNION",
    "VALUES",
    "WHERE",
    "WINDOW",
];

/// Words that stand before JOIN and take its line break.
const JOINS: &[&str] = &["CROSS", "FULL", "INNER", "LEFT", "NATURAL", "RIGHT"];

/// A piece of set SQL and what it is.
pub type Piece<'a> = (Cow<'a, str>, Kind);

/// `sql` on one line of at least `most` cells, if it is that long: white space becomes one space,
/// comments to the end of a line become comments in the line. What lies beyond is not looked at.
#[must_use]
pub fn one_line(sql: &str, most: usize) -> Vec<Piece<'_>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut width = 0;
    for token in tokens(sql) {
        let text = flat(token);
        if text == " " && pieces.last().is_none_or(|(last, _)| last == " ") {
            continue;
        }
        width += cut::width(&text);
        pieces.push((text, token.kind));
        if width > most {
            break;
        }
    }
    if pieces.last().is_some_and(|(last, _)| last == " ") {
        pieces.pop();
    }
    pieces
}

/// A token without line breaks.
fn flat(token: Token<'_>) -> Cow<'_, str> {
    let text = token.text;
    match token.kind {
        Kind::Space => " ".into(),
        Kind::Comment if text.starts_with("--") => format!("/* {} */", text.trim_start_matches('-').trim()).into(),
        _ if text.contains(['\n', '\r', '\t']) => text.replace(['\n', '\r', '\t'], " ").into(),
        _ => text.into(),
    }
}

/// `sql` on lines: before every major clause, and before AND and OR between conditions, there is a
/// break; subqueries are indented. The words and their order stay.
#[must_use]
pub fn lines(sql: &str) -> Vec<Vec<Piece<'_>>> {
    let words: Vec<_> = tokens(sql).collect();
    let mut following = words.iter().filter(|t| t.kind != Kind::Space).skip(1);
    let mut setter = Setter { lines: vec![Vec::new()], open: Vec::new(), between: false, previous: None };
    let mut spaced = false;
    for token in &words {
        if token.kind != Kind::Space {
            setter.set(*token, following.next().copied(), spaced);
        }
        spaced = token.kind == Kind::Space;
    }
    setter.lines.retain(|line| !line.is_empty());
    setter.lines
}

struct Setter<'a> {
    lines: Vec<Vec<Piece<'a>>>,
    /// Open parentheses, and whether each holds a query.
    open: Vec<bool>,
    /// The next AND belongs to a BETWEEN.
    between: bool,
    previous: Option<Token<'a>>,
}

impl<'a> Setter<'a> {
    fn set(&mut self, token: Token<'a>, next: Option<Token<'a>>, spaced: bool) {
        let breaks = self.breaks(token, next);
        if token.text == ")" {
            self.open.pop();
        }
        let after_comment = self.previous.is_some_and(|p| p.kind == Kind::Comment && p.text.starts_with("--"));
        let is_first = self.lines.last().is_some_and(Vec::is_empty);
        if let Some(extra) = breaks.or(after_comment.then_some(1))
            && !is_first
        {
            let depth = 2 * self.open.iter().filter(|is_query| **is_query).count() + 2 * extra;
            self.lines.push(Vec::new());
            if depth > 0 {
                self.push(" ".repeat(depth).into(), Kind::Space);
            }
        } else if spaced && !is_first {
            self.push(" ".into(), Kind::Space);
        }
        let text = if token.kind == Kind::Comment { token.text.into() } else { flat(token) };
        self.push(text, token.kind);
        if token.text == "(" {
            self.open.push(next.is_some_and(|n| is(n, "SELECT") || is(n, "WITH")));
        }
        self.between = (self.between && !is(token, "AND")) || is(token, "BETWEEN");
        self.previous = Some(token);
    }

    /// Whether a line begins with `token`, and how many steps further in than the query around it.
    fn breaks(&self, token: Token<'a>, next: Option<Token<'a>>) -> Option<usize> {
        let after = |word| self.previous.is_some_and(|p| is(p, word));
        let before = |word| next.is_some_and(|n| is(n, word));
        if token.kind != Kind::Keyword || !self.open.last().copied().unwrap_or(true) {
            return None;
        }
        match token.text.to_ascii_uppercase().as_str() {
            "AND" if self.between => None,
            "AND" | "OR" => Some(1),
            "FROM" if after("DELETE") || after("DISTINCT") => None,
            "SELECT" if self.previous.is_some_and(|p| p.text == "(") => None,
            "SET" if self.previous.is_none_or(|p| p.kind == Kind::Keyword) => None,
            "ON" if before("CONFLICT") => Some(0),
            "JOIN" => (!JOINS.iter().any(|word| after(word)) && !after("OUTER")).then_some(0),
            word if JOINS.contains(&word) => ((before("JOIN") || before("OUTER")) && !after("NATURAL")).then_some(0),
            word => CLAUSES.contains(&word).then_some(0),
        }
    }

    fn push(&mut self, text: Cow<'a, str>, kind: Kind) {
        if let Some(line) = self.lines.last_mut() {
            line.push((text, kind));
        }
    }
}

fn is(token: Token<'_>, word: &str) -> bool {
    token.kind == Kind::Keyword && token.text.eq_ignore_ascii_case(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(pieces: &[Piece<'_>]) -> String {
        pieces.iter().map(|(text, _)| text.as_ref()).collect()
    }

    fn set(sql: &str) -> Vec<String> {
        lines(sql).iter().map(|line| text(line)).collect()
    }

    #[test]
    fn one_line_has_no_breaks_and_hides_nothing() {
        assert_eq!(text(&one_line(" SELECT 1 -- one\n\t, 'a\nb'  ", 99)), "SELECT 1 /* one */ , 'a b'");
    }

    #[test]
    fn one_line_stops_when_there_is_enough() {
        let long = "SELECT ".repeat(10_000);
        assert!(one_line(&long, 20).len() < 10);
    }

    #[test]
    fn clauses_begin_lines() {
        assert_eq!(
            set("select a, count(*) from t left join u on u.id = t.id where a between 1 and 2 and b or c group by a"),
            [
                "select a, count(*)",
                "from t",
                "left join u on u.id = t.id",
                "where a between 1 and 2",
                "  and b",
                "  or c",
                "group by a",
            ]
        );
        assert_eq!(
            set("UPDATE orders SET state = $1 WHERE id = $2"),
            ["UPDATE orders", "SET state = $1", "WHERE id = $2"]
        );
        assert_eq!(set("DELETE FROM t WHERE x IS DISTINCT FROM y"), ["DELETE FROM t", "WHERE x IS DISTINCT FROM y"]);
        assert_eq!(set("SET statement_timeout = 0"), ["SET statement_timeout = 0"]);
        assert_eq!(set("SELECT extract(day FROM d), left(a, 1)"), ["SELECT extract(day FROM d), left(a, 1)"]);
    }

    #[test]
    fn subqueries_are_indented() {
        assert_eq!(
            set("SELECT a FROM (SELECT b FROM t WHERE c AND d) s LIMIT 1"),
            ["SELECT a", "FROM (SELECT b", "  FROM t", "  WHERE c", "    AND d) s", "LIMIT 1"]
        );
    }

    #[test]
    fn a_comment_to_the_end_of_the_line_ends_it() {
        assert_eq!(set("SELECT a, -- first\n b"), ["SELECT a, -- first", "  b"]);
    }

    proptest! {
        #[test]
        fn setting_loses_no_word(sql in r"((select|from|where|and|or|between|left|join|on|\(|\)|,|x|'a b'|\$1|;) ){0,30}|.{0,40}") {
            let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&set(&sql).concat()), squeeze(&sql));
        }
    }
}
