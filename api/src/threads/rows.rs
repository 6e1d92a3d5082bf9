//! Database rows and their conversion to domain types.

use crate::{
    connect::DATABASE,
    domain::{Message, MessageId, Pause, StoreError, Thread, ThreadDetail},
    threads::search::Found,
};
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Display;

/// A thread in a list. Times are microseconds since 1970.
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
    pause: Option<String>,
}

/// A search result.
#[derive(sqlx::FromRow)]
pub(super) struct FoundRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    score: i64,
}

/// A title or message that may match a search.
#[derive(sqlx::FromRow)]
pub(super) struct TextRow {
    pub(super) thread: String,
    body: Option<String>,
    title: Option<Vec<u8>>,
}

/// The state of a thread that a run needs.
#[derive(sqlx::FromRow)]
pub(super) struct StateRow {
    pub(super) agent: String,
    pub(super) active_run: Option<String>,
    pub(super) pause: Option<String>,
    pub(super) resumptions: i32,
    pub(super) remembered: String,
}

impl ThreadRow {
    pub(super) fn read(self) -> Result<Thread, StoreError> {
        Ok(Thread {
            id: id(self.id)?,
            title: title(self.title)?,
            created_at: Timestamp::from_microsecond(self.created_at).map_err(corrupt)?,
            updated_at: Timestamp::from_microsecond(self.updated_at).map_err(corrupt)?,
        })
    }
}

impl FoundRow {
    pub(super) fn read(self) -> Result<Found, StoreError> {
        Ok(Found {
            thread: self.thread.read()?,
            score: self.score,
        })
    }
}

impl TextRow {
    pub(super) fn text(&self) -> Result<String, StoreError> {
        match (&self.title, &self.body) {
            (Some(title), _) => self::title(title.clone()),
            (None, Some(body)) => Ok(message(body)?.content),
            (None, None) => Ok(String::new()),
        }
    }
}

impl DetailRow {
    pub(super) fn id(&self) -> &str {
        &self.thread.id
    }

    pub(super) fn read(
        self,
        messages: Vec<Message>,
        next_before: Option<MessageId>,
    ) -> Result<ThreadDetail, StoreError> {
        Ok(ThreadDetail {
            thread: self.thread.read()?,
            agent: id(self.agent)?,
            active_run_id: self.active_run.map(id).transpose()?,
            interrupts: pause(self.pause)?
                .map(|pause| pause.interrupts)
                .unwrap_or_default(),
            messages,
            next_before,
        })
    }
}

pub(super) fn title(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(corrupt)
}

/// An id. It was valid when it was stored.
pub(super) fn id<T: TryFrom<String, Error: Display>>(text: String) -> Result<T, StoreError> {
    T::try_from(text).map_err(corrupt)
}

/// A value as JSON, which escapes NUL.
pub(super) fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(corrupt)
}

pub(super) fn message(body: &str) -> Result<Message, StoreError> {
    parse("a message", body)
}

pub(super) fn pause(json: Option<String>) -> Result<Option<Pause>, StoreError> {
    json.map(|json| parse("a pause", &json)).transpose()
}

pub(super) fn remembered(json: &str) -> Result<Vec<String>, StoreError> {
    parse("remembered approvals", json)
}

/// The error gives the position, not the stored text.
fn parse<T: DeserializeOwned>(what: &str, json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json).map_err(|error| {
        corrupt(format!(
            "{what}, line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

fn corrupt(reason: impl Display) -> StoreError {
    StoreError::Corrupt {
        store: DATABASE,
        reason: reason.to_string(),
    }
}
