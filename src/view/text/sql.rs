//! SQL as it is read: a lexer for highlighting, one line for tables, lines for details.
//!
//! The lexer is total: whatever the input (cut statements, other languages, noise), its tokens put
//! together are the input. It follows PostgreSQL's lexical rules for strings, dollar quotes, nested
//! comments and parameters, and judges no grammar.

mod layout;
mod lexer;

pub use layout::{Piece, lines, one_line};
pub use lexer::{Kind, Token, tokens};

impl Kind {
    /// The theme's scope for tokens of this kind.
    #[must_use]
    pub const fn scope(self) -> &'static str {
        match self {
            Self::Keyword => "sql.keyword",
            Self::Text => "sql.string",
            Self::Number => "sql.number",
            Self::Parameter => "sql.parameter",
            Self::Comment => "sql.comment",
            Self::Operator => "sql.operator",
            Self::Identifier | Self::Space => "sql",
        }
    }
}
