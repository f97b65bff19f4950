//! Cutting SQL into tokens.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A key word, in any case.
    Keyword,
    /// A name, quoted or not.
    Identifier,
    /// A string: quoted, dollar-quoted, with a prefix, or cut off before its end.
    Text,
    /// A number.
    Number,
    /// `$1`.
    Parameter,
    /// To the end of the line, or between `/*` and `*/`.
    Comment,
    /// Punctuation, one sign at a time.
    Operator,
    /// White space.
    Space,
}

/// A piece of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// As it was written.
    pub text: &'a str,
}

/// The tokens of `sql`, read as they are asked for; together they are `sql`.
pub fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let (kind, length) = token(rest)?;
        let (text, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        Some(Token { kind, text })
    })
}

/// The kind of the first token of `sql` and its length in bytes.
fn token(sql: &str) -> Option<(Kind, usize)> {
    let first = sql.chars().next()?;
    let second = sql.chars().nth(1);
    Some(match (first, second) {
        (c, _) if c.is_whitespace() => (Kind::Space, run(sql, char::is_whitespace)),
        ('-', Some('-')) => (Kind::Comment, run(sql, |c| c != '\n')),
        ('/', Some('*')) => (Kind::Comment, block_comment(sql)),
        ('\'', _) => (Kind::Text, quoted(sql, 0, '\'', false)),
        ('e' | 'E', Some('\'')) => (Kind::Text, quoted(sql, 1, '\'', true)),
        ('b' | 'B' | 'x' | 'X' | 'n' | 'N', Some('\'')) => (Kind::Text, quoted(sql, 1, '\'', false)),
        ('"', _) => (Kind::Identifier, quoted(sql, 0, '"', false)),
        ('$', Some(c)) if c.is_ascii_digit() => (Kind::Parameter, 1 + run(after(sql, 1), |c| c.is_ascii_digit())),
        ('$', _) => dollar_quoted(sql).map_or((Kind::Operator, 1), |length| (Kind::Text, length)),
        (c, _) if c.is_ascii_digit() => (Kind::Number, number(sql)),
        ('.', Some(c)) if c.is_ascii_digit() => (Kind::Number, number(sql)),
        (c, _) if is_name_start(c) => {
            let length = run(sql, |c| is_name_start(c) || c.is_ascii_digit() || c == '$');
            let word = sql.split_at_checked(length).map_or(sql, |(word, _)| word);
            (if is_keyword(word) { Kind::Keyword } else { Kind::Identifier }, length)
        }
        (c, _) => (Kind::Operator, c.len_utf8()),
    })
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphabetic() || (!c.is_ascii() && !c.is_whitespace())
}

fn after(sql: &str, bytes: usize) -> &str {
    sql.get(bytes..).unwrap_or("")
}

/// Bytes until the first sign that is not `wanted`.
fn run(sql: &str, wanted: impl Fn(char) -> bool) -> usize {
    sql.find(|c| !wanted(c)).unwrap_or(sql.len())
}

