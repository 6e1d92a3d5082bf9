//! Run logs in memory, for a single replica.

mod ended;
mod log;
mod reader;
#[cfg(test)]
mod tests;

use super::{
    Created, EventBatch, IDEMPOTENCY_LIFETIME, Idempotency, LogReader, RunRecord, RunStore,
};
use crate::{
    connect::memory::{Held, Memory, Reclaim},
    domain::{OwnerId, RunId, StoreError},
};
use async_trait::async_trait;
use dashmap::{DashMap, Entry};
use ended::EndedLogs;
use log::{LOG_BYTES, Log, State};
use reader::MemoryReader;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

/// Size of an idempotency key with its value and its entries in maps.
const KEY_BYTES: usize = 512;
/// Free memory that a run needs to begin, so that it does not fail soon after.
const RUN_MIN_BYTES: usize = 64 * 1024;

/// Run logs in memory.
pub struct MemoryRuns {
    logs: DashMap<RunId, Arc<Log>>,
    keys: DashMap<String, Key>,
    /// The runs of each owner, and their idempotency keys.
    owned: DashMap<OwnerId, HashMap<RunId, Option<String>>>,
    /// Never held across an await.
    ended: Mutex<EndedLogs>,
    ended_max: usize,
    memory: Arc<Memory>,
}

struct Key {
    run: RunId,
    body: [u8; 32],
    expires: Instant,
    _held: Held,
}

impl Default for MemoryRuns {
    fn default() -> Self {
        Self::new(usize::MAX, Arc::default())
    }
}

impl MemoryRuns {
    /// An empty store. Logs of ended runs hold at most `ended_max` bytes of `memory`, which other
    /// stores share.
    #[must_use]
    pub fn new(ended_max: usize, memory: Arc<Memory>) -> Self {
        Self {
            logs: DashMap::new(),
            keys: DashMap::new(),
            owned: DashMap::new(),
            ended: Mutex::default(),
            ended_max,
            memory,
        }
    }

    fn ended(&self) -> MutexGuard<'_, EndedLogs> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the log of an ended run, and drops the oldest ones if they hold too much.
    fn keep_ended(&self, record: &RunRecord, bytes: usize) {
        let victims = {
            let mut ended = self.ended();
            ended.add(record.id.clone(), record.owner.clone(), bytes);
            let is_read = |run: &RunId| self.log(run).is_some_and(|log| log.is_read());
            let mut victims = ended.trim_owner(&record.owner, is_read);
            victims.extend(ended.trim(self.ended_max));
            victims
        };
        for run in victims {
            self.drop_log(&run);
        }
    }

    /// Drops a log but keeps its key: a repeated request finds the run, and nothing to read.
    pub(super) fn drop_log(&self, run: &RunId) {
        if let Some((_, log)) = self.logs.remove(run) {
            log.clear();
        }
    }

    /// The number of the last event of an ended run.
    pub(super) fn end(&self, run: &RunId) -> Option<u64> {
        let log = self.log(run)?;
        let state = log.state();
        state.ended.map(|_| state.ends.len() as u64)
    }

    /// Whether there is a log of this run.
    pub(super) fn has_log(&self, run: &RunId) -> bool {
        self.logs.contains_key(run)
    }

    /// The runs of an owner whose log or idempotency key is there.
    pub(super) fn runs_of(&self, owner: &OwnerId) -> Vec<RunId> {
        let runs = self.owned.get(owner);
        runs.map_or_else(Vec::new, |runs| runs.keys().cloned().collect())
    }

    /// Deletes a log and, unless another run has it by now, its key.
    fn forget(&self, run: &RunId, key: Option<&String>) {
        if let Some(key) = key {
            self.keys.remove_if(key, |_, known| known.run == *run);
        }
        if let Some((_, log)) = self.logs.remove(run) {
            log.cancel.cancel();
            log.clear();
        }
        self.ended().remove(run);
    }

    fn log(&self, run: &RunId) -> Option<Arc<Log>> {
        self.logs.get(run).map(|entry| Arc::clone(&entry))
    }

    fn open(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        let Some(Idempotency { key, body }) = idempotency else {
            self.memory.check_room(RUN_MIN_BYTES)?;
            self.insert(record, None);
            return Ok(Created::New);
        };
        let now = Instant::now();
        match self.keys.entry(key) {
            Entry::Occupied(entry) if entry.get().expires > now => {
                let known = entry.get();
                Ok(if known.body == body {
                    Created::Repeated(known.run.clone())
                } else {
                    Created::Mismatch
                })
            }
            entry => {
                self.memory.check_room(RUN_MIN_BYTES)?;
                let expires = now + IDEMPOTENCY_LIFETIME;
                self.insert(record.clone(), Some((entry.key().clone(), expires)));
                entry.insert(Key {
                    run: record.id,
                    body,
                    expires,
                    _held: Held::new(Arc::clone(&self.memory), KEY_BYTES),
                });
                Ok(Created::New)
            }
        }
    }

