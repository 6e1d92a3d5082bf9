//! Notes: the store's contract. `tools` is the MCP server over it.

#[cfg(test)]
pub(crate) mod contract;
mod limits;
pub mod memory;
pub mod postgres;
pub mod tools;

use crate::domain::{Note, OwnerId, StoreError};
use async_trait::async_trait;

/// Why a note was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The title is blank, longer than [`crate::domain::NOTE_TITLE_MAX_CHARS`], or not one line:
    /// it has control characters.
    #[error("A note's title is one line of 1 to 200 characters.")]
    Title,
    /// The content is longer than [`crate::domain::NOTE_CONTENT_MAX_BYTES`].
    #[error("A note holds up to 64 KiB.")]
    Content,
    /// The owner has [`crate::domain::NOTES_PER_OWNER`] notes.
    #[error("There are 500 notes already. Delete one first.")]
    LimitReached,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Notes by owner and title.
///
/// Every call is atomic. A note of another owner does not exist.
#[async_trait]
pub trait NoteStore: Send + Sync {
    /// Saves a note; one that has the title is replaced. The limits are checked, nothing is cut.
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError>;

    /// The note, or `None`.
    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError>;

    /// All notes, the last saved first, ties by title.
    async fn list(&self, owner: &OwnerId) -> Result<Vec<Note>, StoreError>;

    /// Deletes a note; `false` when there is none.
    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError>;

    /// Deletes all notes of an owner.
    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError>;
}
