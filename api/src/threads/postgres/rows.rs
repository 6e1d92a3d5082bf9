//! Rows as they are stored, and what they stand for.

use crate::domain::{Message, StoreError, Thread, ThreadDetail};
use jiff::Timestamp;
use std::fmt::Display;

/// A thread as lists show it. Times are microseconds since 1970.
#[derive(sqlx::FromRow)]
pub(super) struct ThreadRow {
    id: String,
    title: Vec<u8>,
    created_at: i64,
    updated_at: i64,
}

/// A thread with its state.
#[derive(sqlx::FromRow)]
pub(super) struct DetailRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    agent: String,
    active_run: Option<String>,
}

impl ThreadRow {
    pub(super) fn read(self) -> Result<Thread, StoreError> {
        Ok(Thread {
            id: id(self.id)?,
            title: String::from_utf8(self.title).map_err(corrupt)?,
            created_at: Timestamp::from_microsecond(self.created_at).map_err(corrupt)?,
            updated_at: Timestamp::from_microsecond(self.updated_at).map_err(corrupt)?,
        })
    }
}

impl DetailRow {
    pub(super) fn read(self, messages: Vec<Message>) -> Result<ThreadDetail, StoreError> {
        Ok(ThreadDetail {
            thread: self.thread.read()?,
            agent: id(self.agent)?,
            active_run_id: self.active_run.map(id).transpose()?,
            interrupts: Vec::new(),
            messages,
            next_before: None,
        })
    }
}

/// An id that was an id when it was stored.
pub(super) fn id<T: TryFrom<String, Error: Display>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(corrupt)
}

/// A message as it is stored: JSON, in which NUL is an escape.
pub(super) fn body(message: &Message) -> Result<String, StoreError> {
    serde_json::to_string(message).map_err(corrupt)
}

pub(super) fn message(body: &str) -> Result<Message, StoreError> {
    // Where the fault is, not what stands there.
    serde_json::from_str(body).map_err(|error| {
        corrupt(format!(
            "a message, line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

fn corrupt(reason: impl Display) -> StoreError {
    StoreError::Corrupt {
        store: "postgres",
        reason: reason.to_string(),
    }
}
