//! Run logs in memory, with their idempotency keys in a SQLite file, so that a request repeated
//! after a restart finds its run.

mod sql;
#[cfg(test)]
mod tests;

use super::{
    Created, EventBatch, IDEMPOTENCY_LIFETIME, Idempotency, Read, RunRecord, RunStore,
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
use std::time::Duration;

/// Run logs in memory, with their idempotency keys in a file.
pub struct SqliteRuns {
    store: Sqlite,
    memory: MemoryRuns,
    /// Keys on their way to the file. They are queued before the message, so a stored message
    /// always has its key.
    keys: DashMap<RunId, Pending<(), StoreError>>,
    /// Live runs of the previous process, with the number of their last event.
    lost: DashMap<RunId, u64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    key: String,
    body: Vec<u8>,
    run: String,
    thread: String,
    owner: String,
    events: Option<Vec<u8>>,
    ends: Option<String>,
    live: bool,
}

impl Row {
    /// The first events of the run; none if the process was killed before.
    fn events(&mut self) -> Result<EventBatch, StoreError> {
        let ends = self.ends.take();
        let ends = ends.map(|json| serde_json::from_str(&json).map_err(corrupt));
        Ok(EventBatch {
            bytes: self.events.take().unwrap_or_default(),
            ends: ends.transpose()?.unwrap_or_default(),
        })
    }

    fn read(self) -> Result<(RunRecord, Idempotency), StoreError> {
        let record = RunRecord {
            id: self.run.parse().map_err(corrupt)?,
            thread_id: self.thread.parse().map_err(corrupt)?,
            owner: self.owner.parse().map_err(corrupt)?,
        };
        let body = self.body.try_into();
        let body = body.map_err(|_| corrupt("the digest of a request"))?;
        let key = self.key;
        Ok((record, Idempotency { key, body }))
    }
}

impl SqliteRuns {
    /// Runs in `memory`, with their keys in `store`. A live run of the previous process is
    /// restored, empty and without a writer; of an ended run only the key is.
    pub async fn open(store: Sqlite, memory: MemoryRuns) -> Result<Self, StoreError> {
        let now = Timestamp::now().as_microsecond();
        let rows: Vec<Row> = store
            .write(move |c| {
                Box::pin(async move {
                    sqlx::query(sql::SWEEP).bind(now).execute(&mut *c).await?;
                    sqlx::query(sql::DELETE_NOT_BEGUN).execute(&mut *c).await?;
                    Ok::<_, StoreError>(sqlx::query_as(sql::ALL).fetch_all(c).await?)
                })
            })
            .await?;
        let runs = Self {
            store,
            memory,
            keys: DashMap::new(),
            lost: DashMap::new(),
        };
        for mut row in rows {
            let (live, events) = (row.live, row.events()?);
            let (record, idempotency) = row.read()?;
            let run = record.id.clone();
            runs.memory.create(record, Some(idempotency)).await?;
            if live {
                runs.memory.append(&run, &events).await?;
                runs.lost.insert(run, events.ends.len() as u64);
            } else {
                runs.memory.drop_log(&run);
            }
        }
        Ok(runs)
    }

    /// Queues the key of a run; it is in the file before any event is appended.
    fn write_key(&self, record: &RunRecord, idempotency: Idempotency) -> Result<(), StoreError> {
        let until = Timestamp::now().checked_add(IDEMPOTENCY_LIFETIME);
        let until = until.unwrap_or(Timestamp::MAX).as_microsecond();
        let (run, row) = (record.id.clone(), record.clone());
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
        self.keys.insert(run, pending);
        Ok(())
    }

    /// Waits for the run's key and queues the first events, without waiting for those: they precede
    /// all that the run will say.
    async fn write_first(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        let Some((_, key)) = self.keys.remove(run) else {
            return Ok(());
        };
        key.wait().await?;
        let (run, bytes) = (run.clone(), events.bytes.clone());
        let ends = serde_json::to_string(&events.ends).map_err(corrupt)?;
        self.store.queue(
            move |c| {
                Box::pin(async move {
                    let keep = sqlx::query(sql::KEEP_EVENTS).bind(run.as_str());
                    keep.bind(bytes).bind(ends).execute(c).await?;
                    Ok::<_, StoreError>(())
                })
            },
            |()| (),
        )?;
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
        if let (Created::New, Some(idempotency)) = (&created, idempotency)
            && let Err(error) = self.write_key(&record, idempotency)
        {
            self.memory.discard(&record.id).await?;
            return Err(error);
        }
        Ok(created)
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        self.memory.discard(run).await?;
        if self.keys.remove(run).is_some() {
            let run = run.clone();
            // No need to wait: a key without a message is dropped at the next start.
            let _ = self.store.queue(
                move |c| {
                    Box::pin(async move {
                        let delete = sqlx::query(sql::DELETE).bind(run.as_str());
                        delete.execute(c).await?;
                        Ok::<_, StoreError>(())
                    })
                },
                |()| (),
            )?;
        }
        Ok(())
    }

    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        self.memory.find(run).await
    }

    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError> {
        Ok(!self.lost.contains_key(run) && self.memory.is_live(run).await?)
    }

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.write_first(run, events).await?;
        self.memory.append(run, events).await
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.write_first(run, events).await?;
        self.memory.finish(run, events).await
    }

    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError> {
        Ok(self.lost.remove(run).map(|(_, last)| last))
    }

    async fn read(&self, run: &RunId, after: u64, wait: Duration) -> Result<Read, StoreError> {
        // Nothing more comes until somebody takes over.
        let lost = self.lost.contains_key(run);
        let wait = if lost { Duration::ZERO } else { wait };
        self.memory.read(run, after, wait).await
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
            self.keys.remove(run);
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
            self.lost.remove(run);
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
        self.memory.sweep().await
    }
}
