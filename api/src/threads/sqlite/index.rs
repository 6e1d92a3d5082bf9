//! Indexes texts for search: those of a run once it has ended, and what a search finds missing.

use super::{sql, words};
use crate::{
    connect::sqlite::owners,
    domain::{OwnerId, StoreError},
    threads::rows,
};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// Whether texts of the owner are missing from the index: those of live and lost runs, and those
/// copied from another database.
pub(super) async fn is_behind(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
) -> Result<bool, StoreError> {
    let behind = sqlx::query_scalar(sql::IS_BEHIND).bind(owner.as_str());
    Ok(behind.fetch_one(connection).await?)
}

/// Indexes some of the owner's missing texts. Not of growing answers: each time would cost as much
/// as the whole.
pub(super) async fn batch(
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
    add(connection, sql::INDEX_TITLES, number, titles).await?;
    let messages: Vec<(i64, String)> = sqlx::query_as(sql::MESSAGES_BEHIND)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let contents = messages
        .into_iter()
        .map(|(number, body)| Ok((number, rows::message(&body)?.content)));
    let contents = contents.collect::<Result<_, StoreError>>()?;
    add(connection, sql::INDEX_MESSAGES, number, contents).await
}

async fn add(
    connection: &mut SqliteConnection,
    sql: &'static str,
    owner: i64,
    texts: Vec<(i64, String)>,
) -> Result<(), StoreError> {
    if texts.is_empty() {
        return Ok(());
    }
    let words: BTreeMap<i64, String> = texts
        .into_iter()
        .map(|(number, text)| (number, words::text(owner, &text)))
        .collect();
    sqlx::query(sql)
        .bind(rows::json(&words)?)
        .execute(connection)
        .await?;
    Ok(())
}
