//! Copies all data from one database to another.

pub mod copy;
pub mod postgres;
pub mod sqlite;
#[cfg(test)]
mod tests;

use crate::{
    connect::corrupt,
    domain::{OwnerId, StoreError},
};
use async_trait::async_trait;
use serde::Serialize;
use std::time::Duration;

/// Time limit for reading or writing all that an owner has, which may be 64 MiB.
const OWNER_TIMEOUT: Duration = Duration::from_secs(600);

/// All data of an owner as stored. Times are microseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holdings {
    /// By id.
    pub threads: Vec<HeldThread>,
    /// By title.
    pub notes: Vec<HeldNote>,
}

impl Holdings {
    /// Whether the owner has no data.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.threads.is_empty() && self.notes.is_empty()
    }
}

/// A thread with its messages, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldThread {
    /// The thread itself.
    pub row: ThreadRow,
    /// Its messages.
    pub messages: Vec<MessageRow>,
}

/// A thread as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of `threads`, which its schema explains"
)]
pub struct ThreadRow {
    pub id: String,
    pub title: Vec<u8>,
    pub agent: String,
    pub active_run: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub renamed_at: i64,
    pub pause: Option<String>,
    pub resumptions: i64,
    pub remembered: String,
}

/// A message as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
#[allow(
    missing_docs,
    reason = "the columns of `messages`, which its schema explains"
)]
pub struct MessageRow {
    pub position: i64,
    pub id: String,
    pub from_user: bool,
    pub agent: String,
    pub bytes: i64,
    pub body: String,
}

/// A note as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
#[allow(
    missing_docs,
    reason = "the columns of `notes`, which its schema explains"
)]
pub struct HeldNote {
    pub title: String,
    pub content: Vec<u8>,
    pub updated_at: i64,
}

/// A database to copy from or to.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Up to `limit` owners with data, by id, after `after`.
    async fn owners(
        &self,
        after: Option<&OwnerId>,
        limit: usize,
    ) -> Result<Vec<OwnerId>, StoreError>;

    /// A consistent snapshot of an owner's data.
    async fn read(&self, owner: &OwnerId) -> Result<Holdings, StoreError>;

    /// Stores the data of an owner who has none; all or nothing.
    async fn write(&self, owner: &OwnerId, holdings: Holdings) -> Result<(), StoreError>;
}

fn owner_ids(ids: Vec<String>) -> Result<Vec<OwnerId>, StoreError> {
    let ids = ids.into_iter().map(OwnerId::try_from);
    ids.collect::<Result<_, _>>().map_err(corrupt)
}
