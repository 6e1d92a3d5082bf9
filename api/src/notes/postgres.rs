//! Notes in PostgreSQL; its schema is in `migrations/`.

use super::{NoteStore, SaveError, limits};
use crate::{
    connect::{
        DATABASE,
        postgres::{Pool, bounded, owners},
    },
    domain::{NOTES_PER_OWNER, Note, OwnerId, StoreError},
};
use async_trait::async_trait;
use jiff::Timestamp;

const COUNT_OTHERS: &str = "select count(*) from notes where owner = $1 and title <> $2";
const SAVE: &str = "insert into notes (owner, title, content, updated_at) values ($1, $2, $3, $4)
    on conflict (owner, title) do update set content = excluded.content, updated_at = excluded.updated_at";
const GET: &str = "select title, content, updated_at from notes where owner = $1 and title = $2";
const LIST: &str = "select title, content, updated_at from notes where owner = $1
    order by updated_at desc, title";
const DELETE: &str = "delete from notes where owner = $1 and title = $2";
const DELETE_OWNER: &str = "delete from notes where owner = $1";
/// A note as it is stored; its time in microseconds since 1970.
type Row = (String, Vec<u8>, i64);

/// Notes in PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresNotes {
    pool: Pool,
}

impl PostgresNotes {
    /// Notes in the database of `pool`, whose schema is up to date.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl NoteStore for PostgresNotes {
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError> {
        limits::check(title, content)?;
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query(owners::LOCK)
                .bind(owner.as_str())
                .execute(&mut *transaction)
                .await?;
            let others: i64 = sqlx::query_scalar(COUNT_OTHERS)
                .bind(owner.as_str())
                .bind(title)
                .fetch_one(&mut *transaction)
                .await?;
            if usize::try_from(others).is_ok_and(|others| others >= NOTES_PER_OWNER) {
                return Err(SaveError::LimitReached);
            }
            // Taken while the owner is locked: the order of times is the order of saving.
            let at = Timestamp::now().as_microsecond();
            sqlx::query(SAVE)
                .bind(owner.as_str())
                .bind(title)
                .bind(content.as_bytes())
                .bind(at)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(note((title.to_owned(), content.as_bytes().to_vec(), at))?)
        })
        .await
    }

    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError> {
        // What cannot be a title would be refused as text: NUL.
        if limits::check(title, "").is_err() {
            return Ok(None);
        }
        bounded(async {
            let row: Option<Row> = sqlx::query_as(GET)
                .bind(owner.as_str())
                .bind(title)
                .fetch_optional(&self.pool)
                .await?;
            row.map(note).transpose()
        })
        .await
    }

    async fn list(&self, owner: &OwnerId) -> Result<Vec<Note>, StoreError> {
        bounded(async {
            let rows: Vec<Row> = sqlx::query_as(LIST)
                .bind(owner.as_str())
                .fetch_all(&self.pool)
                .await?;
            rows.into_iter().map(note).collect()
        })
        .await
    }

    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError> {
        if limits::check(title, "").is_err() {
            return Ok(false);
        }
        bounded(async {
            let done = sqlx::query(DELETE)
                .bind(owner.as_str())
                .bind(title)
                .execute(&self.pool)
                .await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        bounded(async {
            let mut transaction = self.pool.begin().await?;
            for sql in [owners::LOCK, DELETE_OWNER, owners::FORGET] {
                sqlx::query(sql)
                    .bind(owner.as_str())
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(transaction.commit().await?)
        })
        .await
    }
}

fn note((title, content, updated_at): Row) -> Result<Note, StoreError> {
    let corrupt = |reason: String| StoreError::Corrupt {
        store: DATABASE,
        reason,
    };
    Ok(Note {
        title,
        content: String::from_utf8(content).map_err(|error| corrupt(error.to_string()))?,
        updated_at: Timestamp::from_microsecond(updated_at)
            .map_err(|error| corrupt(error.to_string()))?,
    })
}

impl From<sqlx::Error> for SaveError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        connect::postgres::{open, private::PrivatePostgres},
        notes::contract,
    };
    use std::sync::Arc;

    #[tokio::test]
    async fn keeps_the_contract() {
        let server = PrivatePostgres::start().await;
        let pool = open(&server.url()).await.unwrap();
        contract::suite(Arc::new(PostgresNotes::new(pool))).await;
    }

    #[tokio::test]
    async fn uses_an_index_forgets_owners_and_survives_a_restart() {
        let mut server = PrivatePostgres::start().await;
        let pool = open(&server.url()).await.unwrap();
        let store = PostgresNotes::new(pool.clone());

        // Enough that the planner has a choice to make.
        for sql in [
            "insert into owners select 'owner' || n from generate_series(1, 2000) n",
            "insert into notes select 'owner' || n, 'title' || t, 'x', t from generate_series(1, 2000) n, generate_series(1, 20) t",
            "insert into threads select 'thread' || n, 'owner' || n, 'x', 'concierge', null, n, n from generate_series(1, 2000) n",
            "analyze",
        ] {
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
        for (sql, values) in [
            (owners::LOCK, "'owner7'"),
            (COUNT_OTHERS, "'owner7', 'title1'"),
            (SAVE, "'owner7', 'title1', 'x', 1"),
            (GET, "'owner7', 'title1'"),
            (LIST, "'owner7'"),
            (DELETE, "'owner7', 'title1'"),
            (DELETE_OWNER, "'owner7'"),
            (owners::FORGET, "'owner7'"),
        ] {
            server.assert_uses_index(&pool, sql, values).await;
        }

        let owner = OwnerId::generate();
        store.save(&owner, "kept", "over a restart").await.unwrap();
        server.stop();
        assert!(matches!(
            store.get(&owner, "kept").await,
            Err(StoreError::Unavailable { .. })
        ));
        server.restart().await;
        assert_eq!(
            store.get(&owner, "kept").await.unwrap().unwrap().content,
            "over a restart"
        );
        assert_eq!(known(&pool, &owner).await, 1);
        store.delete_owner(&owner).await.unwrap();
        assert_eq!(known(&pool, &owner).await, 0);
    }

    /// Whether there is a row of the owner.
    async fn known(pool: &Pool, owner: &OwnerId) -> i64 {
        let sql = "select count(*) from owners where id = $1";
        sqlx::query_scalar(sql)
            .bind(owner.as_str())
            .fetch_one(pool)
            .await
            .unwrap()
    }

    /// An owner who leaves while an agent still saves: no deadlock, no broken reference, and what
    /// was saved last is there.
    #[tokio::test]
    async fn saving_and_forgetting_at_once_do_not_trip_over_each_other() {
        let server = PrivatePostgres::start().await;
        let pool = open(&server.url()).await.unwrap();
        let owner = OwnerId::generate();
        let callers = (0..8).map(|caller| {
            let (store, owner) = (PostgresNotes::new(pool.clone()), owner.clone());
            tokio::spawn(async move {
                for round in 0..40 {
                    if (round + caller) % 3 == 0 {
                        store.delete_owner(&owner).await.unwrap();
                    } else {
                        store
                            .save(&owner, &format!("note {caller}"), "x")
                            .await
                            .unwrap();
                    }
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
        let store = PostgresNotes::new(pool.clone());
        store.save(&owner, "last", "x").await.unwrap();
        assert!(store.get(&owner, "last").await.unwrap().is_some());
        store.delete_owner(&owner).await.unwrap();
        assert_eq!(known(&pool, &owner).await, 0);
    }
}
