//! The file itself: finds, creates and locks it, and checks that it is ours.

use super::error::{OpenError, unavailable};
use crate::domain::StoreError;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use tokio::signal::unix::{SignalKind, signal};

/// "SmOp", in the header of our files, so that another program's file is not mistaken for ours.
pub(super) const APPLICATION_ID: u32 = 0x536d_4f70;
const PRIVATE: u32 = 0o600;
/// The first bytes of a database file (<https://www.sqlite.org/fileformat.html>, 1.3).
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Offset of the application id in the header, big-endian.
const APPLICATION_ID_AT: usize = 68;
const HEADER_BYTES: usize = 100;
/// The signal of a write beyond `RLIMIT_FSIZE` (`signal(7)`).
const SIGXFSZ: i32 = 25;

/// By default a write beyond the file size limit ends the process. With a handler it fails instead,
/// as on a full disk.
pub(super) fn survive_size_limits() {
    if let Err(error) = signal(SignalKind::from_raw(SIGXFSZ)) {
        tracing::warn!(%error, "a limit on the size of files would end this process");
    }
}

/// A file that this process has locked.
pub(super) struct StoreFile {
    path: PathBuf,
    /// Device and inode, since the path may come to name another file, or none.
    identity: (u64, u64),
    new: bool,
    /// A lock file next to the database: closing any handle of the database itself would drop
    /// SQLite's own locks (<https://www.sqlite.org/howtocorrupt.html>, 2.2).
    _lock: File,
}

impl StoreFile {
    /// Locks the file, and creates it if it is missing.
    pub(super) fn claim(url: &str) -> Result<Self, OpenError> {
        let path = locate(url)?;
        // Before locking, so that no lock file appears next to a foreign file.
        let there = look_at(&path)?;
        let lock = lock(&path)?;
        let metadata = match there {
            Some(metadata) => metadata,
            None => create(&path)?,
        };
        Ok(Self {
            identity: (metadata.dev(), metadata.ino()),
            path,
            new: metadata.len() == 0,
            _lock: lock,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_new(&self) -> bool {
        self.new
    }

    /// SQLite does not notice that the file was removed, and writes to it would be lost.
    pub(super) fn check_in_place(&self) -> Result<(), StoreError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if (metadata.dev(), metadata.ino()) == self.identity => Ok(()),
            _ => Err(unavailable(
                "the file was moved or removed. Put it back, or restart",
            )),
        }
    }
}

/// Checks that the file of `url` could be opened or created. Changes and locks nothing.
pub fn inspect(url: &str) -> Result<(), OpenError> {
    look_at(&locate(url)?).map(drop)
}

/// The existing file, if it is writable, and empty or ours.
fn look_at(path: &Path) -> Result<Option<fs::Metadata>, OpenError> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::from_io(path, error)),
    };
    if !metadata.is_file() {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    if metadata.permissions().readonly() {
        return Err(OpenError::ReadOnly(path.to_owned()));
    }
    if metadata.len() > 0 {
        check_header(path)?;
    }
    Ok(Some(metadata))
}

/// The path of `url`, in a folder that exists. The file need not exist.
pub(super) fn locate(url: &str) -> Result<PathBuf, OpenError> {
    let path = url.strip_prefix("sqlite:").ok_or(OpenError::Url)?;
    // Some programs read `sqlite://data/x.db` as a file in the current folder, others as one in
    // `/data`.
    let ambiguous = path.starts_with("//") && !path.starts_with("///");
    if path.is_empty() || path == ":memory:" || ambiguous {
        return Err(OpenError::Url);
    }
    let path = Path::new(path);
    if let Ok(path) = path.canonicalize() {
        return Ok(path);
    }
    let name = path.file_name().ok_or(OpenError::Url)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match folder.canonicalize() {
        Ok(folder) if folder.is_dir() => Ok(folder.join(name)),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(OpenError::from_io(folder, error))
        }
        _ => Err(OpenError::NoFolder(folder.to_owned())),
    }
}

pub(super) fn check_header(path: &Path) -> Result<(), OpenError> {
    let mut header = [0; HEADER_BYTES];
    let mut file = File::open(path).map_err(|error| OpenError::from_io(path, error))?;
    let ours = file.read_exact(&mut header).is_ok()
        && header.starts_with(MAGIC)
        && header[APPLICATION_ID_AT..].starts_with(&APPLICATION_ID.to_be_bytes());
    if ours {
        Ok(())
    } else {
        Err(OpenError::Foreign(path.to_owned()))
    }
}

/// Creates an empty file that only this user can read; SQLite's files next to it inherit its
/// permissions.
pub(super) fn create(path: &Path) -> Result<fs::Metadata, OpenError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(PRIVATE)
        .open(path)
        .and_then(|file| file.metadata())
        .map_err(|error| OpenError::from_io(path, error))
}

/// The lock ends with the process, however that ends.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    let name = PathBuf::from(name);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(PRIVATE)
        .open(&name)
        .map_err(|error| OpenError::from_io(path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(OpenError::from_io(&name, error)),
    }
}
