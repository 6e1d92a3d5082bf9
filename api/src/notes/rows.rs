//! Database rows and their conversion to domain types. Times are microseconds since 1970.

use crate::{
    connect::{corrupt, time},
    domain::{Note, NoteSummary, StoreError},
};

#[derive(sqlx::FromRow)]
pub(super) struct NoteRow {
    title: String,
    content: Vec<u8>,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
pub(super) struct SummaryRow {
    title: String,
    /// May end inside a character.
    beginning: Vec<u8>,
    bytes: i32,
    updated_at: i64,
}

impl NoteRow {
    pub(super) fn read(self) -> Result<Note, StoreError> {
        Ok(Note {
            title: self.title,
            content: String::from_utf8(self.content).map_err(corrupt)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

impl SummaryRow {
    pub(super) fn read(self) -> Result<NoteSummary, StoreError> {
        let beginning = self.beginning.utf8_chunks().next();
        Ok(NoteSummary {
            title: self.title,
            preview: NoteSummary::preview(beginning.map_or("", |chunk| chunk.valid())),
            bytes: usize::try_from(self.bytes).map_err(corrupt)?,
            updated_at: time(self.updated_at)?,
        })
    }
}
