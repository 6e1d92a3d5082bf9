//! Begins or resumes a run in a thread.

use super::{
    read,
    save::{measure, put},
    sql, words,
};
use crate::{
    connect::postgres::{
        owners::{self, Standing},
        statement::{query, query_as, query_scalar},
    },
    domain::{Message, OwnerId, RunId, StoreError, THREADS_PER_OWNER, ThreadId},
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
    let (mut agent, paused, remembered) = if beginning.exists {
        let row = open_thread(connection, owner, beginning).await?;
        let remembered = rows::remembered(&row.remembered)?;
        (rows::id(row.agent)?, row.pause.is_some(), remembered)
    } else {
        new_thread(connection, owner, beginning).await?;
        (beginning.entry_agent.clone(), false, Vec::new())
    };
    if let Some(replaced) = &beginning.replace_from {
        let (position, agent_then) = replaceable(connection, thread, replaced.as_str()).await?;
        query(sql::CUT)
            .bind(thread.as_str())
            .bind(position)
            .execute(&mut *connection)
            .await?;
        agent = rows::id(agent_then)?;
    }
    let mut history = read::messages(connection, thread.as_str()).await?;
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
    let row = lock_thread(connection, owner, thread).await?;
    if let Some(run) = row.active_run {
        return Err(BeginError::RunInProgress(rows::id(run)?));
    }
    if !resumption.answers(rows::pause(row.pause)?.as_ref()) {
        return Err(BeginError::NotPaused);
    }
    let agent = rows::id(row.agent)?;
    let mut history = read::messages(connection, thread.as_str()).await?;
    if let Some(last) = history.last_mut() {
        for (id, outcome) in &resumption.outcomes {
            last.answer_call(id, outcome);
        }
        put(connection, thread, &agent, last, None).await?;
        measure(connection, thread).await?;
    }
    let mut remembered = rows::remembered(&row.remembered)?;
    remembered.extend(resumption.remember.iter().cloned());
    let begun = Begun {
        agent,
        history,
        resumptions: usize::try_from(row.resumptions).unwrap_or(0) + 1,
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

async fn lock_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    thread: &ThreadId,
) -> Result<StateRow, BeginError> {
    let row: Option<StateRow> = query_as(sql::LOCK_THREAD)
        .bind(owner.as_str())
        .bind(thread.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or(BeginError::ThreadNotFound)
}

/// Locks an existing thread, after all checks in their order.
async fn open_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<StateRow, BeginError> {
    let mut row = lock_thread(connection, owner, &beginning.thread_id).await?;
    if let Some(replaced) = &beginning.replace_from {
        replaceable(connection, &beginning.thread_id, replaced.as_str()).await?;
    }
    match row.active_run.take() {
        Some(run) => Err(BeginError::RunInProgress(rows::id(run)?)),
        None => Ok(row),
    }
}

async fn new_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<(), BeginError> {
    if owners::lock(connection, owner).await? == Standing::Forgotten {
        return Err(BeginError::OwnerForgotten);
    }
    let count: i64 = query_scalar(sql::COUNT)
        .bind(owner.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if usize::try_from(count).is_ok_and(|count| count >= THREADS_PER_OWNER) {
        return Err(BeginError::LimitReached);
    }
    query(sql::INSERT)
        .bind(beginning.thread_id.as_str())
        .bind(owner.as_str())
        .bind(beginning.title.as_bytes())
        .bind(beginning.entry_agent.as_str())
        .bind(beginning.message.created_at.as_microsecond())
        .bind(words::vector(owner, &beginning.title, words::TITLE_WEIGHT))
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// The position of a user's message, and the thread's agent at that time.
async fn replaceable(
    connection: &mut PgConnection,
    thread: &ThreadId,
    message: &str,
) -> Result<(i32, String), BeginError> {
    let row: Option<(i32, bool, String)> = query_as(sql::FIND)
        .bind(thread.as_str())
        .bind(message)
        .fetch_optional(connection)
        .await?;
    match row {
        None => Err(BeginError::MessageNotFound),
        Some((_, false, _)) => Err(BeginError::NotAUserMessage),
        Some((position, true, agent)) => Ok((position, agent)),
    }
}

impl From<sqlx::Error> for BeginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
