//! Deleting threads.

use super::sql;
use crate::{
    connect::postgres::{
        owners,
        statement::{query, query_scalar},
    },
    domain::{OwnerId, RunId, StoreError, ThreadId},
    threads::rows,
};
use jiff::Timestamp;
use sqlx::PgConnection;

pub(super) async fn delete(
    connection: &mut PgConnection,
    owner: &OwnerId,
    id: &ThreadId,
) -> Result<Option<Option<RunId>>, StoreError> {
    let run: Option<Option<String>> = query_scalar(sql::DELETE)
        .bind(owner.as_str())
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    run.map(|run| run.map(rows::id).transpose()).transpose()
}

pub(super) async fn delete_owner(
    connection: &mut PgConnection,
    owner: &OwnerId,
) -> Result<Vec<RunId>, StoreError> {
    owners::lock(connection, owner).await?;
    let active: Vec<Option<String>> = query_scalar(sql::DELETE_OWNER)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    owners::forget(connection, owner).await?;
    rows::active_runs(active)
}

/// Returns how many.
pub(super) async fn delete_untouched(
    connection: &mut PgConnection,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let deleted = query(sql::DELETE_UNTOUCHED)
        .bind(before.as_microsecond())
        .execute(connection)
        .await?;
    Ok(usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX))
}
