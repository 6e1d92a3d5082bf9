//! The event log of a run: the store's contract. What the events say is `chat`'s business.

#[cfg(test)]
mod contract;
pub mod memory;
pub mod redis;

use crate::domain::{OwnerId, RunId, StoreError, ThreadId};
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;

/// How long a log can be read after its run has ended.
pub const LOG_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// How long an `Idempotency-Key` names the run that it started.
pub const IDEMPOTENCY_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Most bytes that one [`RunStore::read`] gives: what a slow reader costs.
pub const READ_MAX_BYTES: usize = 64 * 1024;

/// A run, as far as finding it goes.
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
    /// Names the session and the caller's key; opaque here.
    pub key: String,
    /// Digest of the request's body.
    pub body: [u8; 32],
}

/// What [`RunStore::create`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// A new log, empty.
    New,
    /// The same request came before: this run answers it.
    Repeated(RunId),
    /// The key came before with another body.
    Mismatch,
}

/// Frames to append, one after the other in `bytes`.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// All frames.
    pub bytes: Vec<u8>,
    /// Where each frame ends in `bytes`.
    pub ends: Vec<usize>,
}

impl Frames {
    /// Forgets all frames, keeping the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// What [`RunStore::read`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// Whole frames, up to and with the one numbered `last`.
    Frames {
        /// At most [`READ_MAX_BYTES`], or one frame that alone is longer.
        bytes: Bytes,
        /// The number of the last frame in `bytes`.
        last: u64,
    },
    /// The run goes on, and nothing came within the wait.
    Quiet,
    /// The run has ended and no frame is left; or there is no such log.
    Ended,
}

/// The logs of runs.
///
/// One writer a run, any number of readers. Frames are numbered from 1 in the order of `append`;
/// every reader gets the same frames, in order, without gaps or repeats, whenever it comes.
/// A reader that does not read costs nothing but the log, and keeps nobody waiting.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// Opens a log. Atomic over the idempotency key: of several callers one gets `New`.
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError>;

    /// Removes a log that never began, with its idempotency key; its readers see `Ended`.
    async fn discard(&self, run: &RunId) -> Result<(), StoreError>;

    /// The run, until [`LOG_LIFETIME`] after its end.
    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError>;

    /// Whether the run's writer is at work: the log has not ended, and its replica is alive.
    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError>;

    /// Adds frames. Nothing is added to a log that has ended.
    async fn append(&self, run: &RunId, frames: &Frames) -> Result<(), StoreError>;

    /// Ends the log, once; what comes after is ignored.
    async fn end(&self, run: &RunId) -> Result<(), StoreError>;

    /// Takes the place of a writer that is gone: of several callers one gets the number of the last
    /// frame, and is the writer from then on. `None` while the writer is alive, or after the end.
    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError>;

    /// The frames after number `after`, waiting up to `wait` for the first.
    ///
    /// A log can be read at least until [`LOG_LIFETIME`] after its end,
    /// and as long as an idempotency key names it.
    async fn read(&self, run: &RunId, after: u64, wait: Duration) -> Result<Read, StoreError>;

    /// How long nobody has been inside [`RunStore::read`]; since `create` when nobody ever was.
    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError>;

    /// Asks the writer to stop. No error when the run has ended.
    async fn cancel(&self, run: &RunId) -> Result<(), StoreError>;

    /// Resolves when somebody has asked the run to stop; never when nobody does.
    async fn cancelled(&self, run: &RunId);

    /// Drops logs and keys whose time is up. A store whose records expire by themselves does nothing.
    async fn sweep(&self) -> Result<(), StoreError>;
}
