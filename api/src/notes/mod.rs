//! Notes: the contract of the store. `tools` is the MCP server on top of it.

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
    /// The title is blank, longer than [`crate::domain::NOTE_TITLE_MAX_CHARS`], or contains control
    /// characters such as line breaks.
    #[error("A note's title is one line of 1 to 200 characters.")]
    Title,
    /// The content is longer than [`crate::domain::NOTE_CONTENT_MAX_BYTES`].
    #[error("A note holds up to 64 KiB.")]
    Content,
    /// The owner was deleted after this request was admitted.
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

/// The end of a page of notes: the next page continues after this note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last note's `updated_at`.
    pub updated_at: Timestamp,
    /// The last note's title, for notes with the same time.
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
/// Every call is atomic, even if its caller goes away. An owner sees only their own notes.
#[async_trait]
pub trait NoteStore: Send + Sync {
    /// Saves a note, replacing one with the same title. Checks the limits and cuts nothing.
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError>;

    /// The note, or `None`.
    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError>;

    /// Up to `limit` notes after `cursor` without their contents, last saved first, then by title.
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError>;

    /// All titles, in the order of [`NoteStore::list`], without loading contents.
    async fn titles(&self, owner: &OwnerId) -> Result<Vec<String>, StoreError>;

    /// The owner's next note after `after`, by title. Called until it returns `None`, it exports
    /// every note that exists throughout.
    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&str>,
    ) -> Result<Option<Note>, StoreError>;

    /// Deletes a note; `false` if there is none.
    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError>;

    /// Deletes all notes of an owner, and leaves the same mark as `ThreadStore::delete_owner`.
    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError>;

    /// Deletes notes last saved before `before`; returns how many.
    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError>;
}
