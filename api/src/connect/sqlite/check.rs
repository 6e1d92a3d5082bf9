//! Looks for damage in a file, also while a server has it open.

use super::{error::OpenError, file};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};

/// Most faults that are listed.
const MOST_FAULTS: usize = 100;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It could not be looked at.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is damaged.
    #[error("the file is damaged; restore a backup:\n{}", .0.join("\n"))]
    Damaged(Vec<String>),
}

/// Reads the whole file that `url` names and checks its structure, its indexes, its references and
/// its search index. Makes no file.
///
/// # Errors
/// Lists what is damaged, or says why it could not be looked at.
pub async fn check(url: &str) -> Result<(), CheckError> {
    let path = file::locate(url)?;
    if !path.exists() {
        return Err(OpenError::NoFile(path).into());
    }
    file::check_header(&path)?;
    let failed = |error| OpenError::from_sqlx(&path, error);
    // Not read-only: the last connection to a file must be able to put its write-ahead log away.
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

/// The first sign of damage, by a look that is quicker than [`check`]: it leaves indexes out.
pub(super) async fn first_fault(
    connection: &mut SqliteConnection,
) -> Result<Option<String>, sqlx::Error> {
    let line: String = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_one(connection)
        .await?;
    Ok((line != "ok").then_some(line))
}
