//! One SQLite file: a queue of writes that share transactions, and readers that never wait for it.
//!
//! The file is in WAL mode with `synchronous=FULL`: a write is on the disk when its caller is told.
//! Everything else about the file (its lock, its schema, its copies) is in the modules below.

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
use tokio::signal::unix::{SignalKind, signal};
use writer::{CALL_TIMEOUT, Writer};

/// Most reads at once. More would wait for the processor, not for the disk.
const READERS: u32 = 4;
/// Longest wait for a free reader.
const READER_TIMEOUT: Duration = Duration::from_secs(3);
/// Longest wait for a lock that another process holds: `backup` and `check-store` take short ones.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// What is left of the write-ahead log after a checkpoint, in bytes.
const WAL_KEPT_BYTES: &str = "16777216";
/// The signal of a write beyond `RLIMIT_FSIZE` (`signal(7)`).
const SIGXFSZ: i32 = 25;

/// An open file. Cheap to clone; the file stays locked until the last clone is gone.
#[derive(Clone)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: Writer,
    file: Arc<StoreFile>,
}

impl Sqlite {
    /// Opens the file that `url` (`sqlite:<path>`) names, makes it when there is none, and brings
    /// its schema up to date.
    ///
    /// # Errors
    /// Says what is wrong with the file and what to do about it.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        survive_file_size_limits();
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
            // One stays open: closing the last connection would remove the write-ahead log.
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(READER_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.clone().read_only(true))
            .await
            .map_err(failed)?;
        Ok(Self {
            writer: Writer::start(connection, options, Arc::clone(&file)),
            readers,
            file,
        })
    }

    /// Opens a file that must be there.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        let path = file::locate(url)?;
        if !path.exists() {
            return Err(OpenError::NoFile(path));
        }
        Self::open(url).await
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Runs `query` on a reader, over one state of the file, on a task that the caller cannot drop
    /// half-way.
    ///
    /// # Errors
    /// When the file cannot be read, or not in time.
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
        match tokio::time::timeout(CALL_TIMEOUT, tokio::spawn(call)).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(unavailable("a read panicked").into()),
            Err(_) => Err(unavailable("no answer in time").into()),
        }
    }

    /// Queues `write` and waits until it is on the disk. Writes take effect whole or not at all,
    /// in the order in which they were queued.
    ///
    /// # Errors
    /// What `write` failed with, or that its transaction could not be written.
    pub async fn write<T, E>(
        &self,
        write: impl FnOnce(&mut SqliteConnection) -> Work<'_, T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.queue(write, |_| ())?.wait().await
    }

    /// Queues `write` at once. `written` runs as soon as it is on the disk, in the order of the
    /// queue and before anybody hears of it; the outcome can be awaited, or left alone.
    ///
    /// # Errors
    /// When the queue is full.
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

    /// Whether the file is where it was and can be read, for `/ready`.
    ///
    /// # Errors
    /// When it is not.
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

    /// Writes what is queued, and closes the file whole: no write-ahead log stays next to it.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A limit on the size of files ends a process by default. With a handler the write fails instead,
/// as it does on a full disk.
fn survive_file_size_limits() {
    if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
        tracing::warn!(%error, "a limit on the size of files would end this process");
    }
}

/// Over one state of the file: several statements see the same.
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
        // What is deleted is overwritten, so that no sealed key or message outlives its deletion.
        .pragma("secure_delete", "on")
        .pragma("temp_store", "memory")
        .pragma("journal_size_limit", WAL_KEPT_BYTES)
        .disable_statement_logging()
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use tests::private;
