//! Saves a run's messages and new titles, and deletes threads.

use super::{index, sql};
use crate::{
    connect::sqlite::owners,
    domain::{AgentId, Message, OwnerId, Role, RunId, StoreError, Thread, ThreadId},
    threads::{
        rows::{self, ThreadRow},
        saving::Saving,
    },
};
use jiff::Timestamp;
use sqlx::SqliteConnection;

pub(super) async fn save(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    id: &ThreadId,
    saving: &Saving,
) -> Result<bool, StoreError> {
    let updated = sqlx::query(sql::SAVE)
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
        put(connection, id, &saving.agent, message).await?;
    }
    if saving.has_ended() {
        index::batch(connection, owner).await?;
    }
    Ok(true)
}

/// Appends a message, or replaces the one with its id.
pub(super) async fn put(
    connection: &mut SqliteConnection,
    thread: &ThreadId,
    agent: &AgentId,
    message: &Message,
) -> Result<(), StoreError> {
    sqlx::query(sql::PUT)
        .bind(thread.as_str())
        .bind(message.id.as_str())
        .bind(message.role == Role::User)
        .bind(agent.as_str())
        .bind(i64::try_from(message.bytes()).unwrap_or(i64::MAX))
        .bind(rows::json(message)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn rename(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    id: &ThreadId,
    title: &str,
) -> Result<Option<Thread>, StoreError> {
    let row: Option<ThreadRow> = sqlx::query_as(sql::RENAME)
        .bind(owner.as_str())
        .bind(id.as_str())
        .bind(title)
        .bind(Timestamp::now().as_microsecond())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    index::batch(connection, owner).await?;
    row.read().map(Some)
}

pub(super) async fn delete(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    id: &ThreadId,
) -> Result<Option<Option<RunId>>, StoreError> {
    let run: Option<Option<String>> = sqlx::query_scalar(sql::DELETE)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    run.map(|run| run.map(rows::id).transpose()).transpose()
}

pub(super) async fn delete_owner(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<Vec<RunId>, StoreError> {
    let active: Vec<Option<String>> = sqlx::query_scalar(sql::DELETE_OWNER)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    owners::forget(connection, owner).await?;
    rows::active_runs(active)
}

/// Returns how many.
pub(super) async fn delete_untouched(
    connection: &mut SqliteConnection,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let deleted = sqlx::query(sql::DELETE_UNTOUCHED)
        .bind(before.as_microsecond())
        .execute(connection)
        .await?;
    Ok(usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX))
}
