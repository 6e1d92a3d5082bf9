//! Notes that the agents keep for an owner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest title, in Unicode scalar values.
pub const NOTE_TITLE_MAX_CHARS: usize = 200;
/// Longest content, in bytes of UTF-8.
pub const NOTE_CONTENT_MAX_BYTES: usize = 64 * 1024;
/// Most notes an owner can have.
pub const NOTES_PER_OWNER: usize = 500;

const PREVIEW_CHARS: usize = 200;

/// A note. Its title is unique among its owner's notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// 1–200 characters.
    pub title: String,
    /// Up to 64 KiB.
    pub content: String,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A note in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoteSummary {
    /// 1–200 characters.
    pub title: String,
    /// The first 200 characters of the content.
    pub preview: String,
    /// The length of the content in bytes of UTF-8.
    pub bytes: usize,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl NoteSummary {
    /// The first characters of `content`, which may be cut anywhere after them.
    #[must_use]
    pub fn preview(content: &str) -> String {
        content.chars().take(PREVIEW_CHARS).collect()
    }
}

impl From<&Note> for NoteSummary {
    fn from(note: &Note) -> Self {
        Self {
            title: note.title.clone(),
            preview: Self::preview(&note.content),
            bytes: note.content.len(),
            updated_at: note.updated_at,
        }
    }
}
