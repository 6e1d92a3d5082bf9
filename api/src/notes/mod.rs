//! Notes: the store's contract. `tools` is the MCP server over it.

#[cfg(test)]
pub(crate) mod contract;
mod limits;
pub mod memory;
pub mod postgres;
mod rows;
pub mod sqlite;
pub mod tools;

use crate::domain::{Note, NoteSummary, OwnerId, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

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
    /// The owner was forgotten after this request was let in.
    #[error("the owner was forgotten")]
    OwnerForgotten,
    /// The owner has [`crate::domain::NOTES_PER_OWNER`] notes.
    #[error("There are 500 notes already. Delete one first.")]
    LimitReached,
    /// The owner's threads and notes have [`crate::domain::OWNER_MAX_BYTES`].
    #[error("Conversations and notes take up 64 MiB already. Delete some first.")]
    OwnerFull,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a page of notes goes on: after this one, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last note's `updated_at`.
    pub updated_at: Timestamp,
    /// The last note's title, among those of the same instant.
    pub title: String,
}

impl From<&NoteSummary> for Cursor {
    fn from(note: &NoteSummary) -> Self {
        Self {
            updated_at: note.updated_at,
            title: note.title.clone(),
        }
    }
}

/// Notes by owner and title.
///
/// Every call is atomic: it happens whole or not at all, and a caller that goes away in the middle
/// leaves nothing half done. To everyone but its owner a note does not exist.
#[async_trait]
pub trait NoteStore: Send + Sync {
    /// Saves a note; one that has the title is replaced. The limits are checked, nothing is cut.
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError>;

    /// The note, or `None`.
    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError>;

    /// Up to `limit` notes without their contents, the last saved first, ties by title, those after
    /// `cursor` only.
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError>;

    /// The titles of all notes, in the order of [`NoteStore::list`]. Loads no contents.
    async fn titles(&self, owner: &OwnerId) -> Result<Vec<String>, StoreError>;

    /// The owner's next note by title, after `after`. Called until it gives `None`, it exports
    /// everything that was there all the time.
    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&str>,
    ) -> Result<Option<Note>, StoreError>;

    /// Deletes a note; `false` when there is none.
    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError>;

    /// Deletes all notes of an owner. Leaves the mark that `ThreadStore::delete_owner` does.
    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError>;

    /// Deletes notes that were last saved before `before`; gives how many.
    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError>;
}
