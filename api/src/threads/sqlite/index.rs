//! Updates the search index.

use super::{sql, words};
use crate::{
    connect::sqlite::owners,
    domain::{OwnerId, StoreError, ThreadId},
    threads::rows,
};
use sqlx::SqliteConnection;

pub(super) async fn title(
    connection: &mut SqliteConnection,
    owner: i64,
    thread: i64,
    title: &str,
) -> Result<(), StoreError> {
    add(
        connection,
        sql::INDEX_TITLE,
        thread,
        words::text(owner, title),
    )
    .await
}

/// Indexes the messages of a thread that have changed since they were last indexed. Not for a
/// growing answer: each time would cost as much as the whole.
pub(super) async fn messages(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    thread: &ThreadId,
) -> Result<(), StoreError> {
    let Some(owner) = owners::number(connection, owner).await? else {
        return Ok(());
    };
    let changed = sqlx::query_as(sql::CHANGED_MESSAGES)
        .bind(thread.as_str())
        .fetch_all(&mut *connection)
        .await?;
    add_messages(connection, owner, changed).await
}

/// Whether texts of the owner are missing from the index: those copied from another database, and
/// those of lost runs.
pub(super) async fn is_behind(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<bool, StoreError> {
    let behind = sqlx::query_scalar(sql::IS_BEHIND).bind(owner.as_str());
    Ok(behind.fetch_one(connection).await?)
}

pub(super) async fn catch_up(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<(), StoreError> {
    let Some(number) = owners::number(connection, owner).await? else {
        return Ok(());
    };
    let titles: Vec<(i64, String)> = sqlx::query_as(sql::TITLES_BEHIND)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    for (thread, text) in titles {
        title(connection, number, thread, &text).await?;
        sqlx::query(sql::TITLE_INDEXED)
            .bind(thread)
            .execute(&mut *connection)
            .await?;
    }
    let messages = sqlx::query_as(sql::MESSAGES_BEHIND)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    add_messages(connection, number, messages).await
}

async fn add_messages(
    connection: &mut SqliteConnection,
    owner: i64,
    messages: Vec<(i64, String)>,
) -> Result<(), StoreError> {
    for (number, body) in messages {
        let words = words::text(owner, &rows::message(&body)?.content);
        add(connection, sql::INDEX_MESSAGE, number, words).await?;
        sqlx::query(sql::MESSAGE_INDEXED)
            .bind(number)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn add(
    connection: &mut SqliteConnection,
    sql: &'static str,
    number: i64,
    words: String,
) -> Result<(), StoreError> {
    sqlx::query(sql)
        .bind(number)
        .bind(words)
        .execute(connection)
        .await?;
    Ok(())
}
