//! Pages of the list of threads, and of a thread's messages.

use crate::domain::{MessageId, StoreError, Thread, ThreadId};
use jiff::Timestamp;

/// A page of messages: the last `limit` ones, or those before `before`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// A message of the thread, which is not on the page itself.
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
    /// `before` is not a message of the thread.
    #[error("no such message")]
    MessageNotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The end of a page of threads: the next page continues after this thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last thread's `updated_at`.
    pub updated_at: Timestamp,
    /// The last thread's id, for threads with the same time.
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
