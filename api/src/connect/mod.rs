//! Connections to databases, shared by the stores: pools, time limits and error conversion.

pub mod memory;
pub mod postgres;
pub mod redis;
pub mod sqlite;

use crate::domain::StoreError;

/// The label of every SQL database in errors and metrics: a deployment has one.
pub const DATABASE: &str = "database";

/// The library's messages contain no values.
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
