//! Pages: of the list of threads, and of the messages of one.

use crate::domain::{MessageId, StoreError, Thread, ThreadId};
use jiff::Timestamp;

/// Which messages of a thread to read: up to `limit`, before `before` or else the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// A message of the thread; those before it are read, without it.
    pub before: Option<MessageId>,
    /// Most messages.
    pub limit: usize,
}

impl Page {
    /// The last `limit` messages.
    #[must_use]
    pub fn last(limit: usize) -> Self {
        Self {
            before: None,
            limit,
        }
    }
}

/// Why a page of messages could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// `before` names no message of the thread.
    #[error("no such message")]
    MessageNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a page of threads goes on: after this one, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last thread's `updated_at`.
    pub updated_at: Timestamp,
    /// The last thread's id, among those of the same instant.
    pub id: ThreadId,
}

impl From<&Thread> for Cursor {
    fn from(thread: &Thread) -> Self {
        Self {
            updated_at: thread.updated_at,
            id: thread.id.clone(),
        }
    }
}
