//! What a note may be, the same in every store.

use super::SaveError;
use crate::domain::{NOTE_CONTENT_MAX_BYTES, NOTE_TITLE_MAX_CHARS};

/// Checks a note before it is saved; nothing is trimmed or cut.
///
/// Control characters are kept out of titles: they would make two titles look alike, and break
/// the lines of whoever prints them. A content may hold any text.
pub(super) fn check(title: &str, content: &str) -> Result<(), SaveError> {
    // Counting stops early: a title of megabytes must not cost more than a long one.
    let too_long = title.chars().nth(NOTE_TITLE_MAX_CHARS).is_some();
    if too_long || title.trim().is_empty() || title.chars().any(char::is_control) {
        return Err(SaveError::Title);
    }
    if content.len() > NOTE_CONTENT_MAX_BYTES {
        return Err(SaveError::Content);
    }
    Ok(())
}
