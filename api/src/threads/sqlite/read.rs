//! Reading threads.

use super::{sql, words};
use crate::{
    connect::sqlite::owners,
    domain::{OwnerId, Pause, StoreError, Thread, ThreadDetail, ThreadId},
    threads::{
        Cursor, Page, PageError,
        rows::{self, DetailRow, FoundRow, ThreadRow},
        search::{Found, Query},
    },
};
use sqlx::SqliteConnection;

pub(super) async fn list(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<Vec<Thread>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = match cursor {
        None => sqlx::query_as(sql::LIST).bind(owner.as_str()).bind(limit),
        Some(cursor) => sqlx::query_as(sql::LIST_AFTER)
            .bind(owner.as_str())
            .bind(limit)
            .bind(cursor.updated_at.as_microsecond())
            .bind(cursor.id.as_str()),
    };
    let threads: Vec<ThreadRow> = query.fetch_all(connection).await?;
    threads.into_iter().map(ThreadRow::read).collect()
}

pub(super) async fn get(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    id: &ThreadId,
    page: &Page,
) -> Result<Option<ThreadDetail>, PageError> {
    let row: Option<DetailRow> = sqlx::query_as(sql::GET)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::from)?;
    let Some(row) = row else { return Ok(None) };
    let before = match &page.before {
        None => i64::MAX,
        Some(before) => {
            let found: Option<(i64, bool, String)> = sqlx::query_as(sql::FIND)
                .bind(id.as_str())
                .bind(before.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(StoreError::from)?;
            found.ok_or(PageError::MessageNotFound)?.0
        }
    };
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let bodies: Vec<String> = sqlx::query_scalar(sql::LAST_MESSAGES)
        .bind(id.as_str())
        .bind(before)
        .bind(limit.saturating_add(1))
        .fetch_all(connection)
        .await
        .map_err(StoreError::from)?;
    Ok(Some(row.page(&bodies, page.limit)?))
}

/// As JSON, oldest first.
pub(super) async fn bodies(
    connection: &mut SqliteConnection,
    thread: &str,
) -> Result<Vec<String>, StoreError> {
    let bodies = sqlx::query_scalar(sql::MESSAGES).bind(thread);
    Ok(bodies.fetch_all(connection).await?)
}

pub(super) async fn export(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    after: Option<&ThreadId>,
) -> Result<Option<ThreadDetail>, StoreError> {
    let row: Option<DetailRow> = sqlx::query_as(sql::NEXT)
        .bind(owner.as_str())
        .bind(after.map_or("", ThreadId::as_str))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let bodies = bodies(connection, row.id()).await?;
    row.whole(&bodies).map(Some)
}

pub(super) async fn pause(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    id: &ThreadId,
) -> Result<Option<Pause>, StoreError> {
    let pause: Option<Option<String>> = sqlx::query_scalar(sql::PAUSE)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    rows::pause(pause.flatten())
}

/// All threads that have all terms, in any order.
pub(super) async fn search(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    query: &Query,
) -> Result<Vec<Found>, StoreError> {
    let Some(number) = owners::number(connection, owner).await? else {
        return Ok(Vec::new());
    };
    let (single, phrases) = words::terms(number, query);
    let terms = single.len() + phrases.len();
    let found: Vec<FoundRow> = sqlx::query_as(sql::SEARCH)
        .bind(owner.as_str())
        .bind(rows::json(&single)?)
        .bind(rows::json(&phrases)?)
        .bind(i64::try_from(terms).unwrap_or(i64::MAX))
        .fetch_all(connection)
        .await?;
    found.into_iter().map(FoundRow::read).collect()
}
