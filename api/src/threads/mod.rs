//! Threads: the store's contract. What a thread means to a run is `chat`'s business.

#[cfg(test)]
mod contract;
pub mod memory;
pub mod postgres;

use crate::domain::{
    AgentId, InterruptId, Message, MessageId, OwnerId, Pause, RunId, StoreError, Thread,
    ThreadDetail, ThreadId, ToolCallId, ToolOutcome,
};
use async_trait::async_trait;
use jiff::Timestamp;

/// Why a run could not begin in a thread.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// No such thread of this owner.
    #[error("no such thread")]
    ThreadNotFound,
    /// `replace_from` names no message of the thread.
    #[error("no such message")]
    MessageNotFound,
    /// `replace_from` names an answer.
    #[error("not a user message")]
    NotAUserMessage,
    /// Another run of the thread has not ended.
    #[error("run {0} is in progress")]
    RunInProgress(RunId),
    /// The thread does not wait for exactly these interrupts.
    #[error("the thread does not wait for these interrupts")]
    NotPaused,
    /// The owner has [`crate::domain::THREADS_PER_OWNER`] threads.
    #[error("too many threads")]
    LimitReached,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message of a user that is about to be answered.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The thread: a new one unless `exists`.
    pub thread_id: ThreadId,
    /// Whether the thread must be there already.
    pub exists: bool,
    /// The title, for a new thread.
    pub title: String,
    /// The agent, for a new thread.
    pub entry_agent: AgentId,
    /// The run that will answer.
    pub run_id: RunId,
    /// The user's message.
    pub message: Message,
    /// A user message that this one replaces, with all after it.
    pub replace_from: Option<MessageId>,
    /// The outcome of every call that waits in the thread: the new message cancels it.
    pub cancelled_call: ToolOutcome,
}

/// The answers to a thread's interrupts, from which a run goes on.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The thread.
    pub thread_id: ThreadId,
    /// The run that goes on.
    pub run_id: RunId,
    /// All interrupts of the thread's pause, in any order.
    pub interrupts: Vec<InterruptId>,
    /// The waiting calls whose outcome is known already.
    pub outcomes: Vec<(ToolCallId, ToolOutcome)>,
    /// Approvals to remember for the rest of the thread; opaque here.
    pub remember: Vec<String>,
}

impl Resumption {
    /// Whether this answers exactly the interrupts of `pause`.
    pub(in crate::threads) fn answers(&self, pause: Option<&Pause>) -> bool {
        pause.is_some_and(|pause| {
            let open = &pause.interrupts;
            open.len() == self.interrupts.len()
                && open
                    .iter()
                    .all(|interrupt| self.interrupts.contains(&interrupt.id))
        })
    }
}

/// A run that has begun in a thread.
#[derive(Debug, Clone)]
pub struct Begun {
    /// Who answers.
    pub agent: AgentId,
    /// All that was said before the new message, or until the pause; oldest first.
    pub history: Vec<Message>,
    /// Resumptions in a row since the last message of the user, this one included.
    pub resumptions: usize,
    /// The approvals remembered in this thread.
    pub remembered: Vec<String>,
}

/// How far a run has come when it saves.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// It goes on.
    Live,
    /// It has ended.
    Ended,
    /// It has ended, and the thread waits for answers to these interrupts.
    Paused(Pause),
}

/// Where a page of threads goes on: after this one, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last thread's `updated_at`.
    pub updated_at: Timestamp,
    /// The last thread's id, among those of the same instant.
    pub id: ThreadId,
}

/// Threads and their messages.
///
/// Every call is atomic: it happens whole or not at all, also beside others.
/// A thread of another owner is, in every answer, a thread that does not exist.
#[async_trait]
pub trait ThreadStore: Send + Sync {
    /// Up to `limit` threads by `updated_at`, newest first, ties by id, those after `cursor` only.
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError>;

    /// The thread with its messages, or `None`.
    async fn get(&self, owner: &OwnerId, id: &ThreadId)
    -> Result<Option<ThreadDetail>, StoreError>;

    /// Stores the user's message and marks the run as the thread's active one.
    ///
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
    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError>;
}
