//! The log of a single run in memory.

use crate::{
    connect::memory::Held,
    runs::{EventBatch, LOG_LIFETIME, READ_MAX_BYTES, READER_TIMEOUT, Read, RunRecord},
};
use bytes::Bytes;
use std::{
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

/// Overhead of a log besides its events: ids, map entries, the idempotency key.
pub(super) const LOG_BYTES: usize = 1024;

pub(super) struct Log {
    pub(super) record: RunRecord,
    pub(super) key: Option<String>,
    /// A std mutex: it is held while copying at most [`READ_MAX_BYTES`], never across an await.
    pub(super) state: Mutex<State>,
    pub(super) changed: Notify,
    pub(super) cancel: CancellationToken,
}

pub(super) struct State {
    /// Accounts for the log's memory while it exists.
    pub(super) held: Held,
    pub(super) bytes: Vec<u8>,
    pub(super) ends: Vec<usize>,
    pub(super) ended: Option<Instant>,
    pub(super) readers: usize,
    pub(super) last_read: Instant,
    /// When a reader last received events that did not include the end.
    pub(super) reading: Option<Instant>,
    pub(super) kept_for_key_until: Option<Instant>,
}

impl Log {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // After a panic under the lock all events are still whole, since `ends` is written last.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends events; `false` if the log has ended.
    pub(super) fn append(&self, events: &EventBatch) -> bool {
        if !self.state().append(events) {
            return false;
        }
        self.changed.notify_waiters();
        true
    }

    /// Appends the last events and ends the log. Returns its final size; `None` if it had ended
    /// before.
    pub(super) fn finish(&self, events: &EventBatch) -> Option<usize> {
        let bytes = {
            let mut state = self.state();
            if !state.append(events) {
                return None;
            }
            state.ended = Some(Instant::now());
            state.bytes.shrink_to_fit();
            state.ends.shrink_to_fit();
            state.count()
        };
        self.changed.notify_waiters();
        Some(bytes)
    }

    /// Ends the log and frees its events, even while it is read.
    pub(super) fn clear(&self) {
        self.state().clear();
        self.changed.notify_waiters();
    }

    /// Waits for an event after number `after`, or for the end.
    pub(super) async fn wait_after(&self, after: u64) -> Read {
        let _reader = ReaderGuard::new(self);
        loop {
            let mut changed = pin!(self.changed.notified());
            // Register before looking, so that an append in between is not missed.
            changed.as_mut().enable();
            let read = self.state().read_after(after);
            match read {
                Some(read) => return read,
                None => changed.await,
            }
        }
    }

    pub(super) fn is_read(&self) -> bool {
        let state = self.state();
        let reading = state
            .reading
            .is_some_and(|since| since.elapsed() < READER_TIMEOUT);
        reading || state.readers > 0
    }
}

impl State {
    /// Appends events; `false` if the log has ended.
    pub(super) fn append(&mut self, events: &EventBatch) -> bool {
        if self.ended.is_some() {
            return false;
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&events.bytes);
        self.ends.extend(events.ends.iter().map(|end| start + end));
        self.count();
        true
    }

    /// Ends the log and frees its events.
    pub(super) fn clear(&mut self) {
        self.ended.get_or_insert_with(Instant::now);
        self.bytes = Vec::new();
        self.ends = Vec::new();
        self.held.set(0);
    }

    pub(super) fn count(&mut self) -> usize {
        let ends = self.ends.capacity() * size_of::<usize>();
        let bytes = LOG_BYTES + self.bytes.capacity() + ends;
        self.held.set(bytes);
        bytes
    }

    /// The events after number `after`, or the end; `None` if neither has come yet.
    pub(super) fn read_after(&mut self, after: u64) -> Option<Read> {
        let events = self.events_after(after);
        if events.is_none() && self.ended.is_none() {
            return None;
        }
        self.last_read = Instant::now();
        self.reading = events.is_some().then_some(self.last_read);
        events.or(Some(Read::Ended))
    }

    /// The events after `after`, as many as fit; `None` if there are none yet.
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

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now >= ended + LOG_LIFETIME)
    }
}

/// Counts as a reader until dropped.
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
