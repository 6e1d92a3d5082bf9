//! Begins or resumes a run in a thread.

use super::{
    read,
    save::{measure, put},
    sql, words,
};
use crate::{
    connect::{
        Standing,
        postgres::{
            owners,
            statement::{query, query_as, query_scalar},
        },
    },
    domain::{AgentId, Message, OwnerId, RunId, StoreError, ThreadId},
    threads::rows::{self, StateRow},
    threads::{BeginError, Beginning, Begun, Resumption},
};
use jiff::Timestamp;
use sqlx::PgConnection;

pub(super) async fn begin(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<Begun, BeginError> {
    let thread = &beginning.thread_id;
    let is_new = !beginning.exists && new_thread(connection, owner, beginning).await?;
    let (agent, paused, remembered) = if is_new {
        (beginning.entry_agent.clone(), false, Vec::new())
    } else {
        let (row, agent) = open_thread(connection, owner, beginning).await?;
        let remembered = rows::remembered(&row.remembered)?;
        (agent, row.pause.is_some(), remembered)
    };
    let bodies = read::bodies(connection, thread.as_str()).await?;
    let mut history = rows::messages(&bodies)?;
    beginning.fits(history.len(), history.iter().map(Message::bytes).sum())?;
    if let Some(last) = history.last_mut().filter(|_| paused)
        && last.answer_waiting_calls(&beginning.cancelled_call)
    {
        put(connection, thread, &agent, last, None).await?;
    }
    let words = words::vector(owner, &beginning.message.content, "");
    put(connection, thread, &agent, &beginning.message, Some(words)).await?;
    measure(connection, thread).await?;
    // After storing the message and deleting those it replaces.
    if !owners::has_room(connection, owner, 0).await? {
        return Err(BeginError::OwnerFull);
    }
    let begun = Begun {
        agent,
        history,
        resumptions: 0,
        remembered,
    };
    let at = beginning.message.created_at;
    start(connection, thread, &beginning.run_id, at, &begun).await?;
    Ok(begun)
}

pub(super) async fn resume(
    connection: &mut PgConnection,
    owner: &OwnerId,
    resumption: &Resumption,
) -> Result<Begun, BeginError> {
    let thread = &resumption.thread_id;
    let row = lock_thread(connection, owner, thread, "").await?;
    row.check_resumable(resumption)?;
    let (resumptions, remembered) = row.resumed(resumption)?;
    let agent = rows::id(row.agent)?;
    let bodies = read::bodies(connection, thread.as_str()).await?;
    let mut history = rows::messages(&bodies)?;
    if let Some(last) = history.last_mut() {
        resumption.apply(last);
        put(connection, thread, &agent, last, None).await?;
        measure(connection, thread).await?;
    }
    let begun = Begun {
        agent,
        history,
        resumptions,
        remembered,
    };
    let at = Timestamp::now();
    start(connection, thread, &resumption.run_id, at, &begun).await?;
    Ok(begun)
}

async fn start(
    connection: &mut PgConnection,
    thread: &ThreadId,
    run: &RunId,
    at: Timestamp,
    begun: &Begun,
) -> Result<(), StoreError> {
    query(sql::START)
        .bind(thread.as_str())
        .bind(begun.agent.as_str())
        .bind(run.as_str())
        .bind(at.as_microsecond())
        .bind(i32::try_from(begun.resumptions).unwrap_or(i32::MAX))
        .bind(rows::json(&begun.remembered)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Locks the thread; gives its state, and whether it has `message`.
async fn lock_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    thread: &ThreadId,
    message: &str,
) -> Result<StateRow, BeginError> {
    let row: Option<StateRow> = query_as(sql::LOCK_THREAD)
        .bind(owner.as_str())
        .bind(thread.as_str())
        .bind(message)
        .fetch_optional(connection)
        .await?;
    row.ok_or(BeginError::ThreadNotFound)
}

/// Locks an existing thread, after all checks in their order, and deletes replaced messages. Also
/// returns the agent that answers.
async fn open_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<(StateRow, AgentId), BeginError> {
    let thread = &beginning.thread_id;
    let message = beginning.message.id.as_str();
    let row = lock_thread(connection, owner, thread, message).await?;
    if row.has_begun(beginning)? {
        let taken_back = query(sql::TAKE_BACK)
            .bind(thread.as_str())
            .bind(message)
            .execute(connection)
            .await?;
        rows::check_taken_back(taken_back.rows_affected())?;
        let agent = rows::id(row.agent.clone())?;
        return Ok((row, agent));
    }
    let cut = match &beginning.replace_from {
        Some(message) => Some(replaceable(connection, thread, message.as_str()).await?),
        None => None,
    };
    row.check_idle()?;
    let Some((position, agent_then)) = cut else {
        let agent = rows::id(row.agent.clone())?;
        return Ok((row, agent));
    };
    query(sql::CUT)
        .bind(thread.as_str())
        .bind(position)
        .execute(connection)
        .await?;
    Ok((row, agent_then))
}

/// `false` if an earlier try of the request has created the thread.
async fn new_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<bool, BeginError> {
    if owners::lock(connection, owner).await? == Standing::Forgotten {
        return Err(BeginError::OwnerForgotten);
    }
    let inserted = query(sql::INSERT)
        .bind(beginning.thread_id.as_str())
        .bind(owner.as_str())
        .bind(beginning.title.as_bytes())
        .bind(beginning.entry_agent.as_str())
        .bind(beginning.message.created_at.as_microsecond())
        .bind(words::vector(owner, &beginning.title, words::TITLE_WEIGHT))
        .execute(&mut *connection)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    let count: i64 = query_scalar(sql::COUNT)
        .bind(owner.as_str())
        .fetch_one(&mut *connection)
        .await?;
    rows::check_thread_count(count)?;
    Ok(true)
}

async fn replaceable(
    connection: &mut PgConnection,
    thread: &ThreadId,
    message: &str,
) -> Result<(i32, AgentId), BeginError> {
    let find = query_as(sql::FIND).bind(thread.as_str()).bind(message);
    rows::replaceable(find.fetch_optional(connection).await?)
}

impl From<sqlx::Error> for BeginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
