//! Run logs in this process.

use super::{
    Created, Frames, IDEMPOTENCY_LIFETIME, Idempotency, LOG_LIFETIME, READ_MAX_BYTES, Read,
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
        // A panic while the lock was held leaves whole frames: `append` writes `ends` last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self) {
        self.state().ended.get_or_insert_with(Instant::now);
        self.changed.notify_waiters();
    }
}

impl State {
    /// Frames after `after`, as many as fit; `None` when there is none yet.
    fn frames_after(&self, after: u64) -> Option<Read> {
        let from = usize::try_from(after).ok()?;
        if from >= self.ends.len() {
            return None;
        }
        let start = if from == 0 { 0 } else { self.ends[from - 1] };
        let fit = self.ends[from..].partition_point(|end| end - start <= READ_MAX_BYTES);
        let last = from + fit.max(1);
        let bytes = Bytes::copy_from_slice(&self.bytes[start..self.ends[last - 1]]);
        Some(Read::Frames {
            bytes,
            last: last as u64,
        })
    }

    fn is_over(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now >= ended + LOG_LIFETIME)
    }
}

/// Counts a reader for as long as it lives.
struct Attendance<'a>(&'a Log);

impl<'a> Attendance<'a> {
    fn of(log: &'a Log) -> Self {
        log.state().readers += 1;
        Self(log)
    }
}

impl Drop for Attendance<'_> {
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
            log.end();
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

    async fn append(&self, run: &RunId, frames: &Frames) -> Result<(), StoreError> {
        let Some(log) = self.log(run) else {
            return Ok(());
        };
        {
            let mut state = log.state();
            if state.ended.is_some() {
                return Ok(());
            }
            let start = state.bytes.len();
            state.bytes.extend_from_slice(&frames.bytes);
            state.ends.extend(frames.ends.iter().map(|end| start + end));
        }
        log.changed.notify_waiters();
        Ok(())
    }

    async fn end(&self, run: &RunId) -> Result<(), StoreError> {
        if let Some(log) = self.log(run) {
            log.end();
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
        let _attendance = Attendance::of(&log);
        let deadline = Instant::now() + wait;
        loop {
            let changed = log.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that what comes in between wakes us.
            changed.as_mut().enable();
            {
                let state = log.state();
                if let Some(frames) = state.frames_after(after) {
                    return Ok(frames);
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
        runs.end(&record.id).await.unwrap();
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
