//! Checks a file for damage, also while a server has it open.

use super::{error::OpenError, file};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

const MOST_FAULTS: usize = 100;

/// The result of a failed check.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The file could not be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file is damaged.
    #[error("the file is damaged; restore a backup:\n{}", .0.join("\n"))]
    Damaged(Vec<String>),
}

/// Reads the whole file of `url` and lists faults of its structure, indexes, references and search
/// index. Creates no file.
pub async fn check(url: &str) -> Result<(), CheckError> {
    file::survive_size_limits();
    let path = file::locate(url)?;
    if !path.exists() {
        return Err(OpenError::NoFile(path).into());
    }
    file::check_header(&path)?;
    let failed = |error| OpenError::from_sqlx(&path, error);
    // Not read-only: the last connection to a file must be able to remove its write-ahead log.
    let mut connection = SqliteConnectOptions::new()
        .filename(&path)
        .disable_statement_logging()
        .connect()
        .await
        .map_err(failed)?;
    let faults = faults(&mut connection).await.map_err(failed);
    let closed = connection.close().await.map_err(failed);
    let faults = faults?;
    closed?;
    if faults.is_empty() {
        Ok(())
    } else {
        Err(CheckError::Damaged(faults))
    }
}

async fn faults(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let mut faults: Vec<String> = sqlx::query_scalar("pragma integrity_check(100)")
        .fetch_all(&mut *connection)
        .await?;
    faults.retain(|line| line != "ok");
    let references: Vec<(String, String)> =
        sqlx::query_as("select \"table\", parent from pragma_foreign_key_check")
            .fetch_all(&mut *connection)
            .await?;
    faults.extend(
        references
            .into_iter()
            .map(|(table, parent)| format!("a row of {table} has no {parent}")),
    );
    faults.truncate(MOST_FAULTS);
    Ok(faults)
}

/// The first sign of damage, found faster than by [`check`]: skips the indexes.
pub(super) async fn first_fault(
    connection: &mut SqliteConnection,
) -> Result<Option<String>, sqlx::Error> {
    let line: String = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_one(connection)
        .await?;
    Ok((line != "ok").then_some(line))
}
