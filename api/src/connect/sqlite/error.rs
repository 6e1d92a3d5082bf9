//! Errors of a file. Those of opening it are sentences that say what to do.

use super::cause::Cause;
use crate::{connect::DATABASE, domain::StoreError};
use sqlx::migrate::MigrateError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Not a `sqlite:<path>` URL.
    #[error(
        "DATABASE_URL must be sqlite:<path>, such as sqlite:./data/smooth-operator.db or sqlite:/data/smooth-operator.db"
    )]
    Url,
    /// The folder does not exist.
    #[error("the folder {} does not exist. Create it, or name another file in DATABASE_URL", .0.display())]
    NoFolder(PathBuf),
    /// The file does not exist and should not be created.
    #[error("there is no file {}. Check DATABASE_URL", .0.display())]
    NoFile(PathBuf),
    /// A folder, a device or the like.
    #[error("{} is not a file. Name a file in DATABASE_URL", .0.display())]
    NotAFile(PathBuf),
    /// The file or its folder is read-only.
    #[error("{} cannot be written. Give this user write access to it and to its folder, and check that the disk is not mounted read-only", .0.display())]
    ReadOnly(PathBuf),
    /// Another process uses the file.
    #[error("another process is using {}. Stop it first, or name another file in DATABASE_URL", .0.display())]
    InUse(PathBuf),
    /// The file is not one of ours.
    #[error("{} is not a SmoothOperator database, or its beginning is damaged. Name another file in DATABASE_URL, or restore a backup", .0.display())]
    Foreign(PathBuf),
    /// The schema is newer than this program.
    #[error("{} was written by a newer version of SmoothOperator. Start that version, or restore a backup made before the upgrade", .0.display())]
    Newer(PathBuf),
    /// The file is damaged.
    #[error(
        "{path} is damaged: {what}. Restore a backup; `smooth-operator check-store` lists all that is damaged"
    )]
    Damaged {
        /// The file.
        path: String,
        /// The first fault found.
        what: String,
    },
    /// The disk is full.
    #[error("there is no space left for {}. Free some, and start again", .0.display())]
    Full(PathBuf),
    /// The operating system refused it.
    #[error("cannot open {path}: {source}. Check the path and its permissions")]
    Io {
        /// The file or folder.
        path: String,
        /// The reason.
        source: io::Error,
    },
    /// SQLite refused it.
    #[error("cannot open {path}: {source}. Check that the disk is mounted and writable")]
    Sql {
        /// The file.
        path: String,
        /// The reason.
        source: sqlx::Error,
    },
}

impl OpenError {
    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                Self::ReadOnly(path.to_owned())
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full(path.to_owned())
            }
            _ => Self::Io {
                path: path.display().to_string(),
                source,
            },
        }
    }

    pub(super) fn from_sqlx(path: &Path, source: sqlx::Error) -> Self {
        match Cause::of(&source) {
            Cause::Full => Self::Full(path.to_owned()),
            Cause::ReadOnly => Self::ReadOnly(path.to_owned()),
            Cause::Damaged => Self::Damaged {
                path: path.display().to_string(),
                what: source.to_string(),
            },
            Cause::Other => Self::Sql {
                path: path.display().to_string(),
                source,
            },
        }
    }

    pub(super) fn from_migrate(path: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
                Self::Newer(path.to_owned())
            }
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                Self::from_sqlx(path, error)
            }
            error => Self::Sql {
                path: path.display().to_string(),
                source: sqlx::Error::Migrate(Box::new(error)),
            },
        }
    }
}

pub(super) fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable {
        store: DATABASE,
        reason: reason.to_owned(),
    }
}
