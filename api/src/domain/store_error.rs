//! What can go wrong in any store.

use std::time::Duration;

/// A store could not do its work. What is wrong goes to the log, never to a client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The store is away or too slow; a retry may succeed.
    #[error("{store} is not reachable: {reason}")]
    Unavailable {
        /// `redis` or `database`.
        store: &'static str,
        /// For the log.
        reason: String,
    },
    /// The store has no room for what would be added; reading goes on.
    #[error("{store} is full")]
    Full {
        /// Which store.
        store: &'static str,
    },
    /// What was read is not what was written: damaged, or sealed with an unknown secret.
    #[error("{store} holds an unreadable record: {reason}")]
    Corrupt {
        /// Which store.
        store: &'static str,
        /// For the log.
        reason: String,
    },
}

impl StoreError {
    /// How long a client should wait before it tries again.
    pub const RETRY_AFTER: Duration = Duration::from_secs(2);

    /// Which store it was.
    #[must_use]
    pub fn store(&self) -> &'static str {
        match self {
            Self::Unavailable { store, .. }
            | Self::Full { store }
            | Self::Corrupt { store, .. } => store,
        }
    }
}
