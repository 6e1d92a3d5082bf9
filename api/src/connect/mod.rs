//! Connections to databases, shared by the stores: pools, time limits and error conversion.

pub mod memory;
pub mod postgres;
pub mod redis;
pub mod sqlite;

use crate::domain::StoreError;
use jiff::Timestamp;
use std::fmt::Display;

/// The label of every SQL database in errors and metrics: a deployment has one.
pub const DATABASE: &str = "database";

/// Whether an owner may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The owner may write.
    Known,
    /// The owner was deleted after the request was admitted.
    Forgotten,
}

/// An error for stored data that cannot be read. `reason` must not quote the data.
pub fn corrupt(reason: impl Display) -> StoreError {
    StoreError::Corrupt {
        store: DATABASE,
        reason: reason.to_string(),
    }
}

/// A stored time, in microseconds since 1970.
pub fn time(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(corrupt)
}

/// sqlx's messages contain no values.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let (store, reason) = (DATABASE, error.to_string());
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt { store, reason }
            }
            _ => Self::Unavailable { store, reason },
        }
    }
}
