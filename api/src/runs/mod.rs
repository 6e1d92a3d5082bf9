//! Event logs of runs: the contract of the store. The contents of events are up to `chat`.

pub mod alarm;
#[cfg(test)]
mod contract;
pub mod memory;
pub mod redis;
pub mod sqlite;

use crate::domain::{OwnerId, RunId, StoreError, ThreadId};
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// How long a log can be read after its run has ended.
pub const LOG_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long an `Idempotency-Key` refers to the run that it started.
pub const IDEMPOTENCY_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Most bytes that one [`LogReader::read`] returns, which is what a slow reader costs.
pub const READ_MAX_BYTES: usize = 64 * 1024;

/// Most bytes in the logs of one owner's ended runs. The newest log and those being read are always
/// kept.
pub const OWNER_ENDED_MAX_BYTES: usize = 8 * 1024 * 1024;
/// How long after a read a log counts as being read.
const READER_TIMEOUT: Duration = Duration::from_secs(30);

/// A run and its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The thread that it writes to.
    pub thread_id: ThreadId,
    /// The owner, who may read and cancel it.
    pub owner: OwnerId,
}

/// Identifies a repeated request: the same key and body refer to the same run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The session and the caller's key; opaque here.
    pub key: String,
    /// Digest of the request's body.
    pub body: [u8; 32],
}

impl Idempotency {
    /// The bytes that the ids of the request are derived from.
    #[must_use]
    pub fn seed(&self) -> Vec<u8> {
        [&self.body, self.key.as_bytes()].concat()
    }
}

/// The result of [`RunStore::create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// A new, empty log.
    New,
    /// A repeat of the request that started this run.
    Repeated(RunId),
    /// The key was used with another body.
    Mismatch,
}

/// Encoded events to append.
#[derive(Debug, Clone, Default)]
pub struct EventBatch {
    /// The concatenated events.
    pub bytes: Vec<u8>,
    /// The end of each event in `bytes`.
    pub ends: Vec<usize>,
}

impl EventBatch {
    /// Removes all events and keeps the allocation.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// The result of [`LogReader::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Whole events, up to and including number `last`.
    Events {
        /// At most [`READ_MAX_BYTES`], or a single event that is longer.
        bytes: Bytes,
        /// The number of the last event in `bytes`.
        last: u64,
    },
    /// The run goes on, but no event came within the wait.
    Quiet,
    /// The run has ended and all events were read, or there is no such log.
    Ended,
    /// The run was lost with events that this reader has seen, and its log cannot be continued at
    /// the reader's place.
    Lost,
}

/// Event logs of runs.
///
/// A log has one writer and any number of readers. Events are numbered from 1 in the order they are
/// appended. Every reader gets the same events, in order, without gaps or repeats, wherever it
/// starts. A reader that stops reading costs nothing beyond the log and delays nobody.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Opens a log. Atomic for the idempotency key: of several callers, one gets `New`.
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError>;

    /// Removes the log of a run that did not begin, and its idempotency key. Readers see `Ended`.
    async fn discard(&self, run: &RunId) -> Result<(), StoreError>;

    /// The run, until [`LOG_LIFETIME`] after its end.
    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError>;

    /// Whether the run has a writer: the log has not ended, and its replica is alive.
    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError>;

    /// Appends events. Does nothing if the log has ended.
    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError>;

    /// Appends the last events and ends the log, atomically and once. Later calls do nothing.
    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError>;

    /// Takes over from a dead writer: of several callers one becomes the writer and gets the number
    /// of the last event. `None` while the writer is alive and after the end.
    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError>;

    /// Reads a log, beginning after number `after`.
    ///
    /// A log can be read until [`LOG_LIFETIME`] after its end, and as long as an idempotency key
    /// refers to it. The oldest logs of ended runs are dropped earlier if they exceed
    /// [`OWNER_ENDED_MAX_BYTES`] for an owner, or the store's limit overall. Their idempotency keys
    /// stay.
    fn reader(&self, run: &RunId, after: u64) -> Box<dyn LogReader>;

    /// The time since the last [`LogReader::read`] ended; since `create` if there was none.
    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError>;

    /// Asks the writer to stop. Not an error if the run has ended.
    async fn cancel(&self, run: &RunId) -> Result<(), StoreError>;

    /// Resolves once the run has been asked to stop.
    async fn cancelled(&self, run: &RunId);

    /// Deletes an owner's logs and idempotency keys. Live runs are asked to stop; what they still
    /// append is dropped.
    async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError>;

    /// Drops expired logs and keys. A store that expires records by itself does nothing.
    async fn sweep(&self) -> Result<(), StoreError>;
}

/// A reader of one log.
#[async_trait]
pub trait LogReader: Send {
    /// The next events, waiting up to `wait` for the first one. Nothing is lost if the future is
    /// dropped.
    async fn read(&mut self, wait: Duration) -> Result<Read, StoreError>;
}
