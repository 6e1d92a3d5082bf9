//! Records in a SQLite file with a copy in memory for reading, for a single process.
//!
//! Changes are on disk before the caller returns; memory follows in the file's order. Renewals are
//! written once a minute, and counted events are written in the background.

mod load;
mod sql;
#[cfg(test)]
mod tests;

use super::{
    memory::MemoryRecords,
    record::{Growth, RecordStore},
};
use crate::{
    connect::{memory::Memory, sqlite::Sqlite},
    domain::StoreError,
};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// How far the file may lag behind for a record that is only renewed.
const RENEWAL_GRAIN: Duration = Duration::from_secs(60);

/// A [`RecordStore`] in one file.
pub struct SqliteRecords {
    store: Sqlite,
    memory: Arc<MemoryRecords>,
    /// When the lifetime of a record was last written to the file.
    renewed: Arc<DashMap<String, Instant>>,
}

impl SqliteRecords {
    /// Opens the records in `store` and reads them into `memory`, which other stores share.
    pub async fn open(store: Sqlite, memory: Arc<Memory>) -> Result<Self, StoreError> {
        let memory = Arc::new(MemoryRecords::new(memory));
        load::records(&store, &memory).await?;
        load::events(&store, &memory).await?;
        Ok(Self {
            store,
            memory,
            renewed: Arc::default(),
        })
    }

    /// Writes a record's new lifetime in the background. If that fails, because the disk is full,
    /// the record still lives in memory.
    fn write_renewal(&self, name: &str, ttl: Duration) {
        let now = Instant::now();
        let due = self
            .renewed
            .get(name)
            .is_none_or(|last| now.duration_since(*last) >= RENEWAL_GRAIN);
        if !due {
            return;
        }
        self.renewed.insert(name.to_owned(), now);
        let (name, until) = (name.to_owned(), microseconds_from_now(ttl));
        let queued = self.store.write_later(move |c| {
            Box::pin(async move {
                let renew = sqlx::query(sql::RENEW).bind(name).bind(until);
                renew.execute(c).await?;
                Ok(())
            })
        });
        if let Err(error) = queued {
            tracing::debug!(%error, "a renewal was left out");
        }
    }
}

fn microseconds_from_now(ttl: Duration) -> i64 {
    let until = Timestamp::now().checked_add(ttl);
    until.unwrap_or(Timestamp::MAX).as_microsecond()
}

#[async_trait]
impl RecordStore for SqliteRecords {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn check_room(&self, growth: Growth) -> Result<(), StoreError> {
        self.memory.check_room(growth)
    }

    async fn put(&self, name: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        let (memory, renewed) = (Arc::clone(&self.memory), Arc::clone(&self.renewed));
        let (name, kept) = (name.to_owned(), value.clone());
        let (row, until) = (name.clone(), microseconds_from_now(ttl));
        let put = self.store.queue(
            move |c| {
                Box::pin(async move {
                    let put = sqlx::query(sql::PUT).bind(row).bind(value).bind(until);
                    put.execute(c).await?;
                    Ok::<_, StoreError>(())
                })
            },
            move |()| {
                memory.insert(&name, kept, ttl);
                renewed.insert(name, Instant::now());
            },
        )?;
        put.wait().await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.memory.get(name).await
    }

