//! Errors that any store can return.

use std::time::Duration;

/// A store's error. The reason is for the log and never reaches a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The store is down or too slow; a retry may succeed.
    #[error("{store} is not reachable: {reason}")]
    Unavailable {
        /// `redis` or `database`.
        store: &'static str,
        /// For the log.
        reason: String,
    },
    /// The store is full. Reads still work.
    #[error("{store} is full")]
    Full {
        /// Which store.
        store: &'static str,
    },
    /// The stored data is damaged, or sealed with an unknown secret.
    #[error("{store} holds an unreadable record: {reason}")]
    Corrupt {
        /// Which store.
        store: &'static str,
        /// For the log.
        reason: String,
    },
}

impl StoreError {
    /// How long a client should wait before it retries.
    pub const RETRY_AFTER: Duration = Duration::from_secs(2);

    /// The name of the store.
    #[must_use]
    pub fn store(&self) -> &'static str {
        match self {
            Self::Unavailable { store, .. }
            | Self::Full { store }
            | Self::Corrupt { store, .. } => store,
        }
    }
}
