//! Copies from and to PostgreSQL.

use super::{
    Archive, HeldNote, HeldThread, Holdings, MessageRow, OWNER_TIMEOUT, ThreadRow, owner_ids,
};
use crate::{
    connect::{
        corrupt,
        postgres::{
            Database, owners,
            statement::{query, query_as, query_scalar},
        },
    },
    domain::{OwnerId, StoreError},
};
use async_trait::async_trait;
use sqlx::PgConnection;

const OWNERS: &str = "select id from owners where id > $1
    and (exists (select from threads where owner = owners.id)
        or exists (select from notes where owner = owners.id))
    order by id limit $2";
const THREADS: &str = "select id, title, agent, active_run, created_at, updated_at, renamed_at,
    pause, resumptions::bigint, remembered from threads where owner = $1 order by id";
const MESSAGES: &str = "select position::bigint, id, from_user, agent, bytes::bigint, body
    from messages where thread = $1 order by position";
const NOTES: &str = "select title, content, updated_at from notes where owner = $1 order by title";
const ADD_THREAD: &str = "insert into threads (id, owner, title, agent, active_run, created_at,
    updated_at, renamed_at, pause, resumptions, remembered, bytes)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/// All messages of a thread in one statement: single ones would exceed the time limit of a call.
const ADD_MESSAGES: &str =
    "insert into messages (thread, position, id, from_user, agent, bytes, body)
    select $1, position, id, from_user, agent, bytes, body
    from json_to_recordset($2::json) as given (position integer, id text, from_user boolean,
        agent text, bytes integer, body text)";
const ADD_NOTE: &str =
    "insert into notes (owner, title, content, updated_at) values ($1, $2, $3, $4)";

/// A PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresArchive {
    database: Database,
}

impl PostgresArchive {
    /// Uses `database`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database: database.with_call_timeout(OWNER_TIMEOUT),
        }
    }
}

#[async_trait]
impl Archive for PostgresArchive {
    async fn owners(
        &self,
        after: Option<&OwnerId>,
        limit: usize,
    ) -> Result<Vec<OwnerId>, StoreError> {
        let after = after.map_or("", OwnerId::as_str).to_owned();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ids: Vec<String> = self
            .database
            .read(move |c| {
                Box::pin(async move {
                    let owners = query_scalar(OWNERS).bind(after).bind(limit);
                    Ok::<_, StoreError>(owners.fetch_all(c).await?)
                })
            })
            .await?;
        owner_ids(ids)
    }

    async fn read(&self, owner: &OwnerId) -> Result<Holdings, StoreError> {
        let owner = owner.clone();
        self.database
            .read(move |c| Box::pin(async move { read(c, &owner).await }))
            .await
    }

    async fn write(&self, owner: &OwnerId, holdings: Holdings) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.database
            .write(move |c| Box::pin(async move { write(c, &owner, holdings).await }))
            .await
    }
}

async fn read(connection: &mut PgConnection, owner: &OwnerId) -> Result<Holdings, StoreError> {
    let rows: Vec<ThreadRow> = query_as(THREADS)
        .bind(owner.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut threads = Vec::with_capacity(rows.len());
    for row in rows {
        let messages: Vec<MessageRow> = query_as(MESSAGES)
            .bind(&row.id)
            .fetch_all(&mut *connection)
            .await?;
        threads.push(HeldThread { row, messages });
    }
    let notes: Vec<HeldNote> = query_as(NOTES)
        .bind(owner.as_str())
        .fetch_all(connection)
        .await?;
    Ok(Holdings { threads, notes })
}

async fn write(
    connection: &mut PgConnection,
    owner: &OwnerId,
    holdings: Holdings,
) -> Result<(), StoreError> {
    owners::lock(connection, owner).await?;
    for HeldThread { row, messages } in holdings.threads {
        query(ADD_THREAD)
            .bind(&row.id)
            .bind(owner.as_str())
            .bind(row.title)
            .bind(row.agent)
            .bind(row.active_run)
            .bind(row.created_at)
            .bind(row.updated_at)
            .bind(row.renamed_at)
            .bind(row.pause)
            .bind(row.resumptions)
            .bind(row.remembered)
            .bind(messages.iter().map(|message| message.bytes).sum::<i64>())
            .execute(&mut *connection)
            .await?;
        query(ADD_MESSAGES)
            .bind(&row.id)
            .bind(serde_json::to_string(&messages).map_err(corrupt)?)
            .execute(&mut *connection)
            .await?;
    }
    for note in holdings.notes {
        query(ADD_NOTE)
            .bind(owner.as_str())
            .bind(note.title)
            .bind(note.content)
            .bind(note.updated_at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
