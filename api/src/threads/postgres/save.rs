//! Saves a run's messages, and new titles.

use super::{index, sql, words};
use crate::{
    connect::postgres::statement::{query, query_as},
    domain::{AgentId, Message, OwnerId, Role, StoreError, Thread, ThreadId},
    threads::{
        rows::{self, ThreadRow},
        saving::Saving,
    },
};
use jiff::Timestamp;
use sqlx::PgConnection;

pub(super) async fn save(
    connection: &mut PgConnection,
    owner: &OwnerId,
    id: &ThreadId,
    saving: &Saving,
) -> Result<bool, StoreError> {
    // Also locks the thread.
    let updated = query(sql::SAVE)
        .bind(owner.as_str())
        .bind(id.as_str())
        .bind(saving.run.as_str())
        .bind(saving.agent.as_str())
        .bind(Timestamp::now().as_microsecond())
        .bind(saving.has_ended())
        .bind(saving.pause()?)
        .execute(&mut *connection)
        .await?;
    if updated.rows_affected() == 0 {
        return Ok(false);
    }
    for message in &saving.messages {
        put(connection, id, &saving.agent, message, None).await?;
    }
    if !saving.messages.is_empty() {
        measure(connection, id).await?;
    }
    if saving.has_ended() {
        index::batch(connection, owner).await?;
    }
    Ok(true)
}

/// Appends a message, or replaces the one with its id. A message without words is indexed once its
/// run has ended.
pub(super) async fn put(
    connection: &mut PgConnection,
    thread: &ThreadId,
    agent: &AgentId,
    message: &Message,
    words: Option<String>,
) -> Result<(), StoreError> {
    query(sql::PUT)
        .bind(thread.as_str())
        .bind(message.id.as_str())
        .bind(message.role == Role::User)
        .bind(agent.as_str())
        .bind(rows::json(message)?)
        .bind(i32::try_from(message.bytes()).unwrap_or(i32::MAX))
        .bind(words)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn measure(
    connection: &mut PgConnection,
    thread: &ThreadId,
) -> Result<(), StoreError> {
    query(sql::MEASURE)
        .bind(thread.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn rename(
    connection: &mut PgConnection,
    owner: &OwnerId,
    id: &ThreadId,
    title: &str,
) -> Result<Option<Thread>, StoreError> {
    let row: Option<ThreadRow> = query_as(sql::RENAME)
        .bind(owner.as_str())
        .bind(id.as_str())
        .bind(title.as_bytes())
        .bind(Timestamp::now().as_microsecond())
        .bind(words::vector(owner, title, words::TITLE_WEIGHT))
        .fetch_optional(connection)
        .await?;
    row.map(ThreadRow::read).transpose()
}
