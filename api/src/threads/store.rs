//! The contract of a thread store.

use super::{
    begin::{BeginError, Beginning, Begun, Progress, Resumption},
    page::{Cursor, Page, PageError},
    search::{Found, Query, SearchCursor},
};
use crate::domain::{
    AgentId, Message, OwnerId, Pause, RunId, StoreError, Thread, ThreadDetail, ThreadId,
};
use async_trait::async_trait;
use jiff::Timestamp;

/// Threads and their messages.
///
/// Every call is atomic, even if its caller goes away. An owner sees only their own threads.
#[async_trait]
pub trait ThreadStore: Send + Sync {
    /// Up to `limit` threads after `cursor`, by `updated_at`, newest first, then by id.
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError>;

    /// The thread with a page of its messages, or `None`.
    ///
    /// `next_before` is the oldest message of the page if there are older ones.
    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError>;

    /// Up to `limit` threads after `cursor` that have all terms of `query`, best first.
    ///
    /// A title counts more than a message, and many matches more than few; equal ones are sorted
    /// newest first. The answer of a live run may not be found yet.
    async fn search(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError>;

    /// The owner's next thread after `after`, by id, with all its messages. Called until it returns
    /// `None`, it exports every thread that exists throughout.
    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError>;

    /// Stores the user's message and makes the run the thread's active one.
    ///
    /// Checks in the order of [`BeginError`]'s variants and stores nothing if one fails. A full
    /// thread takes no message; `replace_from` makes room first and restores the agent that
    /// answered that message. Ends a pause of the thread: calls that still wait get
    /// `cancelled_call`.
    ///
    /// Can be repeated when the response was lost: a message that is the thread's last one begins
    /// again, and is stored once.
    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError>;

    /// Ends the thread's pause, sets the known results of its calls, and makes the run the thread's
    /// active one. Of several runs one succeeds, so no answer is used twice; its call can be repeated
    /// when the response was lost.
    ///
    /// Checks in the order of [`BeginError`]'s variants and stores nothing if one fails.
    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError>;

    /// The thread's pause; `None` if there is no such thread, or it does not wait.
    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError>;

    /// Stores messages of `run` by id, appending new ones and replacing known ones; sets the
    /// thread's agent and `updated_at`; and, unless `progress` is [`Progress::Live`], clears the
    /// active run.
    ///
    /// `false`, and nothing stored, if the thread is gone or `run` is not its active run.
    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        progress: Progress,
    ) -> Result<bool, StoreError>;

    /// Renames the thread; `None` if there is no such thread. `updated_at` stays.
    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError>;

    /// Deletes a thread and returns its active run; `None` if there is no such thread.
    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError>;

    /// Deletes all threads of an owner and returns their active runs. A store that shares a database
    /// with the notes deletes those in the same transaction.
    ///
    /// Leaves a mark for as long as a request can run, or until [`ThreadStore::admit`]. Meanwhile
    /// no thread begins and no note is saved, so that requests admitted earlier leave no new data.
    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError>;

    /// Clears the mark of [`ThreadStore::delete_owner`] after a new sign-in; for notes, too.
    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError>;

    /// Deletes threads without a message or rename since `before`; returns how many. Threads with a
    /// live run are kept.
    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError>;
}
