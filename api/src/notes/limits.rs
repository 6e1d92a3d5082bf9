//! Limits of a note, the same in every store.

use super::SaveError;
use crate::domain::{NOTE_CONTENT_MAX_BYTES, NOTE_TITLE_MAX_CHARS};

/// Checks a note before it is saved; nothing is trimmed or cut.
///
/// Titles must not contain control characters, which would make different titles look alike and
/// break the lines in which they are printed. Contents may hold any text.
pub(super) fn check(title: &str, content: &str) -> Result<(), SaveError> {
    // Counts no further than the limit, so that a title of megabytes costs no more than a long one.
    let too_long = title.chars().nth(NOTE_TITLE_MAX_CHARS).is_some();
    if too_long || title.trim().is_empty() || title.chars().any(char::is_control) {
        return Err(SaveError::Title);
    }
    if content.len() > NOTE_CONTENT_MAX_BYTES {
        return Err(SaveError::Content);
    }
    Ok(())
}
