//! `DATABASE_URL`.

use secrecy::SecretString;
use std::str::FromStr;

/// A database server, or a file.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// `postgres://…`, with its password.
    Postgres(SecretString),
    /// `sqlite:<path>`.
    Sqlite(String),
}

/// The text is neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("begin with postgres:// or sqlite:, as in sqlite:./data/smooth-operator.db")]
pub struct InvalidDatabaseUrl;

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;
    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let text = text.trim();
        if text.starts_with("sqlite:") {
            Ok(Self::Sqlite(text.to_owned()))
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.into()))
        } else {
            Err(InvalidDatabaseUrl)
        }
    }
}
