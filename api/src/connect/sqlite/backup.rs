//! Copies a file, also while a server writes to it.

use super::{check::first_fault, error::OpenError, file};
use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Why the backup failed. No partial copy is left.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file to copy could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The target exists.
    #[error("{} already exists. Name a file that does not exist", .0.display())]
    Exists(PathBuf),
    /// The folder of the target does not exist.
    #[error("the folder {} does not exist. Create it, or name a file in another one", .0.display())]
    NoFolder(PathBuf),
    /// Another backup writes the same copy.
    #[error("another backup is writing {}. Wait for it, or name another file", .0.display())]
    Underway(PathBuf),
    /// The copy could not be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The copy.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// SQLite could not copy.
    #[error("cannot copy to {path}: {source}. Check that there is enough space")]
    Copy {
        /// The copy.
        path: String,
        /// The reason.
        source: sqlx::Error,
    },
    /// The copy does not pass its check.
    #[error("the copy is damaged ({0}), so it was deleted. Run `smooth-operator check-store`")]
    Damaged(String),
}

/// Copies the file of `url` to `target`, which must not exist. The copy is consistent, synced,
/// private, and has no write-ahead log next to it. No partial copy is left on failure.
///
/// Uses `VACUUM INTO`, which runs in a single read transaction; the backup API would start over
/// whenever the server writes.
pub async fn backup(url: &str, target: &Path) -> Result<(), BackupError> {
    file::survive_size_limits();
    let source = file::locate(url)?;
    if !source.exists() {
        return Err(OpenError::NoFile(source).into());
    }
    file::check_header(&source)?;
    if target.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    if let Some(folder) = target.parent()
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        return Err(BackupError::NoFolder(folder.to_owned()));
    }
    let partial = Partial::claim(target)?;
    copy(&source, &partial.path).await?;
    partial.publish(target)
}

async fn copy(source: &Path, target: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::Copy {
        path: target.display().to_string(),
        source,
    };
    let text = target.to_str().ok_or_else(|| BackupError::Write {
        path: target.display().to_string(),
        source: io::Error::other("the path is not UTF-8"),
    })?;
    let mut connection = open(source)
        .await
        .map_err(|error| OpenError::from_sqlx(source, error))?;
    let copied = sqlx::query("vacuum into ?")
        .bind(text)
        .execute(&mut connection)
        .await;
    let closed = connection.close().await;
    copied.map_err(failed)?;
    closed.map_err(failed)?;

    let mut connection = open(target).await.map_err(failed)?;
    let fault = first_fault(&mut connection).await;
    connection.close().await.map_err(failed)?;
    match fault.map_err(failed)? {
        None => Ok(()),
        Some(fault) => Err(BackupError::Damaged(fault)),
    }
}

async fn open(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(path)
        .disable_statement_logging()
        .connect()
        .await
}

/// An incomplete copy, locked, and deleted when dropped.
struct Partial {
    path: PathBuf,
    /// SQLite's locks are of another kind, so the copy can be written meanwhile.
    _lock: File,
}

impl Partial {
    /// Creates the file, or empties one that a killed backup left.
    fn claim(target: &Path) -> Result<Self, BackupError> {
        let mut path = target.as_os_str().to_owned();
        path.push(".partial");
        let path = PathBuf::from(path);
        let is_left = match path.symlink_metadata() {
            Ok(metadata) if metadata.is_file() => true,
            Ok(_) => return Err(BackupError::Exists(path)),
            Err(_) => false,
        };
        if !is_left {
            file::create(&path)?;
        }
        let write = |source| BackupError::Write {
            path: path.display().to_string(),
            source,
        };
        let lock = OpenOptions::new().write(true).open(&path).map_err(write)?;
        // Another backup has locked the file, or has deleted it since.
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let is_ours = lock.try_lock().is_ok()
            && path.symlink_metadata().ok().map(identity) == lock.metadata().ok().map(identity);
        if !is_ours {
            return Err(BackupError::Underway(target.to_owned()));
        }
        lock.set_len(0).map_err(write)?;
        Ok(Self { path, _lock: lock })
    }

    /// Renames the synced copy to `target`, unless that exists by now.
    fn publish(self, target: &Path) -> Result<(), BackupError> {
        let write = |source| BackupError::Write {
            path: target.display().to_string(),
            source,
        };
        File::open(&self.path)
            .and_then(|file| file.sync_all())
            .map_err(write)?;
        match fs::hard_link(&self.path, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists(target.to_owned()));
            }
            Err(error) => return Err(write(error)),
        }
        let folder = target
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(write)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
