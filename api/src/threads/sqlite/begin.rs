//! Begins or resumes a run in a thread.

use super::{read, save::put, sql};
use crate::{
    connect::{Standing, sqlite::owners},
    domain::{AgentId, OwnerId, RunId, StoreError, ThreadId},
    threads::{
        BeginError, Beginning, Begun, Resumption,
        rows::{self, StateRow},
    },
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

/// A run that has begun, with its messages as JSON: other writes wait for the writer, so the caller
/// parses them.
pub(super) struct Started {
    agent: AgentId,
    history: Vec<String>,
    resumptions: usize,
    remembered: Vec<String>,
}

impl Started {
    pub(super) fn begun(self) -> Result<Begun, StoreError> {
        Ok(Begun {
            history: rows::messages(&self.history)?,
            agent: self.agent,
            resumptions: self.resumptions,
            remembered: self.remembered,
        })
    }
}

pub(super) async fn begin(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<Started, BeginError> {
    let thread = &beginning.thread_id;
    let new = if beginning.exists {
        None
    } else {
        new_thread(connection, owner, beginning).await?
    };
    let started = match new {
        Some(started) => started,
        None => go_on(connection, owner, beginning).await?,
    };
    put(connection, thread, &started.agent, &beginning.message).await?;
    // After storing the message and deleting those it replaces.
    if !owners::has_room(connection, owner, 0).await? {
        return Err(BeginError::OwnerFull);
    }
    Ok(started)
}

/// After all checks in their order. Deletes replaced messages.
async fn go_on(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<Started, BeginError> {
    let thread = &beginning.thread_id;
    let message = beginning.message.id.as_str();
    let state = state(connection, owner, thread, message).await?;
    let mut cut = None;
    if state.has_begun(beginning)? {
        let taken_back = sqlx::query(sql::TAKE_BACK)
            .bind(thread.as_str())
            .bind(message)
            .execute(&mut *connection)
            .await?;
        rows::check_taken_back(taken_back.rows_affected())?;
    } else {
        if let Some(replaced) = &beginning.replace_from {
            cut = Some(replaceable(connection, thread, replaced.as_str()).await?);
        }
        state.check_idle()?;
    }
    let mut agent = rows::id(state.agent)?;
    if let Some((position, agent_then)) = cut {
        sqlx::query(sql::CUT)
            .bind(thread.as_str())
            .bind(position)
            .execute(&mut *connection)
            .await?;
        agent = agent_then;
    }
    let mut history = read::bodies(connection, thread.as_str()).await?;
    if state.pause.is_some()
        && let Some(body) = history.last_mut()
    {
        let mut last = rows::message(body)?;
        if last.answer_waiting_calls(&beginning.cancelled_call) {
            put(connection, thread, &agent, &last).await?;
            *body = rows::json(&last)?;
        }
    }
    let (messages, bytes): (i64, i64) = sqlx::query_as(sql::SIZE)
        .bind(thread.as_str())
        .fetch_one(&mut *connection)
        .await?;
    beginning.fits(size(messages), size(bytes))?;
    let started = Started {
        agent,
        history,
        resumptions: 0,
        remembered: rows::remembered(&state.remembered)?,
    };
    let at = beginning.message.created_at;
    start(connection, thread, &beginning.run_id, at, &started).await?;
    Ok(started)
}

/// `None` if an earlier try of the request has created the thread.
async fn new_thread(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<Option<Started>, BeginError> {
    if owners::enter(connection, owner).await? == Standing::Forgotten {
        return Err(BeginError::OwnerForgotten);
    }
    let inserted = sqlx::query(sql::INSERT)
        .bind(beginning.thread_id.as_str())
        .bind(owner.as_str())
        .bind(&beginning.title)
        .bind(beginning.entry_agent.as_str())
        .bind(beginning.message.created_at.as_microsecond())
        .bind(beginning.run_id.as_str())
        .execute(&mut *connection)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(None);
    }
    let count: i64 = sqlx::query_scalar(sql::COUNT)
        .bind(owner.as_str())
        .fetch_one(connection)
        .await?;
    rows::check_thread_count(count)?;
    Ok(Some(Started {
        agent: beginning.entry_agent.clone(),
        history: Vec::new(),
        resumptions: 0,
        remembered: Vec::new(),
    }))
}

pub(super) async fn resume(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    resumption: &Resumption,
) -> Result<Started, BeginError> {
    let thread = &resumption.thread_id;
    let state = state(connection, owner, thread, "").await?;
    state.check_resumable(resumption)?;
    let (resumptions, remembered) = state.resumed(resumption)?;
    let agent = rows::id(state.agent)?;
    let mut history = read::bodies(connection, thread.as_str()).await?;
    if let Some(body) = history.last_mut() {
        let mut last = rows::message(body)?;
        resumption.apply(&mut last);
        put(connection, thread, &agent, &last).await?;
        *body = rows::json(&last)?;
    }
    let started = Started {
        agent,
        history,
        resumptions,
        remembered,
    };
    let at = Timestamp::now();
    start(connection, thread, &resumption.run_id, at, &started).await?;
    Ok(started)
}

async fn start(
    connection: &mut SqliteConnection,
    thread: &ThreadId,
    run: &RunId,
    at: Timestamp,
    started: &Started,
) -> Result<(), StoreError> {
    sqlx::query(sql::START)
        .bind(thread.as_str())
        .bind(started.agent.as_str())
        .bind(run.as_str())
        .bind(at.as_microsecond())
        .bind(i64::try_from(started.resumptions).unwrap_or(i64::MAX))
        .bind(rows::json(&started.remembered)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The thread's state, and whether it has `message`.
async fn state(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    thread: &ThreadId,
    message: &str,
) -> Result<StateRow, BeginError> {
    let row: Option<StateRow> = sqlx::query_as(sql::STATE)
        .bind(owner.as_str())
        .bind(thread.as_str())
        .bind(message)
        .fetch_optional(connection)
        .await?;
    row.ok_or(BeginError::ThreadNotFound)
}

async fn replaceable(
    connection: &mut SqliteConnection,
    thread: &ThreadId,
    message: &str,
) -> Result<(i64, AgentId), BeginError> {
    let find = sqlx::query_as(sql::FIND)
        .bind(thread.as_str())
        .bind(message);
    rows::replaceable(find.fetch_optional(connection).await?)
}

fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}
