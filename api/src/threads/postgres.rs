//! Threads in PostgreSQL; its schema is in `migrations/`.

mod rows;
mod sql;

use super::{BeginError, Beginning, Begun, Cursor, ThreadStore};
use crate::domain::{
    AgentId, Message, OwnerId, Role, RunId, StoreError, THREADS_PER_OWNER, Thread, ThreadDetail,
    ThreadId,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rows::{DetailRow, ThreadRow};
use sqlx::{PgConnection, PgPool};
use std::{future::Future, time::Duration};

/// Longest wait for one call, whatever the server does.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// Threads in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresThreads {
    pool: PgPool,
}

impl PostgresThreads {
    /// Threads in the database of `pool`, whose schema is up to date.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
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

    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        ended: bool,
    ) -> Result<bool, StoreError> {
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
            sqlx::query(sql::LOCK_OWNER)
                .bind(owner.as_str())
                .execute(&mut *transaction)
                .await?;
            let active: Vec<(Option<String>,)> = sqlx::query_as(sql::DELETE_OWNER)
                .bind(owner.as_str())
                .fetch_all(&mut *transaction)
                .await?;
            sqlx::query(sql::FORGET_OWNER)
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
    let mut agent = if beginning.exists {
        open_thread(connection, owner, beginning).await?
    } else {
        new_thread(connection, owner, beginning).await?;
        beginning.entry_agent.clone()
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
    let history = messages(connection, thread).await?;
    put(connection, thread, &agent, &beginning.message).await?;
    sqlx::query(sql::START)
        .bind(thread.as_str())
        .bind(agent.as_str())
        .bind(beginning.run_id.as_str())
        .bind(beginning.message.created_at.as_microsecond())
        .execute(&mut *connection)
        .await?;
    Ok(Begun { agent, history })
}

/// Locks a thread that is there, after all checks in their order; gives its agent.
async fn open_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<AgentId, BeginError> {
    let row: Option<(String, Option<String>)> = sqlx::query_as(sql::LOCK_THREAD)
        .bind(owner.as_str())
        .bind(beginning.thread_id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let (agent, active_run) = row.ok_or(BeginError::ThreadNotFound)?;
    if let Some(replaced) = &beginning.replace_from {
        replaceable(connection, &beginning.thread_id, replaced.as_str()).await?;
    }
    match active_run {
        Some(run) => Err(BeginError::RunInProgress(rows::id(run)?)),
        None => Ok(rows::id(agent)?),
    }
}

async fn new_thread(
    connection: &mut PgConnection,
    owner: &OwnerId,
    beginning: &Beginning,
) -> Result<(), BeginError> {
    sqlx::query(sql::LOCK_OWNER)
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
        .bind(rows::body(message)?)
        .execute(connection)
        .await?;
    Ok(())
}

impl From<sqlx::Error> for BeginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A server that hangs keeps no caller.
async fn bounded<T, E: From<StoreError>>(call: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    tokio::time::timeout(CALL_TIMEOUT, call)
        .await
        .unwrap_or_else(|_| {
            let reason = "no answer in time".to_owned();
            Err(StoreError::Unavailable {
                store: "postgres",
                reason,
            }
            .into())
        })
}

#[cfg(test)]
mod tests;
