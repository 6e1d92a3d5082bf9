//! Notes in SQLite; its schema is in `migrations-sqlite/`.

mod sql;
#[cfg(test)]
mod tests;

use super::{
    Cursor, NoteStore, SaveError, limits,
    rows::{NoteRow, SummaryRow},
};
use crate::{
    connect::{
        Standing,
        sqlite::{Sqlite, owners},
        time,
    },
    domain::{NOTES_PER_OWNER, Note, NoteSummary, OwnerId, StoreError},
};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;

/// Notes in a SQLite file. Calls outlive a dropped caller, so they own their arguments.
#[derive(Clone)]
pub struct SqliteNotes {
    store: Sqlite,
}

impl SqliteNotes {
    /// Notes in `store`.
    #[must_use]
    pub fn new(store: Sqlite) -> Self {
        Self { store }
    }
}

#[async_trait]
impl NoteStore for SqliteNotes {
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError> {
        limits::check(title, content)?;
        let owner = owner.clone();
        let (title, content) = (title.to_owned(), content.to_owned());
        self.store
            .write(move |c| Box::pin(save(c, owner, title, content)))
            .await
    }

    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError> {
        let (owner, title) = (owner.clone(), title.to_owned());
        self.store
            .read(move |c| {
                Box::pin(async move {
                    let row: Option<NoteRow> = sqlx::query_as(sql::GET)
                        .bind(owner.as_str())
                        .bind(title)
                        .fetch_optional(c)
                        .await?;
                    row.map(NoteRow::read).transpose()
                })
            })
            .await
    }

    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError> {
        let (owner, cursor) = (owner.clone(), cursor.cloned());
        self.store
            .read(move |c| Box::pin(list(c, owner, limit, cursor)))
            .await
    }

    async fn titles(&self, owner: &OwnerId) -> Result<Vec<String>, StoreError> {
        let owner = owner.clone();
        self.store
            .read(move |c| {
                Box::pin(async move {
                    let titles = sqlx::query_scalar(sql::TITLES).bind(owner.as_str());
                    Ok(titles.fetch_all(c).await?)
                })
            })
            .await
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&str>,
    ) -> Result<Option<Note>, StoreError> {
        let (owner, after) = (owner.clone(), after.unwrap_or_default().to_owned());
        self.store
            .read(move |c| {
                Box::pin(async move {
                    let row: Option<NoteRow> = sqlx::query_as(sql::NEXT)
                        .bind(owner.as_str())
                        .bind(after)
                        .fetch_optional(c)
                        .await?;
                    row.map(NoteRow::read).transpose()
                })
            })
            .await
    }

    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError> {
        let (owner, title) = (owner.clone(), title.to_owned());
        self.store
            .write(move |c| {
                Box::pin(async move {
                    let deleted = sqlx::query(sql::DELETE)
                        .bind(owner.as_str())
                        .bind(title)
                        .execute(c)
                        .await?;
                    Ok(deleted.rows_affected() > 0)
                })
            })
            .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.store
            .write(move |c| Box::pin(async move { owners::forget(c, &owner).await }))
            .await
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        loop {
            let batch = self
                .store
                .write(move |c| {
                    Box::pin(async move {
                        let deleted = sqlx::query(sql::DELETE_UNTOUCHED)
                            .bind(before.as_microsecond())
                            .execute(c)
                            .await?;
                        Ok::<_, StoreError>(deleted.rows_affected())
                    })
                })
                .await?;
            deleted += usize::try_from(batch).unwrap_or(usize::MAX);
            if batch == 0 {
                return Ok(deleted);
            }
        }
    }
}

async fn save(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    title: String,
    content: String,
) -> Result<Note, SaveError> {
    if owners::enter(connection, &owner).await? == Standing::Forgotten {
        return Err(SaveError::OwnerForgotten);
    }
    let (others, before): (i64, i64) = sqlx::query_as(sql::BEFORE)
        .bind(owner.as_str())
        .bind(&title)
        .fetch_one(&mut *connection)
        .await?;
    if usize::try_from(others).is_ok_and(|others| others >= NOTES_PER_OWNER) {
        return Err(SaveError::LimitReached);
    }
    let bytes = title.len() + content.len();
    let growth = bytes.saturating_sub(usize::try_from(before).unwrap_or(0));
    if !owners::has_room(connection, &owner, growth).await? {
        return Err(SaveError::OwnerFull);
    }
    // Writes run one after another, so times have the order of saves.
    let updated_at = Timestamp::now();
    sqlx::query(sql::SAVE)
        .bind(owner.as_str())
        .bind(&title)
        .bind(updated_at.as_microsecond())
        .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
        .bind(content.as_bytes())
        .execute(connection)
        .await?;
    Ok(Note {
        title,
        content,
        updated_at: time(updated_at.as_microsecond())?,
    })
}

async fn list(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    limit: usize,
    cursor: Option<Cursor>,
) -> Result<Vec<NoteSummary>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = match cursor {
        None => sqlx::query_as(sql::LIST).bind(owner.as_str()).bind(limit),
        Some(cursor) => sqlx::query_as(sql::LIST_AFTER)
            .bind(owner.as_str())
            .bind(limit)
            .bind(cursor.updated_at.as_microsecond())
            .bind(cursor.title),
    };
    let notes: Vec<SummaryRow> = query.fetch_all(connection).await?;
    notes.into_iter().map(SummaryRow::read).collect()
}
