//! Run logs in memory, with the first event of each run and its idempotency key in a SQLite file, so
//! that readers and repeated requests find the run after a restart.

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
    /// Runs on their way to the file. They are queued before the message, so a stored message
    /// always has its run.
    queued: DashMap<RunId, Pending<(), StoreError>>,
    /// Live runs of the previous process.
    orphans: Arc<Orphans>,
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

    fn read(self) -> Result<(RunRecord, Option<Idempotency>), StoreError> {
        let record = RunRecord {
            id: self.run.parse().map_err(corrupt)?,
            thread_id: self.thread.parse().map_err(corrupt)?,
            owner: self.owner.parse().map_err(corrupt)?,
        };
        let body = self.body.try_into();
        let body = body.map_err(|_| corrupt("the digest of a request"))?;
        let key = self.key;
        let has_key = key != stand_in(&record.id);
        Ok((record, has_key.then_some(Idempotency { key, body })))
    }
}

/// The key of a run whose request had none. Those of requests begin with a session's id.
fn stand_in(run: &RunId) -> String {
    format!("run:{run}")
}

impl SqliteRuns {
    /// Runs in `memory`, with what outlives the process in `store`. A live run of the previous
    /// process is restored with its first event and without a writer; of an ended run only the key.
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
            memory: Arc::new(memory),
            queued: DashMap::new(),
            orphans: Arc::default(),
        };
        for mut row in rows {
            let (live, events) = (row.live, row.events()?);
            let (record, idempotency) = row.read()?;
            let run = record.id.clone();
            runs.memory.create(record, idempotency).await?;
            if live {
                runs.memory.append(&run, &events).await?;
                let last = events.ends.len() as u64;
                runs.orphans.insert(run, Orphan::new(last));
            } else {
                runs.memory.drop_log(&run);
            }
        }
        Ok(runs)
    }

    /// Queues a run; it is in the file before any event is appended.
    fn queue_run(
        &self,
        record: &RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<(), StoreError> {
        let idempotency = idempotency.unwrap_or_else(|| Idempotency {
            key: stand_in(&record.id),
            body: [0; 32],
        });
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
        self.queued.insert(run, pending);
        Ok(())
    }

    /// Waits until the run is in the file and queues its first events, without waiting for those:
    /// they precede all that the run will say.
    async fn write_first(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        let Some((_, queued)) = self.queued.remove(run) else {
            return Ok(());
        };
        queued.wait().await?;
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

    /// Deletes what the file has of the text of an ended run, without waiting for it.
    fn drop_events(&self, run: &RunId) -> Result<(), StoreError> {
        let run = run.clone();
        self.store.queue(
            move |c| {
                Box::pin(async move {
                    let events = sqlx::query(sql::DROP_EVENTS).bind(run.as_str());
                    events.execute(c).await?;
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
        if created == Created::New
            && let Err(error) = self.queue_run(&record, idempotency)
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
            // No need to wait: a run without a message is dropped at the next start.
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
        let orphan = self.orphans.get(run);
        let is_orphan = orphan.is_some_and(|orphan| !orphan.is_taken_over());
        Ok(!is_orphan && self.memory.is_live(run).await?)
    }

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.write_first(run, events).await?;
        self.memory.append(run, events).await
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.write_first(run, events).await?;
        self.memory.finish(run, events).await?;
        self.drop_events(run)
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