    async fn renew(&self, name: &str, ttl: Duration) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.memory.renew(name, ttl).await?;
        if value.is_some() {
            self.write_renewal(name, ttl);
        }
        Ok(value)
    }

    async fn take(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        // Memory knows which records live; the file decides which of several callers gets one.
        if self.memory.get(name).await?.is_none() {
            return Ok(None);
        }
        let (memory, renewed) = (Arc::clone(&self.memory), Arc::clone(&self.renewed));
        let (name, row) = (name.to_owned(), name.to_owned());
        let take = self.store.queue(
            move |c| {
                Box::pin(async move {
                    let take = sqlx::query_scalar(sql::TAKE).bind(row);
                    Ok::<Option<Vec<u8>>, StoreError>(take.fetch_optional(c).await?)
                })
            },
            move |taken| {
                if taken.is_some() {
                    memory.remove(&name);
                    renewed.remove(&name);
                }
            },
        )?;
        take.wait().await
    }

    async fn swap(&self, name: &str, expected: &[u8], value: Vec<u8>) -> Result<bool, StoreError> {
        if self.memory.get(name).await?.is_none() {
            return Ok(false);
        }
        let memory = Arc::clone(&self.memory);
        let (name, row) = (name.to_owned(), name.to_owned());
        let (expected, kept) = (expected.to_owned(), value.clone());
        let swap = self.store.queue(
            move |c| {
                Box::pin(async move {
                    let swap = sqlx::query(sql::SWAP).bind(row).bind(expected).bind(value);
                    Ok::<_, StoreError>(swap.execute(c).await?.rows_affected() > 0)
                })
            },
            move |swapped| {
                if *swapped {
                    memory.replace(&name, kept);
                }
            },
        )?;
        swap.wait().await
    }

    async fn add_member(
        &self,
        set: &str,
        member: &str,
        most: usize,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let (set, member) = (set.to_owned(), member.to_owned());
        let now = Timestamp::now().as_microsecond();
        let until = microseconds_from_now(ttl);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.store
            .write(move |c| {
                Box::pin(async move {
                    let purge = sqlx::query(sql::PURGE_SET).bind(&set).bind(now);
                    purge.execute(&mut *c).await?;
                    let add = sqlx::query(sql::ADD_MEMBER)
                        .bind(&set)
                        .bind(member)
                        .bind(until)
                        .bind(most);
                    if add.execute(&mut *c).await?.rows_affected() == 0 {
                        return Ok(false);
                    }
                    let keep = sqlx::query(sql::KEEP_SET).bind(&set).bind(until);
                    keep.execute(c).await?;
                    Ok(true)
                })
            })
            .await
    }

    async fn remove_member(&self, set: &str, member: &str) -> Result<(), StoreError> {
        let (set, member) = (set.to_owned(), member.to_owned());
        self.store
            .write(move |c| {
                Box::pin(async move {
                    let remove = sqlx::query(sql::REMOVE_MEMBER).bind(set).bind(member);
                    remove.execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn members(&self, set: &str) -> Result<Vec<String>, StoreError> {
        let (set, now) = (set.to_owned(), Timestamp::now().as_microsecond());
        self.store
            .read(move |c| {
                Box::pin(async move {
                    let members = sqlx::query_scalar(sql::MEMBERS).bind(set).bind(now);
                    Ok(members.fetch_all(c).await?)
                })
            })
            .await
    }

    async fn count(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        let wait = self.memory.count(name, limit, window).await?;
        if wait.is_none() {
            let name = name.to_owned();
            let now = Timestamp::now().as_microsecond();
            let until = microseconds_from_now(window);
            let queued = self.store.write_later(move |c| {
                Box::pin(async move {
                    let count = sqlx::query(sql::COUNT).bind(name).bind(now).bind(until);
                    count.execute(c).await?;
                    Ok(())
                })
            });
            if let Err(error) = queued {
                tracing::debug!(%error, "an event was counted in memory only");
            }
        }
        Ok(wait)
    }

    async fn wait(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        self.memory.wait(name, limit, window).await
    }

    async fn uncount(&self, name: &str) -> Result<(), StoreError> {
        self.memory.uncount(name).await?;
        let name = name.to_owned();
        self.store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(sql::UNCOUNT).bind(name).execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        // Events were queued before this.
        self.store
            .write(|_| Box::pin(async { Ok::<_, StoreError>(()) }))
            .await
    }

    async fn sweep(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let expired = self.memory.expired();
        let names: Vec<String> = expired.iter().map(|(name, _)| name.clone()).collect();
        let now = Timestamp::now().as_microsecond();
        self.store
            .write(move |c| {
                Box::pin(async move {
                    for name in names {
                        let delete = sqlx::query(sql::DELETE_EXPIRED).bind(name).bind(now);
                        delete.execute(&mut *c).await?;
                    }
                    for sql in [sql::SWEEP_MEMBERS, sql::SWEEP_EVENTS] {
                        sqlx::query(sql).bind(now).execute(&mut *c).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
        for (name, _) in &expired {
            self.renewed.remove(name);
        }
        // Also forgets windows. A record that has expired since then waits for the next sweep.
        self.memory.forget(&expired);
        Ok(expired)
    }

    fn held(&self, prefix: &str) -> Option<usize> {
        self.memory.held(prefix)
    }
}
