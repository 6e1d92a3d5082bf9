//! The contract of a store of threads.

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
/// Every call is atomic: it happens whole or not at all, and a caller that goes away in the middle
/// leaves nothing half done. To everyone but its owner a thread does not exist.
#[async_trait]
pub trait ThreadStore: Send + Sync {
    /// Up to `limit` threads by `updated_at`, newest first, ties by id, those after `cursor` only.
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError>;

    /// The thread with a page of its messages, or `None`.
    ///
    /// `next_before` is the oldest message of the page when there are older ones.
    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError>;

    /// Up to `limit` threads that have all terms of `query`, best first, those after `cursor` only.
    ///
    /// A title counts for more than a message, many hits for more than few; among equals the newest
    /// comes first. What a live run is saying may not be found yet.
    async fn search(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError>;

    /// The owner's next thread by id, after `after`, with all its messages. Called until it gives
    /// `None`, it exports everything that was there all the time.
    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError>;

    /// Stores the user's message and marks the run as the thread's active one.
    ///
    /// A thread at its limits takes no message; `replace_from` makes room first.
    /// The checks come in the order of [`BeginError`]'s variants; when one fails nothing is stored.
    /// With `replace_from` the thread's agent is again the one that answered that message.
    /// A pause of the thread is over: calls that still wait get `cancelled_call`.
    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError>;

    /// Ends the thread's pause, gives its calls the known outcomes, and marks the run as the
    /// thread's active one. Of several callers one succeeds, so no answer is used twice.
    ///
    /// The checks come in the order of [`BeginError`]'s variants; when one fails nothing is stored.
    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError>;

    /// What the thread waits for; `None` when there is no such thread, or it waits for nothing.
    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError>;

    /// Puts messages of `run` (by id: new ones are added at the end, known ones replaced),
    /// sets the thread's agent and its `updated_at`, and, unless `progress` is [`Progress::Live`],
    /// clears the active run.
    ///
    /// `false`, and nothing stored, when the thread is gone or `run` is not its active run.
    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        progress: Progress,
    ) -> Result<bool, StoreError>;

    /// The thread under its new title, or `None`. `updated_at` stays.
    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError>;

    /// Deletes a thread. `None` when there is none; else the run that was active in it.
    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError>;

    /// Deletes all threads of an owner; gives the runs that were active in them.
    ///
    /// Leaves a mark for as long as a request may last: until then, or until
    /// [`ThreadStore::admit`], no thread begins and no note is saved, so that a request that was
    /// let in before does not bring the owner back.
    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError>;

    /// Takes back the mark of [`ThreadStore::delete_owner`], as a new sign-in does; for notes, too.
    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError>;

    /// Deletes threads in which nothing was said, and which nobody renamed, since `before`; gives
    /// how many. A run that is under way has said something.
    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError>;
}
