//! Run logs in memory, with the idempotency keys in a SQLite file. After a restart, repeated requests
//! find their runs, and readers find those that are live in their threads.

mod orphan;
mod sql;
#[cfg(test)]
mod tests;

use super::{
    Created, EventBatch, IDEMPOTENCY_LIFETIME, Idempotency, LogReader, RunRecord, RunStore,
    memory::MemoryRuns,
};
use crate::{
    connect::{
        corrupt,
        memory::Reclaim,
        sqlite::{Pending, Sqlite},
    },
    domain::{OwnerId, RunId, StoreError},
};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use orphan::{Orphan, OrphanReader, Orphans};
use std::{sync::Arc, time::Duration};

/// Run logs in memory, with what is needed after a restart in a file.
pub struct SqliteRuns {
    store: Sqlite,
    memory: Arc<MemoryRuns>,
    /// Keys on their way to the file. They are queued before the message, so a stored message
    /// always has its key.
    queued: DashMap<RunId, Pending<(), StoreError>>,
    /// Live runs of the previous process.
    orphans: Arc<Orphans>,
}

#[derive(sqlx::FromRow)]
struct RunRow {
    run: String,
    thread: String,
    owner: String,
}

impl RunRow {
    fn read(self) -> Result<RunRecord, StoreError> {
        Ok(RunRecord {
            id: self.run.parse().map_err(corrupt)?,
            thread_id: self.thread.parse().map_err(corrupt)?,
            owner: self.owner.parse().map_err(corrupt)?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    key: String,
    body: Vec<u8>,
    #[sqlx(flatten)]
    run: RunRow,
}

impl KeyRow {
    fn read(self) -> Result<(RunRecord, Idempotency), StoreError> {
        let body = self.body.try_into();
        let body = body.map_err(|_| corrupt("the digest of a request"))?;
        let idempotency = Idempotency {
            key: self.key,
            body,
        };
        Ok((self.run.read()?, idempotency))
    }
}

impl SqliteRuns {
    /// Runs in `memory`, with what outlives the process in `store`. A live run of the previous
    /// process is restored without events and without a writer; of an ended run only the key.
    pub async fn open(store: Sqlite, memory: MemoryRuns) -> Result<Self, StoreError> {
        let now = Timestamp::now();
        let since = now
            .checked_sub(IDEMPOTENCY_LIFETIME)
            .unwrap_or(now)
            .as_microsecond();
        let now = now.as_microsecond();
        let (live, keys): (Vec<RunRow>, Vec<KeyRow>) = store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(sql::SWEEP).bind(now).execute(&mut *c).await?;
                    sqlx::query(sql::DELETE_NOT_BEGUN).execute(&mut *c).await?;
                    let live = sqlx::query_as(sql::LIVE)
                        .bind(since)
                        .fetch_all(&mut *c)
                        .await?;
                    Ok::<_, StoreError>((live, sqlx::query_as(sql::KEYS).fetch_all(c).await?))
                })
            })
            .await?;
        let orphans = Orphans::default();
        let live: Vec<_> = live
            .into_iter()
            .map(RunRow::read)
            .collect::<Result<_, _>>()?;
        for record in &live {
            orphans.insert(record.id.clone(), Orphan::default());
        }
        for row in keys {
            let (record, idempotency) = row.read()?;
            let run = record.id.clone();
            memory.create(record, Some(idempotency)).await?;
            if !orphans.contains_key(&run) {
                memory.drop_log(&run);
            }
        }
        for record in live {
            if !memory.has_log(&record.id) {
                memory.create(record, None).await?;
            }
        }
        Ok(Self {
            store,
            memory: Arc::new(memory),
            queued: DashMap::new(),
            orphans: Arc::new(orphans),
        })
    }

    /// Queues a key; it is in the file before any event is appended.
    fn queue_key(&self, record: &RunRecord, idempotency: Idempotency) -> Result<(), StoreError> {
        let until = Timestamp::now().checked_add(IDEMPOTENCY_LIFETIME);
        let until = until.unwrap_or(Timestamp::MAX).as_microsecond();
        let row = record.clone();
        let pending = self.store.queue(
            move |c| {
                Box::pin(async move {
                    sqlx::query(sql::INSERT)
                        .bind(idempotency.key)
                        .bind(idempotency.body.as_slice())
                        .bind(row.id.as_str())
                        .bind(row.thread_id.as_str())
                        .bind(row.owner.as_str())
                        .bind(until)
                        .execute(c)
                        .await?;
                    Ok::<_, StoreError>(())
                })
            },
            |()| (),
        )?;
        self.queued.insert(record.id.clone(), pending);
        Ok(())
    }
}