/// A quoted text whose opening quote stands at `open`: a doubled quote does not end it, nor does
/// one after a backslash where those escape.
fn quoted(sql: &str, open: usize, quote: char, escapes: bool) -> usize {
    let mut signs = sql.char_indices().skip_while(|(at, _)| *at <= open).peekable();
    while let Some((at, sign)) = signs.next() {
        if escapes && sign == '\\' {
            signs.next();
        } else if sign == quote && signs.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    sql.len()
}

/// `$tag$ … $tag$`; `None` when it does not begin like one.
fn dollar_quoted(sql: &str) -> Option<usize> {
    let tag = run(after(sql, 1), |c| is_name_start(c) || c.is_ascii_digit());
    let open = after(sql, 0).get(..tag + 2).filter(|open| open.ends_with('$'))?;
    let body = after(sql, open.len());
    Some(body.find(open).map_or(sql.len(), |at| open.len() + at + open.len()))
}

/// PostgreSQL's block comments nest.
fn block_comment(sql: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = after(sql, at).find(['/', '*']) {
        at += next;
        let rest = after(sql, at);
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    sql.len()
}

fn number(sql: &str) -> usize {
    let mut before = ' ';
    for (at, sign) in sql.char_indices() {
        let is_exponents = matches!(sign, '+' | '-') && matches!(before, 'e' | 'E');
        if !is_exponents && !sign.is_ascii_alphanumeric() && !matches!(sign, '.' | '_') {
            return at;
        }
        before = sign;
    }
    sql.len()
}

/// Key words that give a statement its shape; the many that are also ordinary names are left out.
const KEYWORDS: &[&str] = &[
    "ADD",
    "ALL",
    "ALTER",
    "ANALYZE",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BEGIN",
    "BETWEEN",
    "BY",
    "CALL",
    "CASCADE",
    "CASE",
    "CAST",
    "CHECKPOINT",
    "CLOSE",
    "CLUSTER",
    "COLLATE",
    "COLUMN",
    "COMMIT",
    "CONCURRENTLY",
    "CONFLICT",
    "CONSTRAINT",
    "COPY",
    "CREATE",
    "CROSS",
    "DATABASE",
    "DEALLOCATE",
    "DECLARE",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DISCARD",
    "DISTINCT",
    "DO",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXCLUSIVE",
    "EXECUTE",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FETCH",
    "FILTER",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "FUNCTION",
    "GRANT",
    "GROUP",
    "HAVING",
    "IF",
    "ILIKE",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "ISNULL",
    "JOIN",
    "KEY",
    "LATERAL",
    "LEFT",
    "LIKE",
    "LIMIT",
    "LISTEN",
    "LOCK",
    "LOCKED",
    "MATERIALIZED",
    "MERGE",
    "MODE",
    "NATURAL",
    "NOT",
    "NOTHING",
    "NOTIFY",
    "NOWAIT",
    "NULL",
    "NULLS",
    "OFFSET",
    "ON",
    "ONLY",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "PREPARE",
    "PRIMARY",
    "PROCEDURE",
    "RECURSIVE",
    "REFERENCES",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "RESET",
    "RETURNING",
    "REVOKE",
    "RIGHT",
    "ROLLBACK",
    "SAVEPOINT",
    "SCHEMA",
    "SELECT",
    "SET",
    "SHARE",
    "SHOW",
    "SIMILAR",
    "SKIP",
    "SOME",
    "START",
    "TABLE",
    "TEMPORARY",
    "THEN",
    "TO",
    "TRANSACTION",
    "TRIGGER",
    "TRUE",
    "TRUNCATE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USING",
    "VACUUM",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

fn is_keyword(word: &str) -> bool {
    let upper = |c: char| c.to_ascii_uppercase();
    word.len() <= 12 && KEYWORDS.binary_search_by(|known| known.chars().cmp(word.chars().map(upper))).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kinds(sql: &str) -> Vec<(Kind, &str)> {
        tokens(sql).filter(|t| t.kind != Kind::Space).map(|t| (t.kind, t.text)).collect()
    }

    #[test]
    fn key_words_are_sorted_so_that_they_are_found() {
        assert!(KEYWORDS.is_sorted());
        assert!(KEYWORDS.iter().all(|word| is_keyword(&word.to_lowercase())));
    }

    #[test]
    fn a_statement_is_cut_where_postgresql_cuts_it() {
        use Kind::{Identifier, Keyword, Number, Operator, Parameter, Text};
        assert_eq!(
            kinds("SELECT o.\"Sum\" FROM orders o WHERE id=$1 AND t > 'it''s' and n<1.5e-3"),
            [
                (Keyword, "SELECT"),
                (Identifier, "o"),
                (Operator, "."),
                (Identifier, "\"Sum\""),
                (Keyword, "FROM"),
                (Identifier, "orders"),
                (Identifier, "o"),
                (Keyword, "WHERE"),
                (Identifier, "id"),
                (Operator, "="),
                (Parameter, "$1"),
                (Keyword, "AND"),
                (Identifier, "t"),
                (Operator, ">"),
                (Text, "'it''s'"),
                (Keyword, "and"),
                (Identifier, "n"),
                (Operator, "<"),
                (Number, "1.5e-3"),
            ]
        );
    }

    #[test]
    fn strings_of_all_kinds_hold_what_looks_like_their_end() {
        for text in ["'a''b'", r"E'a\'b'", "$$a'b$$", "$f$ a $$ b $f$", "x'1F'", "'cut off", "$q$cut off $q"] {
            assert_eq!(kinds(text), [(Kind::Text, text)]);
        }
        assert_eq!(kinds("/* a /* b */ c */"), [(Kind::Comment, "/* a /* b */ c */")]);
        assert_eq!(kinds("/* cut off"), [(Kind::Comment, "/* cut off")]);
        assert_eq!(kinds("-- x\n1"), [(Kind::Comment, "-- x"), (Kind::Number, "1")]);
        assert_eq!(kinds("1-2"), [(Kind::Number, "1"), (Kind::Operator, "-"), (Kind::Number, "2")]);
    }

    proptest! {
        #[test]
        fn tokens_together_are_the_input(sql in r"(.|[-/*'$\\ \nEe1.x\x22]){0,40}") {
            let all: Vec<_> = tokens(&sql).collect();
            prop_assert!(all.iter().all(|t| !t.text.is_empty()));
            prop_assert_eq!(all.iter().map(|t| t.text).collect::<String>(), sql);
        }
    }
}
