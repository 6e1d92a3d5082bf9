//! Copies from and to SQLite.

use super::{
    Archive, HeldNote, HeldThread, Holdings, MessageRow, OWNER_TIMEOUT, ThreadRow, owner_ids,
};
use crate::{
    connect::{
        corrupt,
        sqlite::{Sqlite, owners},
    },
    domain::{OwnerId, StoreError},
};
use async_trait::async_trait;
use sqlx::SqliteConnection;

const OWNERS: &str = "select id from owners where id > ?1
    and (exists (select 1 from threads where owner = owners.id)
        or exists (select 1 from notes where owner = owners.id))
    order by id limit ?2";
const THREADS: &str = "select id, title, agent, active_run, created_at, updated_at, renamed_at,
    pause, resumptions, remembered from threads where owner = ?1 order by id";
const MESSAGES: &str = "select position, id, from_user, agent, bytes, body from messages
    where thread = ?1 order by position";
const NOTES: &str = "select title, content, updated_at from notes where owner = ?1 order by title";
const ADD_THREAD: &str = "insert into threads (id, owner, title, agent, active_run, created_at,
    updated_at, renamed_at, pause, resumptions, remembered)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
/// All messages of a thread in one statement: single ones would exceed the time limit of a call.
const ADD_MESSAGES: &str =
    "insert into messages (thread, position, id, from_user, agent, bytes, indexed, body)
    select ?1, value ->> 'position', value ->> 'id', value ->> 'from_user', value ->> 'agent',
        value ->> 'bytes', 0, value ->> 'body'
    from json_each(?2)";
const ADD_NOTE: &str =
    "insert into notes (owner, title, updated_at, bytes, content) values (?1, ?2, ?3, ?4, ?5)";

/// A SQLite file.
#[derive(Clone)]
pub struct SqliteArchive {
    store: Sqlite,
}

impl SqliteArchive {
    /// Uses `store`.
    #[must_use]
    pub fn new(store: Sqlite) -> Self {
        Self {
            store: store.with_call_timeout(OWNER_TIMEOUT),
        }
    }
}

#[async_trait]
impl Archive for SqliteArchive {
    async fn owners(
        &self,
        after: Option<&OwnerId>,
        limit: usize,
    ) -> Result<Vec<OwnerId>, StoreError> {
        let after = after.map_or("", OwnerId::as_str).to_owned();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ids: Vec<String> = self
            .store
            .read(move |c| {
                Box::pin(async move {
                    let owners = sqlx::query_scalar(OWNERS).bind(after).bind(limit);
                    Ok::<_, StoreError>(owners.fetch_all(c).await?)
                })
            })
            .await?;
        owner_ids(ids)
    }

    async fn read(&self, owner: &OwnerId) -> Result<Holdings, StoreError> {
        let owner = owner.clone();
        self.store
            .read(move |c| Box::pin(async move { read(c, &owner).await }))
            .await
    }

    async fn write(&self, owner: &OwnerId, holdings: Holdings) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.store
            .write(move |c| Box::pin(async move { write(c, &owner, holdings).await }))
            .await
    }
}

async fn read(connection: &mut SqliteConnection, owner: &OwnerId) -> Result<Holdings, StoreError> {
    let rows: Vec<ThreadRow> = sqlx::query_as(THREADS)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut threads = Vec::with_capacity(rows.len());
    for row in rows {
        let messages: Vec<MessageRow> = sqlx::query_as(MESSAGES)
            .bind(&row.id)
            .fetch_all(&mut *connection)
            .await?;
        threads.push(HeldThread { row, messages });
    }
    let notes: Vec<HeldNote> = sqlx::query_as(NOTES)
        .bind(owner.as_str())
        .fetch_all(connection)
        .await?;
    Ok(Holdings { threads, notes })
}

async fn write(
    connection: &mut SqliteConnection,
    owner: &OwnerId,
    holdings: Holdings,
) -> Result<(), StoreError> {
    owners::enter(connection, owner).await?;
    for HeldThread { row, messages } in holdings.threads {
        sqlx::query(ADD_THREAD)
            .bind(&row.id)
            .bind(owner.as_str())
            .bind(String::from_utf8(row.title).map_err(corrupt)?)
            .bind(row.agent)
            .bind(row.active_run)
            .bind(row.created_at)
            .bind(row.updated_at)
            .bind(row.renamed_at)
            .bind(row.pause)
            .bind(row.resumptions)
            .bind(row.remembered)
            .execute(&mut *connection)
            .await?;
        sqlx::query(ADD_MESSAGES)
            .bind(&row.id)
            .bind(serde_json::to_string(&messages).map_err(corrupt)?)
            .execute(&mut *connection)
            .await?;
    }
    for note in holdings.notes {
        let bytes = note.title.len() + note.content.len();
        sqlx::query(ADD_NOTE)
            .bind(owner.as_str())
            .bind(note.title)
            .bind(note.updated_at)
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(note.content)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