    fn insert(&self, record: RunRecord, key: Option<(String, Instant)>) {
        let now = Instant::now();
        let (key, kept_for_key_until) = key.unzip();
        let log = Log {
            record: record.clone(),
            key,
            state: Mutex::new(State {
                held: Held::new(Arc::clone(&self.memory), LOG_BYTES),
                bytes: Vec::new(),
                ends: Vec::new(),
                ended: None,
                readers: 0,
                last_read: now,
                reading: None,
                kept_for_key_until,
            }),
            changed: Notify::new(),
            cancel: CancellationToken::new(),
        };
        self.logs.insert(record.id, Arc::new(log));
    }
}

impl Reclaim for MemoryRuns {
    fn reclaim(&self, bytes: usize) {
        let victims = {
            let mut ended = self.ended();
            let most = ended.bytes().saturating_sub(bytes);
            ended.trim(most)
        };
        for run in victims {
            self.drop_log(&run);
        }
    }
}

#[async_trait]
impl RunStore for MemoryRuns {
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        let (owner, run) = (record.owner.clone(), record.id.clone());
        let key = idempotency.as_ref().map(|known| known.key.clone());
        let created = self.open(record, idempotency)?;
        if created == Created::New {
            self.owned.entry(owner).or_default().insert(run, key);
        }
        Ok(created)
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        if let Some(log) = self.log(run) {
            self.forget(run, log.key.as_ref());
            if let Some(mut runs) = self.owned.get_mut(&log.record.owner) {
                runs.remove(run);
            }
        }
        Ok(())
    }

    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let now = Instant::now();
        Ok(self
            .log(run)
            .filter(|log| !log.state().is_over(now))
            .map(|log| log.record.clone()))
    }

    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError> {
        Ok(self.log(run).is_some_and(|log| log.state().ended.is_none()))
    }

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        if let Some(log) = self.log(run) {
            // A run that has begun goes on: ended logs make room, then the reserve.
            self.memory.check_reserve(events.bytes.len())?;
            log.append(events);
        }
        Ok(())
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        if let Some(log) = self.log(run)
            && let Some(bytes) = log.finish(events)
        {
            self.keep_ended(&log.record, bytes);
        }
        Ok(())
    }

    async fn take_over(&self, _run: &RunId) -> Result<Option<u64>, StoreError> {
        // A writer in this process never outlives its log.
        Ok(None)
    }

    fn reader(&self, run: &RunId, after: u64) -> Box<dyn LogReader> {
        Box::new(MemoryReader::new(self.log(run), after))
    }

    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError> {
        let Some(log) = self.log(run) else {
            return Ok(Duration::ZERO);
        };
        let state = log.state();
        Ok(if state.readers > 0 {
            Duration::ZERO
        } else {
            state.last_read.elapsed()
        })
    }

    async fn cancel(&self, run: &RunId) -> Result<(), StoreError> {
        if let Some(log) = self.log(run) {
            log.cancel.cancel();
        }
        Ok(())
    }

    async fn cancelled(&self, run: &RunId) {
        match self.log(run) {
            Some(log) => log.cancel.cancelled().await,
            None => std::future::pending().await,
        }
    }

    async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        if let Some((_, runs)) = self.owned.remove(owner) {
            for (run, key) in runs {
                self.forget(&run, key.as_ref());
            }
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.keys.retain(|_, key| key.expires > now);
        let mut expired = Vec::new();
        self.logs.retain(|run, log| {
            let mut state = log.state();
            let stays =
                !state.is_over(now) || state.kept_for_key_until.is_some_and(|until| until > now);
            if !stays {
                state.clear();
                expired.push(run.clone());
            }
            stays
        });
        {
            let mut ended = self.ended();
            for run in expired {
                ended.remove(&run);
            }
        }
        self.owned.retain(|_, runs| {
            runs.retain(|run, key| {
                let is_key_of = |key: &String| self.keys.get(key).is_some_and(|k| k.run == *run);
                self.logs.contains_key(run) || key.as_ref().is_some_and(is_key_of)
            });
            !runs.is_empty()
        });
        Ok(())
    }
}
