//! The file's identity and schema.

use super::{check::first_fault, error::OpenError, file::APPLICATION_ID};
use sqlx::{
    ConnectOptions, Connection, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions,
};
use std::path::Path;

/// Larger files are not checked at the start: `check-store` can do that while they are in use.
const CHECKED_AT_START_BYTES: i64 = 256 * 1024 * 1024;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations-sqlite");

/// Marks an empty file as ours before anything else, bypassing the write-ahead log, so that the
/// file is recognised even if the process is killed now.
pub(super) async fn mark(path: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = options.connect().await?;
    let pragma = format!("pragma application_id = {APPLICATION_ID}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(pragma))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), OpenError> {
    let failed = |error| OpenError::from_sqlx(path, error);
    let newest = MIGRATIONS.iter().map(|step| step.version).max();
    let newest = newest.unwrap_or_default();
    let version = number(connection, "pragma user_version").await;
    if version.map_err(failed)? > newest {
        return Err(OpenError::Newer(path.to_owned()));
    }
    let bytes = "select page_count * page_size from pragma_page_count, pragma_page_size";
    if number(connection, bytes).await.map_err(failed)? <= CHECKED_AT_START_BYTES
        && let Some(what) = first_fault(connection).await.map_err(failed)?
    {
        let path = path.display().to_string();
        return Err(OpenError::Damaged { path, what });
    }
    MIGRATIONS
        .run_direct(None, connection, false)
        .await
        .map_err(|error| OpenError::from_migrate(path, error))?;
    // The version for programs that read only the header, such as older ones of ours.
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "pragma user_version = {newest}"
    )))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(sql).fetch_one(connection).await
}
