//! A note that the agents keep for an owner.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest title, in Unicode scalar values.
pub const NOTE_TITLE_MAX_CHARS: usize = 200;
/// Longest content, in bytes of UTF-8.
pub const NOTE_CONTENT_MAX_BYTES: usize = 64 * 1024;
/// Most notes of one owner.
pub const NOTES_PER_OWNER: usize = 500;

/// A note; its title names it among those of its owner.
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
