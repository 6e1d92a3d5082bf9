//! Classifies errors of SQLite.

/// Error codes (<https://www.sqlite.org/rescode.html>): the low byte of an extended code.
mod code {
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const NOTADB: i32 = 26;
    /// Writing failed, but not with `ENOSPC`: a quota or a limit on file sizes.
    pub(super) const IOERR_WRITE: i32 = IOERR | 3 << 8;
    /// The shared memory of the write-ahead log could not grow.
    pub(super) const IOERR_SHMSIZE: i32 = IOERR | 19 << 8;
}

/// The cause of a failure, for operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Full,
    ReadOnly,
    /// The file is damaged, or not a database.
    Damaged,
    Other,
}

impl Cause {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|error| error.code())
            .and_then(|code| code.parse::<i32>().ok());
        match code {
            Some(code::IOERR_WRITE | code::IOERR_SHMSIZE) => Self::Full,
            Some(code) => match code & 0xff {
                code::FULL => Self::Full,
                code::READONLY => Self::ReadOnly,
                code::CORRUPT | code::NOTADB => Self::Damaged,
                _ => Self::Other,
            },
            None => Self::Other,
        }
    }
}
