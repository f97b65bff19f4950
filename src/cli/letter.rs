//! Who to be and where to connect, in psql's letters.

use clap::Args;

use crate::{
    config::{Letters, PasswordRule},
    platform::ConninfoText,
};

/// psql's letters.
#[derive(Args)]
#[command(next_help_heading = "Connection, as in psql")]
pub struct LetterArgs {
    /// Server's host name, address or socket directory
    #[arg(short = 'h', long, value_name = "HOST", global = true)]
    host: Option<String>,
    /// Server's port
    #[arg(short = 'p', long, value_name = "PORT", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Role to log in as
    #[arg(short = 'U', long, value_name = "NAME", global = true)]
    username: Option<String>,
    /// Database, or a connection string
    #[arg(short = 'd', long, value_name = "DBNAME", global = true)]
    dbname: Option<String>,
    /// Ask for the password before connecting
    #[arg(short = 'W', long, global = true, conflicts_with = "no_password")]
    password: bool,
    /// Never ask for a password
    #[arg(short = 'w', long, global = true)]
    no_password: bool,
}

impl LetterArgs {
    pub(super) fn letters(&self) -> Letters {
        Letters {
            host: self.host.clone(),
            port: self.port,
            user: self.username.clone(),
            dbname: self.dbname.clone().map(ConninfoText::new),
            rule: match (self.password, self.no_password) {
                (true, _) => PasswordRule::Ask,
                (false, true) => PasswordRule::Never,
                (false, false) => PasswordRule::Found,
            },
            password: None,
        }
    }
}
