//! A SQLite file with a queue of writes that share transactions, and readers that do not wait for
//! them.
//!
//! WAL mode with `synchronous=FULL`: writes are on disk before their callers return. The modules
//! below handle the file's lock, schema and copies.

mod backup;
mod cause;
mod check;
mod error;
mod file;
pub mod owners;
mod schema;
mod writer;

pub use backup::{BackupError, backup};
pub use check::{CheckError, check};
pub use error::OpenError;
pub use file::inspect;
pub use writer::{Pending, Work};

use crate::domain::StoreError;
use error::unavailable;
use file::StoreFile;
use sqlx::{
    ConnectOptions, Connection, SqliteConnection,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
    },
};
use std::{path::Path, sync::Arc, time::Duration};
use writer::{CALL_TIMEOUT, Writer};

/// Concurrent reads. More would wait for the processor, not for the disk.
const READERS: u32 = 4;
/// Time limit for locks of other processes: `backup` and `check-store` take short ones.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Pages in the write-ahead log that start a checkpoint, for which one commit waits.
const CHECKPOINT_PAGES: &str = "4000";
/// Size of the write-ahead log after a checkpoint, in bytes.
const WAL_KEPT_BYTES: &str = "16777216";

/// An open file. Cheap to clone; the file stays locked until the last clone is dropped.
#[derive(Clone)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: Writer,
    file: Arc<StoreFile>,
    call_timeout: Duration,
}

impl Sqlite {
    /// Opens the file of `url` (`sqlite:<path>`), creates it if it is missing, and migrates its
    /// schema. Errors say what to do.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        file::survive_size_limits();
        let file = Arc::new(StoreFile::claim(url)?);
        let path = file.path();
        let failed = |error| OpenError::from_sqlx(path, error);
        if file.is_new() {
            schema::mark(path).await.map_err(failed)?;
        }
        let options = options(path);
        let mut connection = options.connect().await.map_err(failed)?;
        schema::migrate(&mut connection, path).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // One stays open, since closing the last connection would remove the write-ahead log.
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(CALL_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.clone().read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self {
            writer: Writer::start(connection, options, Arc::clone(&file)),
            readers,
            file,
            call_timeout: CALL_TIMEOUT,
        })
    }

    /// Opens an existing file.
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        let path = file::locate(url)?;
        if !path.exists() {
            return Err(OpenError::NoFile(path));
        }
        Self::open(url).await
    }

    /// The file's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// The same file, with another time limit for reads and writes.
    #[must_use]
    pub fn with_call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = limit;
        self
    }

    /// Runs `query` on a snapshot of the file, in a task that cannot be dropped with the caller.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = self.readers.clone();
        let call = async move {
            let connection = readers.acquire().await;
            let mut connection = connection.map_err(StoreError::from)?;
            snapshot(&mut connection, query).await
        };
        match tokio::time::timeout(self.call_timeout, tokio::spawn(call)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(unavailable("a read panicked").into()),
            Err(_) => Err(unavailable("no answer in time").into()),
        }
    }

    /// Queues `write` and waits until it is on disk. Writes are atomic and run in the order of the
    /// queue.
    pub async fn write<T, E>(
        &self,
        write: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let pending = self.queue(write, |_| ())?;
        pending.wait_for(self.call_timeout).await
    }

    /// Queues `write` without waiting for it. Fails only when the queue is full.
    pub fn write_later(
        &self,
        write: impl FnOnce(&mut SqliteConnection) -> Work<'_, (), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.queue(write, |()| ()).map(drop)
    }

    /// Queues `write`; fails when the queue is full. `written` runs once it is on disk, in the
    /// order of the queue and before anybody learns of it; the caller may wait for the outcome.
    pub fn queue<T, E>(
        &self,
        write: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send + 'static,
        written: impl FnOnce(&T) + Send + 'static,
    ) -> Result<Pending<T, E>, StoreError>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.queue(write, written)
    }

    /// Checks that the file is in place and readable, for `/ready`.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.file.check_in_place()?;
        self.read(|connection| {
            Box::pin(async move {
                sqlx::query("select 1 from sqlite_schema limit 1")
                    .execute(connection)
                    .await?;
                Ok::<_, StoreError>(())
            })
        })
        .await
    }

    /// Writes the queue and closes the file, so that no write-ahead log remains.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn snapshot<T, E: From<StoreError>>(
    connection: &mut SqliteConnection,
    query: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E>,
) -> Result<T, E> {
    let transaction = connection.begin().await;
    let mut transaction = transaction.map_err(StoreError::from)?;
    let result = query(&mut transaction).await?;
    transaction.commit().await.map_err(StoreError::from)?;
    Ok(result)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        // Deleted data is overwritten, so that sealed keys and messages do not outlive their
        // deletion.
        .pragma("secure_delete", "on")
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
        .pragma("journal_size_limit", WAL_KEPT_BYTES)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::private;