impl Reclaim for SqliteRuns {
    fn reclaim(&self, bytes: usize) {
        self.memory.reclaim(bytes);
    }
}

#[async_trait]
impl RunStore for SqliteRuns {
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        let created = self
            .memory
            .create(record.clone(), idempotency.clone())
            .await?;
        if created == Created::New
            && let Some(idempotency) = idempotency
            && let Err(error) = self.queue_key(&record, idempotency)
        {
            self.memory.discard(&record.id).await?;
            return Err(error);
        }
        Ok(created)
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        self.memory.discard(run).await?;
        if self.queued.remove(run).is_some() {
            let run = run.clone();
            // No need to wait: the key of a run without a message is dropped at the next start.
            self.store.write_later(move |c| {
                Box::pin(async move {
                    let delete = sqlx::query(sql::DELETE).bind(run.as_str());
                    delete.execute(c).await?;
                    Ok(())
                })
            })?;
        }
        Ok(())
    }

    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.memory.find(run).await
    }

    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError> {
        let orphan = self.orphans.get(run);
        let is_orphan = orphan.is_some_and(|orphan| !orphan.is_taken_over());
        Ok(!is_orphan && self.memory.is_live(run).await?)
    }

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        if let Some((_, key)) = self.queued.remove(run) {
            key.wait().await?;
        }
        if let Some(mut orphan) = self.orphans.get_mut(run) {
            orphan.extend(events);
        }
        self.memory.append(run, events).await
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.queued.remove(run);
        self.memory.finish(run, events).await
    }

    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError> {
        let mut orphan = self.orphans.get_mut(run);
        Ok(orphan.as_mut().and_then(|orphan| orphan.take_over()))
    }

    fn reader(&self, run: &RunId, after: u64) -> Box<dyn LogReader> {
        // A run of this process never becomes an orphan.
        match self.orphans.get(run) {
            Some(orphan) => {
                let log = self.memory.reader(run, orphan.place(after));
                let (orphans, memory) = (Arc::clone(&self.orphans), Arc::clone(&self.memory));
                Box::new(OrphanReader::new(orphans, memory, run, after, log))
            }
            None => self.memory.reader(run, after),
        }
    }

    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError> {
        self.memory.unread_for(run).await
    }

    async fn cancel(&self, run: &RunId) -> Result<(), StoreError> {
        self.memory.cancel(run).await
    }

    async fn cancelled(&self, run: &RunId) {
        self.memory.cancelled(run).await;
    }

    async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let runs = self.memory.runs_of(owner);
        for run in &runs {
            self.queued.remove(run);
        }
        // The file first: memory knows what is left to delete.
        self.store
            .write({
                let runs = runs.clone();
                move |c| {
                    Box::pin(async move {
                        for run in &runs {
                            let delete = sqlx::query(sql::DELETE).bind(run.as_str());
                            delete.execute(&mut *c).await?;
                        }
                        Ok::<_, StoreError>(())
                    })
                }
            })
            .await?;
        for run in &runs {
            self.orphans.remove(run);
        }
        self.memory.forget_owner(owner).await
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let now = Timestamp::now().as_microsecond();
        self.store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(sql::SWEEP).bind(now).execute(c).await?;
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
        self.memory.sweep().await?;
        self.orphans.retain(|run, _| self.memory.has_log(run));
        Ok(())
    }
}
