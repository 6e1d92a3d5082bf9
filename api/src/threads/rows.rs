//! Database rows and their conversion to domain types.

use crate::{
    connect::{corrupt, time},
    domain::{
        AgentId, Message, MessageId, Pause, RunId, StoreError, THREADS_PER_OWNER, Thread,
        ThreadDetail,
    },
    threads::{BeginError, Beginning, Resumption, search::Found},
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Display;

/// Times are microseconds since 1970.
#[derive(sqlx::FromRow)]
pub(super) struct ThreadRow {
    id: String,
    title: Vec<u8>,
    created_at: i64,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct DetailRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    agent: String,
    active_run: Option<String>,
    pause: Option<String>,
    resumptions: i32,
}

#[derive(sqlx::FromRow)]
pub(super) struct FoundRow {
    #[sqlx(flatten)]
    thread: ThreadRow,
    score: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct TextRow {
    pub(super) thread: String,
    body: Option<String>,
    title: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
pub(super) struct StateRow {
    pub(super) agent: String,
    active_run: Option<String>,
    pub(super) pause: Option<String>,
    resumptions: i32,
    pub(super) remembered: String,
    has_message: bool,
}

impl ThreadRow {
    pub(super) fn read(self) -> Result<Thread, StoreError> {
        Ok(Thread {
            id: id(self.id)?,
            title: title(self.title)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
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

impl StateRow {
    fn is_active(&self, run: &RunId) -> bool {
        self.active_run.as_deref() == Some(run.as_str())
    }

    /// Whether an earlier try of `beginning` was stored, and must be taken back first.
    pub(super) fn has_begun(&self, beginning: &Beginning) -> Result<bool, BeginError> {
        if self.has_message {
            if !self.is_active(&beginning.run_id) {
                self.check_idle()?;
            }
            return Ok(true);
        }
        if beginning.exists {
            Ok(false)
        } else {
            Err(BeginError::AlreadyBegun)
        }
    }

    pub(super) fn check_idle(&self) -> Result<(), BeginError> {
        match &self.active_run {
            Some(run) => Err(BeginError::RunInProgress(id(run.clone())?)),
            None => Ok(()),
        }
    }

    pub(super) fn check_resumable(&self, resumption: &Resumption) -> Result<(), BeginError> {
        if self.is_active(&resumption.run_id) {
            return Ok(());
        }
        self.check_idle()?;
        if !resumption.answers(pause(self.pause.clone())?.as_ref()) {
            return Err(BeginError::NotPaused);
        }
        Ok(())
    }

    /// The consecutive resumptions and the remembered permissions once `resumption` is done.
    pub(super) fn resumed(
        &self,
        resumption: &Resumption,
    ) -> Result<(usize, Vec<String>), StoreError> {
        let mut resumptions = usize::try_from(self.resumptions).unwrap_or(0);
        let mut remembered = remembered(&self.remembered)?;
        if !self.is_active(&resumption.run_id) {
            resumptions += 1;
            remembered.extend(resumption.remember.iter().cloned());
        }
        Ok((resumptions, remembered))
    }
}

impl DetailRow {
    pub(super) fn id(&self) -> &str {
        &self.thread.id
    }

    /// The thread with a page of its messages, given `limit` of them, newest first, and one more if
    /// there is one.
    pub(super) fn page(self, bodies: &[String], limit: usize) -> Result<ThreadDetail, StoreError> {
        let mut messages = self::messages(bodies)?;
        let has_more = messages.len() > limit;
        messages.truncate(limit);
        messages.reverse();
        let oldest = messages.first().filter(|_| has_more);
        let next_before = oldest.map(|oldest| oldest.id.clone());
        self.read(messages, next_before)
    }

    /// The thread with all its messages, oldest first.
    pub(super) fn whole(self, bodies: &[String]) -> Result<ThreadDetail, StoreError> {
        self.read(messages(bodies)?, None)
    }

    fn read(
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
            resumptions: usize::try_from(self.resumptions).unwrap_or(0),
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

pub(super) fn messages(bodies: &[String]) -> Result<Vec<Message>, StoreError> {
    bodies.iter().map(|body| message(body)).collect()
}

/// The position of a user's message that is to be replaced, and the thread's agent at that time.
/// `row`: the position of a message, whether it is the user's, and the agent.
pub(super) fn replaceable<P>(row: Option<(P, bool, String)>) -> Result<(P, AgentId), BeginError> {
    match row {
        None => Err(BeginError::MessageNotFound),
        Some((_, false, _)) => Err(BeginError::NotAUserMessage),
        Some((position, true, agent)) => Ok((position, id(agent)?)),
    }
}

/// Refuses to begin again if the message was not taken back, since others follow it.
pub(super) fn check_taken_back(messages: u64) -> Result<(), BeginError> {
    if messages == 0 {
        return Err(BeginError::AlreadyBegun);
    }
    Ok(())
}

/// Refuses a new thread of an owner who has `count` threads with it.
pub(super) fn check_thread_count(count: i64) -> Result<(), BeginError> {
    if usize::try_from(count).is_ok_and(|count| count > THREADS_PER_OWNER) {
        return Err(BeginError::LimitReached);
    }
    Ok(())
}

pub(super) fn active_runs(runs: Vec<Option<String>>) -> Result<Vec<RunId>, StoreError> {
    runs.into_iter().flatten().map(id).collect()
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
