//! The event log of a run: the store's contract. What the events say is up to `chat`.

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
/// How long an `Idempotency-Key` names the run that it started.
pub const IDEMPOTENCY_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Most bytes that one [`RunStore::read`] returns, and so what a slow reader costs.
pub const READ_MAX_BYTES: usize = 64 * 1024;

/// Most bytes that the logs of one owner's ended runs hold. The newest and those that are being
/// read stay in any case.
pub const OWNER_ENDED_MAX_BYTES: usize = 8 * 1024 * 1024;
/// How long after a read a log still counts as being read.
const READER_TIMEOUT: Duration = Duration::from_secs(30);

/// A run and who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The thread that it answers in.
    pub thread_id: ThreadId,
    /// Who may read and cancel it.
    pub owner: OwnerId,
}

/// A repeatable request: the same key and body name the same run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The session and the caller's key; opaque here.
    pub key: String,
    /// Digest of the request's body.
    pub body: [u8; 32],
}

/// What [`RunStore::create`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// A new, empty log.
    New,
    /// The same request came before: this run answers it.
    Repeated(RunId),
    /// The key came before with another body.
    Mismatch,
}

/// Encoded events to append.
#[derive(Debug, Clone, Default)]
pub struct EventBatch {
    /// The events, one after the other.
    pub bytes: Vec<u8>,
    /// Where each event ends in `bytes`.
    pub ends: Vec<usize>,
}

impl EventBatch {
    /// Removes all events and keeps the allocation.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// What [`RunStore::read`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Whole events, up to and including number `last`.
    Events {
        /// At most [`READ_MAX_BYTES`], or a single event that is longer.
        bytes: Bytes,
        /// The number of the last event in `bytes`.
        last: u64,
    },
    /// The run goes on, and nothing came within the wait.
    Quiet,
    /// The run has ended and no event is left, or there is no such log.
    Ended,
}

/// The logs of runs.
///
/// A log has one writer and any number of readers. Events are numbered from 1 in the order they
/// are appended; every reader gets the same events, in order, without gaps or repeats, whenever it
/// starts. A reader that stops reading costs no more than the log and delays nobody.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Opens a log. Atomic over the idempotency key: of several callers one gets `New`.
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError>;

    /// Removes a log whose run never began, with its idempotency key. Its readers see `Ended`.
    async fn discard(&self, run: &RunId) -> Result<(), StoreError>;

    /// The run, until [`LOG_LIFETIME`] after its end.
    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError>;

    /// Whether the run has a writer: the log has not ended, and its replica is alive.
    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError>;

    /// Appends events. A log that has ended stays as it is.
    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError>;

    /// Appends the last events and ends the log, in one step, once; what comes later is ignored.
    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError>;

    /// Replaces a writer that is gone: of several callers one gets the number of the last event
    /// and becomes the writer. `None` while the writer is alive and after the end.
    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError>;

    /// The events after number `after`, waiting up to `wait` for the first.
    ///
    /// A log can be read until [`LOG_LIFETIME`] after its end, and as long as an idempotency key
    /// names it. The oldest logs of ended runs go earlier where they hold too much: more than
    /// [`OWNER_ENDED_MAX_BYTES`] for one owner, or more in all than the store was given. Their
    /// idempotency keys stay.
    async fn read(&self, run: &RunId, after: u64, wait: Duration) -> Result<Read, StoreError>;

    /// How long nobody has been inside [`RunStore::read`]; since `create` when nobody ever was.
    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError>;

    /// Asks the writer to stop. No error when the run has ended.
    async fn cancel(&self, run: &RunId) -> Result<(), StoreError>;

    /// Resolves once the run has been asked to stop.
    async fn cancelled(&self, run: &RunId);

    /// Drops expired logs and keys. A store whose records expire by themselves does nothing.
    async fn sweep(&self) -> Result<(), StoreError>;
}
