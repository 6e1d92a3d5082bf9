//! Copies all owners one after another, each atomically.

use super::{Archive, Holdings};
use crate::domain::{OwnerId, StoreError};
use std::fmt;

const PAGE: usize = 500;

/// Why a copy stopped. It can be resumed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The target has other data of this owner.
    #[error(
        "the target has different data of owner {0}, which was not changed. Copy into an empty database"
    )]
    Conflict(OwnerId),
    /// The copy differs from the source.
    #[error(
        "the copy of owner {0} differs from the source. Stop any server that still writes to the source, and run this again"
    )]
    Differs(OwnerId),
    /// A database failed.
    #[error("{0}. Nothing is lost; run this again to continue")]
    Store(#[from] StoreError),
}

/// The content of the target after copying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Copied {
    /// Owners, each compared with the source.
    pub owners: usize,
    /// Owners that were there already.
    pub already_there: usize,
    /// Conversations.
    pub threads: usize,
    /// Messages in them.
    pub messages: usize,
    /// Notes.
    pub notes: usize,
}

impl Copied {
    fn count(&mut self, holdings: &Holdings) {
        self.owners += 1;
        self.threads += holdings.threads.len();
        self.messages += holdings
            .threads
            .iter()
            .map(|thread| thread.messages.len())
            .sum::<usize>();
        self.notes += holdings.notes.len();
    }
}

impl fmt::Display for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "owners: {} (already there: {}), conversations: {}, messages: {}, notes: {}; every owner was compared with the source",
            self.owners, self.already_there, self.threads, self.messages, self.notes
        )
    }
}

/// Copies all owners that `to` does not have yet, and compares all. `finish` gets each owner that is
/// in `to`.
pub async fn copy(
    from: &dyn Archive,
    to: &dyn Archive,
    finish: impl AsyncFn(&OwnerId) -> Result<(), StoreError>,
) -> Result<Copied, CopyError> {
    let mut copied = Copied::default();
    let mut after = None;
    loop {
        let owners = from.owners(after.as_ref(), PAGE).await?;
        for owner in &owners {
            let holdings = from.read(owner).await?;
            let there = to.read(owner).await?;
            copied.count(&holdings);
            if there == holdings {
                copied.already_there += 1;
            } else if there.is_empty() {
                to.write(owner, holdings).await?;
                // Read again on both sides: a server that still writes to the source shows here.
                if to.read(owner).await? != from.read(owner).await? {
                    return Err(CopyError::Differs(owner.clone()));
                }
            } else {
                return Err(CopyError::Conflict(owner.clone()));
            }
            finish(owner).await?;
        }
        match owners.into_iter().next_back() {
            Some(last) => after = Some(last),
            None => return Ok(copied),
        }
    }
}
