//! Threads in PostgreSQL; its schema is in `migrations/`.

mod rows;
mod sql;

use super::{BeginError, Beginning, Begun, Cursor, Progress, Resumption, ThreadStore};
use crate::{
    connect::postgres::{Pool, bounded, owners},
    domain::{
        AgentId, Message, OwnerId, Pause, Role, RunId, StoreError, THREADS_PER_OWNER, Thread,
        ThreadDetail, ThreadId,
    },
};
use async_trait::async_trait;
use jiff::Timestamp;
use rows::{DetailRow, StateRow, ThreadRow};
use sqlx::PgConnection;

/// Threads in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresThreads {
    pool: Pool,
}

impl PostgresThreads {
    /// Threads in the database of `pool`, whose schema is up to date.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl ThreadStore for PostgresThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        bounded(async {
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let query = match cursor {
                None => sqlx::query_as(sql::LIST).bind(owner.as_str()).bind(limit),
                Some(cursor) => sqlx::query_as(sql::LIST_AFTER)
                    .bind(owner.as_str())
                    .bind(limit)
                    .bind(cursor.updated_at.as_microsecond())
                    .bind(cursor.id.as_str()),
            };
            let threads: Vec<ThreadRow> = query.fetch_all(&self.pool).await?;
            threads.into_iter().map(ThreadRow::read).collect()
        })
        .await
    }

    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        bounded(async {
            // One view of both tables, so that the messages are those of the agent and the run.
            let mut transaction = self.pool.begin_with(sql::BEGIN_SNAPSHOT).await?;
            let row: Option<DetailRow> = sqlx::query_as(sql::GET)
                .bind(owner.as_str())
                .bind(id.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let messages = messages(&mut transaction, id).await?;
            transaction.commit().await?;
            row.read(messages).map(Some)
        })
        .await
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            let begun = begin(&mut transaction, owner, &beginning).await?;
            transaction.commit().await?;
            Ok(begun)
        })
        .await
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            let begun = resume(&mut transaction, owner, &resumption).await?;
            transaction.commit().await?;
            Ok(begun)
        })
        .await
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        bounded(async {
            let pause: Option<Option<String>> = sqlx::query_scalar(sql::PAUSE)
                .bind(owner.as_str())
                .bind(id.as_str())
                .fetch_optional(&self.pool)
                .await?;
            rows::pause(pause.flatten())
        })
        .await
    }

    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let (ended, pause) = match progress {
            Progress::Live => (false, None),
            Progress::Ended => (true, None),
            Progress::Paused(pause) => (true, Some(rows::json(&pause)?)),
        };
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            // Locks the thread too.
            let updated = sqlx::query(sql::SAVE)
                .bind(owner.as_str())
                .bind(id.as_str())
                .bind(run.as_str())
                .bind(agent.as_str())
                .bind(Timestamp::now().as_microsecond())
                .bind(ended)
                .bind(pause)
                .execute(&mut *transaction)
                .await?;
            if updated.rows_affected() == 0 {
                return Ok(false);
            }
            for message in messages {
                put(&mut transaction, id, agent, message).await?;
            }
            transaction.commit().await?;
            Ok(true)
        })
        .await
    }

    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        bounded(async {
            let row: Option<ThreadRow> = sqlx::query_as(sql::RENAME)
                .bind(owner.as_str())
                .bind(id.as_str())
                .bind(title.as_bytes())
                .fetch_optional(&self.pool)
                .await?;
            row.map(ThreadRow::read).transpose()
        })
        .await
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        bounded(async {
            let row: Option<(Option<String>,)> = sqlx::query_as(sql::DELETE)
                .bind(owner.as_str())
                .bind(id.as_str())
                .fetch_optional(&self.pool)
                .await?;
            row.map(|(run,)| run.map(rows::id).transpose()).transpose()
        })
        .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query(owners::LOCK)
                .bind(owner.as_str())
                .execute(&mut *transaction)
                .await?;
            let active: Vec<(Option<String>,)> = sqlx::query_as(sql::DELETE_OWNER)
                .bind(owner.as_str())
                .fetch_all(&mut *transaction)
                .await?;
            sqlx::query(owners::FORGET)
                .bind(owner.as_str())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            active
                .into_iter()
                .filter_map(|(run,)| run.map(rows::id))
                .collect()
        })
        .await
    }
}

async fn begin(
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
        sqlx::query(sql::CUT)
            .bind(thread.as_str())
            .bind(position)
            .execute(&mut *connection)
            .await?;
        agent = rows::id(agent_then)?;
    }
    let mut history = messages(connection, thread).await?;
    if let Some(last) = history.last_mut().filter(|_| paused)
        && last.answer_waiting_calls(&beginning.cancelled_call)
    {
        put(connection, thread, &agent, last).await?;
    }
    put(connection, thread, &agent, &beginning.message).await?;
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

async fn resume(
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
    let mut history = messages(connection, thread).await?;
    if let Some(last) = history.last_mut() {
        for (id, outcome) in &resumption.outcomes {
            last.answer_call(id, outcome);
        }
        put(connection, thread, &agent, last).await?;
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
    sqlx::query(sql::START)
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
    let row: Option<StateRow> = sqlx::query_as(sql::LOCK_THREAD)
        .bind(owner.as_str())
        .bind(thread.as_str())
        .fetch_optional(connection)
        .await?;
    row.ok_or(BeginError::ThreadNotFound)
}

/// Locks a thread that is there, after all checks in their order.
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
    sqlx::query(owners::LOCK)
        .bind(owner.as_str())
        .execute(&mut *connection)
        .await?;
    let count: i64 = sqlx::query_scalar(sql::COUNT)
        .bind(owner.as_str())
        .fetch_one(&mut *connection)
        .await?;
    if usize::try_from(count).is_ok_and(|count| count >= THREADS_PER_OWNER) {
        return Err(BeginError::LimitReached);
    }
    sqlx::query(sql::INSERT)
        .bind(beginning.thread_id.as_str())
        .bind(owner.as_str())
        .bind(beginning.title.as_bytes())
        .bind(beginning.entry_agent.as_str())
        .bind(beginning.message.created_at.as_microsecond())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// The position of a user's message and the agent that had it.
async fn replaceable(
    connection: &mut PgConnection,
    thread: &ThreadId,
    message: &str,
) -> Result<(i32, String), BeginError> {
    let row: Option<(i32, bool, String)> = sqlx::query_as(sql::FIND)
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

async fn messages(
    connection: &mut PgConnection,
    thread: &ThreadId,
) -> Result<Vec<Message>, StoreError> {
    let bodies: Vec<(String,)> = sqlx::query_as(sql::MESSAGES)
        .bind(thread.as_str())
        .fetch_all(connection)
        .await?;
    bodies.iter().map(|(body,)| rows::message(body)).collect()
}

/// Adds a message at the end, or replaces the one of its id where it stands.
async fn put(
    connection: &mut PgConnection,
    thread: &ThreadId,
    agent: &AgentId,
    message: &Message,
) -> Result<(), StoreError> {
    sqlx::query(sql::PUT)
        .bind(thread.as_str())
        .bind(message.id.as_str())
        .bind(message.role == Role::User)
        .bind(agent.as_str())
        .bind(rows::json(message)?)
        .execute(connection)
        .await?;
    Ok(())
}

impl From<sqlx::Error> for BeginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(test)]
mod tests;
