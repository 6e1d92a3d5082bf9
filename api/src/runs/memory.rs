//! Run logs in this process.

use super::{
    Created, EventBatch, IDEMPOTENCY_LIFETIME, Idempotency, LOG_LIFETIME, READ_MAX_BYTES, Read,
    RunRecord, RunStore,
};
use crate::domain::{RunId, StoreError};
use async_trait::async_trait;
use bytes::Bytes;
use dashmap::{DashMap, Entry};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

/// Run logs in memory, for one replica.
#[derive(Default)]
pub struct MemoryRuns {
    logs: DashMap<RunId, Arc<Log>>,
    keys: DashMap<String, Key>,
}

/// What an idempotency key stands for.
struct Key {
    run: RunId,
    body: [u8; 32],
    expires: Instant,
}

struct Log {
    record: RunRecord,
    key: Option<String>,
    /// A std mutex: it is held for a copy of at most [`READ_MAX_BYTES`], never across an await.
    state: Mutex<State>,
    changed: Notify,
    cancel: CancellationToken,
}

struct State {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    ended: Option<Instant>,
    readers: usize,
    last_read: Instant,
    kept_for_key_until: Option<Instant>,
}

impl Log {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves whole events: `ends` is written last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends events unless the log has ended; `end` ends it in the same step.
    fn append(&self, events: &EventBatch, end: bool) {
        {
            let mut state = self.state();
            if state.ended.is_some() {
                return;
            }
            let start = state.bytes.len();
            state.bytes.extend_from_slice(&events.bytes);
            state.ends.extend(events.ends.iter().map(|end| start + end));
            state.ended = end.then(Instant::now);
        }
        self.changed.notify_waiters();
    }
}

impl State {
    /// Events after `after`, as many as fit; `None` when there is none yet.
    fn events_after(&self, after: u64) -> Option<Read> {
        let from = usize::try_from(after).ok()?;
        if from >= self.ends.len() {
            return None;
        }
        let start = if from == 0 { 0 } else { self.ends[from - 1] };
        let fit = self.ends[from..].partition_point(|end| end - start <= READ_MAX_BYTES);
        let last = from + fit.max(1);
        let bytes = Bytes::copy_from_slice(&self.bytes[start..self.ends[last - 1]]);
        Some(Read::Events {
            bytes,
            last: last as u64,
        })
    }

    fn is_over(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now >= ended + LOG_LIFETIME)
    }
}

/// Counts a reader until dropped.
struct ReaderGuard<'a>(&'a Log);

impl<'a> ReaderGuard<'a> {
    fn new(log: &'a Log) -> Self {
        log.state().readers += 1;
        Self(log)
    }
}

impl Drop for ReaderGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.readers -= 1;
        state.last_read = Instant::now();
    }
}

impl MemoryRuns {
    fn log(&self, run: &RunId) -> Option<Arc<Log>> {
        self.logs.get(run).map(|entry| Arc::clone(&entry))
    }

    fn insert(&self, record: RunRecord, key: Option<(String, Instant)>) {
        let now = Instant::now();
        let (key, kept_for_key_until) = key.unzip();
        let log = Log {
            record: record.clone(),
            key,
            state: Mutex::new(State {
                bytes: Vec::new(),
                ends: Vec::new(),
                ended: None,
                readers: 0,
                last_read: now,
                kept_for_key_until,
            }),
            changed: Notify::new(),
            cancel: CancellationToken::new(),
        };
        self.logs.insert(record.id, Arc::new(log));
    }
}

#[async_trait]
impl RunStore for MemoryRuns {
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        let Some(Idempotency { key, body }) = idempotency else {
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
                let expires = now + IDEMPOTENCY_LIFETIME;
                self.insert(record.clone(), Some((entry.key().clone(), expires)));
                entry.insert(Key {
                    run: record.id,
                    body,
                    expires,
                });
                Ok(Created::New)
            }
        }
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        if let Some((_, log)) = self.logs.remove(run) {
            if let Some(key) = &log.key {
                self.keys.remove_if(key, |_, known| known.run == *run);
            }
            log.append(&EventBatch::default(), true);
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
            log.append(events, false);
        }
        Ok(())
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        if let Some(log) = self.log(run) {
            log.append(events, true);
        }
        Ok(())
    }

    async fn take_over(&self, _run: &RunId) -> Result<Option<u64>, StoreError> {
        // Writers and logs live and die together here.
        Ok(None)
    }

    async fn read(&self, run: &RunId, after: u64, wait: Duration) -> Result<Read, StoreError> {
        let Some(log) = self.log(run) else {
            return Ok(Read::Ended);
        };
        let _reader = ReaderGuard::new(&log);
        let deadline = Instant::now() + wait;
        loop {
            let changed = log.changed.notified();
            tokio::pin!(changed);
            // Register before looking, so that no append in between is missed.
            changed.as_mut().enable();
            {
                let state = log.state();
                if let Some(events) = state.events_after(after) {
                    return Ok(events);
                }
                if state.ended.is_some() {
                    return Ok(Read::Ended);
                }
            }
            if tokio::time::timeout_at(deadline, changed).await.is_err() {
                return Ok(Read::Quiet);
            }
        }
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

    async fn sweep(&self) -> Result<(), StoreError> {
        let now = Instant::now();
        self.keys.retain(|_, key| key.expires > now);
        self.logs.retain(|_, log| {
            let state = log.state();
            !state.is_over(now) || state.kept_for_key_until.is_some_and(|until| until > now)
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::runs::contract;

    #[tokio::test(start_paused = true)]
    async fn keeps_the_contract() {
        contract::suite(&MemoryRuns::default()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn forgets_what_is_over() {
        let runs = MemoryRuns::default();
        let record = contract::record();
        runs.create(record.clone(), None).await.unwrap();
        runs.finish(&record.id, &EventBatch::default())
            .await
            .unwrap();
        tokio::time::advance(LOG_LIFETIME - Duration::from_secs(1)).await;
        assert!(runs.find(&record.id).await.unwrap().is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(runs.find(&record.id).await.unwrap().is_none());
        runs.sweep().await.unwrap();
        assert!(runs.logs.is_empty());
    }

    #[test]
    fn any_interleaving_reads_without_gap_double_or_reordering() {
        contract::interleavings(MemoryRuns::default);
    }
}
