//! Reading threads.

use super::sql;
use crate::{
    connect::postgres::statement::{query_as, query_scalar},
    domain::{OwnerId, Pause, StoreError, Thread, ThreadDetail, ThreadId},
    threads::rows::{self, DetailRow, ThreadRow},
    threads::{Cursor, Page, PageError},
};
use sqlx::PgConnection;

pub(super) async fn list(
    connection: &mut PgConnection,
    owner: &OwnerId,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<Vec<Thread>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = match cursor {
        None => query_as(sql::LIST).bind(owner.as_str()).bind(limit),
        Some(cursor) => query_as(sql::LIST_AFTER)
            .bind(owner.as_str())
            .bind(limit)
            .bind(cursor.updated_at.as_microsecond())
            .bind(cursor.id.as_str()),
    };
    let threads: Vec<ThreadRow> = query.fetch_all(connection).await?;
    threads.into_iter().map(ThreadRow::read).collect()
}

pub(super) async fn get(
    connection: &mut PgConnection,
    owner: &OwnerId,
    id: &ThreadId,
    page: &Page,
) -> Result<Option<ThreadDetail>, PageError> {
    let row: Option<DetailRow> = query_as(sql::GET)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(StoreError::from)?;
    let Some(row) = row else { return Ok(None) };
    let before = match &page.before {
        None => i32::MAX,
        Some(before) => {
            let found: Option<(i32, bool, String)> = query_as(sql::FIND)
                .bind(id.as_str())
                .bind(before.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(StoreError::from)?;
            found.ok_or(PageError::MessageNotFound)?.0
        }
    };
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let bodies: Vec<String> = query_scalar(sql::LAST_MESSAGES)
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
    connection: &mut PgConnection,
    thread: &str,
) -> Result<Vec<String>, StoreError> {
    let bodies = query_scalar(sql::MESSAGES).bind(thread);
    Ok(bodies.fetch_all(connection).await?)
}

pub(super) async fn export(
    connection: &mut PgConnection,
    owner: &OwnerId,
    after: Option<&ThreadId>,
) -> Result<Option<ThreadDetail>, StoreError> {
    let row: Option<DetailRow> = query_as(sql::NEXT)
        .bind(owner.as_str())
        .bind(after.map_or("", ThreadId::as_str))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let bodies = bodies(connection, row.id()).await?;
    row.whole(&bodies).map(Some)
}

pub(super) async fn pause(
    connection: &mut PgConnection,
    owner: &OwnerId,
    id: &ThreadId,
) -> Result<Option<Pause>, StoreError> {
    let pause: Option<Option<String>> = query_scalar(sql::PAUSE)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    rows::pause(pause.flatten())
}
