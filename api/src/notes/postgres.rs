//! Notes in PostgreSQL; its schema is in `migrations/`.

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
        postgres::{
            Database, owners,
            statement::{query, query_as, query_scalar},
        },
        time,
    },
    domain::{NOTES_PER_OWNER, Note, NoteSummary, OwnerId, StoreError},
};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::PgConnection;

/// Notes in PostgreSQL. Calls run in their own tasks, so they own their arguments.
#[derive(Debug, Clone)]
pub struct PostgresNotes {
    database: Database,
}

impl PostgresNotes {
    /// Notes in `database`, whose schema must be up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl NoteStore for PostgresNotes {
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError> {
        limits::check(title, content)?;
        let (owner, title, content) = (owner.clone(), title.to_owned(), content.to_owned());
        self.database
            .write(move |c| Box::pin(async move { save(c, &owner, title, content).await }))
            .await
    }

    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError> {
        // PostgreSQL refuses NUL in text, which a title cannot contain anyway.
        if limits::check(title, "").is_err() {
            return Ok(None);
        }
        let (owner, title) = (owner.clone(), title.to_owned());
        self.database
            .read(move |c| Box::pin(async move { one(c, sql::GET, &owner, &title).await }))
            .await
    }

    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError> {
        let (owner, cursor) = (owner.clone(), cursor.cloned());
        self.database
            .read(move |c| Box::pin(async move { list(c, &owner, limit, cursor).await }))
            .await
    }

    async fn titles(&self, owner: &OwnerId) -> Result<Vec<String>, StoreError> {
        let owner = owner.clone();
        self.database
            .read(move |c| {
                Box::pin(async move {
                    let titles = query_scalar(sql::TITLES).bind(owner.as_str());
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
        self.database
            .read(move |c| Box::pin(async move { one(c, sql::NEXT, &owner, &after).await }))
            .await
    }

    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError> {
        if limits::check(title, "").is_err() {
            return Ok(false);
        }
        let (owner, title) = (owner.clone(), title.to_owned());
        self.database
            .write(move |c| {
                Box::pin(async move {
                    let delete = query(sql::DELETE).bind(owner.as_str()).bind(title);
                    Ok(delete.execute(c).await?.rows_affected() > 0)
                })
            })
            .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.database
            .write(move |c| {
                Box::pin(async move {
                    owners::lock(c, &owner).await?;
                    owners::forget(c, &owner).await
                })
            })
            .await
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        loop {
            let batch = self
                .database
                .write(move |c| Box::pin(delete_untouched(c, before)))
                .await?;
            deleted += batch;
            if batch == 0 {
                return Ok(deleted);
            }
        }
    }
}

async fn save(
    connection: &mut PgConnection,
    owner: &OwnerId,
    title: String,
    content: String,
) -> Result<Note, SaveError> {
    if owners::lock(connection, owner).await? == Standing::Forgotten {
        return Err(SaveError::OwnerForgotten);
    }
    let others: i64 = query_scalar(sql::COUNT_OTHERS)
        .bind(owner.as_str())
        .bind(&title)
        .fetch_one(&mut *connection)
        .await?;
    if usize::try_from(others).is_ok_and(|others| others >= NOTES_PER_OWNER) {
        return Err(SaveError::LimitReached);
    }
    // Taken while the owner is locked, so that times have the order of saves.
    let at = Timestamp::now().as_microsecond();
    query(sql::SAVE)
        .bind(owner.as_str())
        .bind(&title)
        .bind(content.as_bytes())
        .bind(at)
        .execute(&mut *connection)
        .await?;
    // After storing the note and deleting the one it replaces.
    if !owners::has_room(connection, owner, 0).await? {
        return Err(SaveError::OwnerFull);
    }
    Ok(Note {
        title,
        content,
        updated_at: time(at)?,
    })
}

async fn one(
    connection: &mut PgConnection,
    sql: &'static str,
    owner: &OwnerId,
    title: &str,
) -> Result<Option<Note>, StoreError> {
    let row: Option<NoteRow> = query_as(sql)
        .bind(owner.as_str())
        .bind(title)
        .fetch_optional(connection)
        .await?;
    row.map(NoteRow::read).transpose()
}

async fn list(
    connection: &mut PgConnection,
    owner: &OwnerId,
    limit: usize,
    cursor: Option<Cursor>,
) -> Result<Vec<NoteSummary>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let query = match cursor {
        None => query_as(sql::LIST).bind(owner.as_str()).bind(limit),
        Some(cursor) => query_as(sql::LIST_AFTER)
            .bind(owner.as_str())
            .bind(limit)
            .bind(cursor.updated_at.as_microsecond())
            .bind(cursor.title),
    };
    let rows: Vec<SummaryRow> = query.fetch_all(connection).await?;
    rows.into_iter().map(SummaryRow::read).collect()
}

async fn delete_untouched(
    connection: &mut PgConnection,
    before: Timestamp,
) -> Result<usize, StoreError> {
    let deleted = query(sql::DELETE_UNTOUCHED)
        .bind(before.as_microsecond())
        .execute(connection)
        .await?;
    Ok(usize::try_from(deleted.rows_affected()).unwrap_or(usize::MAX))
}

impl From<sqlx::Error> for SaveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
