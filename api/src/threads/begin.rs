//! How a run begins in a thread.

use crate::domain::{
    AgentId, InterruptId, MESSAGES_PER_THREAD, Message, MessageId, Pause, RunId, StoreError,
    THREAD_MAX_BYTES, ThreadId, ToolCallId, ToolOutcome,
};

/// Why a run could not begin in a thread.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The owner was forgotten after this request was let in.
    #[error("the owner was forgotten")]
    OwnerForgotten,
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
    /// The thread has [`MESSAGES_PER_THREAD`] messages or [`THREAD_MAX_BYTES`].
    #[error("the thread is full")]
    ThreadFull,
    /// The owner's threads and notes have [`crate::domain::OWNER_MAX_BYTES`].
    #[error("the owner's store is full")]
    OwnerFull,
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

impl Beginning {
    /// Whether a thread of `messages` messages, which have `bytes`, can take the new one.
    pub(in crate::threads) fn fits(&self, messages: usize, bytes: usize) -> Result<(), BeginError> {
        if messages >= MESSAGES_PER_THREAD || bytes + self.message.bytes() > THREAD_MAX_BYTES {
            return Err(BeginError::ThreadFull);
        }
        Ok(())
    }
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
