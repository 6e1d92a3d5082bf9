//! The beginning of a run in a thread.

use crate::domain::{
    AgentId, InterruptId, MESSAGES_PER_THREAD, Message, MessageId, Pause, RunId, StoreError,
    THREAD_MAX_BYTES, ThreadId, ToolCallId, ToolOutcome,
};

/// Why a run could not begin in a thread.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The owner was deleted after this request was admitted.
    #[error("the owner was forgotten")]
    OwnerForgotten,
    /// No such thread of this owner.
    #[error("no such thread")]
    ThreadNotFound,
    /// The message was stored by an earlier try of this request, and answered.
    #[error("the message was stored before")]
    AlreadyBegun,
    /// `replace_from` is not a message of the thread.
    #[error("no such message")]
    MessageNotFound,
    /// `replace_from` is an answer.
    #[error("not a user message")]
    NotAUserMessage,
    /// The thread has a live run.
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

/// A user's message to be answered.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The thread's id; a new one unless `exists`.
    pub thread_id: ThreadId,
    /// Whether the thread must exist.
    pub exists: bool,
    /// The title, for a new thread.
    pub title: String,
    /// The agent, for a new thread.
    pub entry_agent: AgentId,
    /// The run that answers.
    pub run_id: RunId,
    /// The user's message.
    pub message: Message,
    /// A user message to replace, with all after it.
    pub replace_from: Option<MessageId>,
    /// The result for calls that still wait in the thread: the new message cancels them.
    pub cancelled_call: ToolOutcome,
}

impl Beginning {
    pub(in crate::threads) fn fits(&self, messages: usize, bytes: usize) -> Result<(), BeginError> {
        if messages >= MESSAGES_PER_THREAD || bytes + self.message.bytes() > THREAD_MAX_BYTES {
            return Err(BeginError::ThreadFull);
        }
        Ok(())
    }
}

/// The answers to a thread's interrupts, from which a run resumes.
#[derive(Debug, Clone)]
pub struct Resumption {
    /// The thread.
    pub thread_id: ThreadId,
    /// The run that resumes.
    pub run_id: RunId,
    /// All interrupts of the thread's pause, in any order.
    pub interrupts: Vec<InterruptId>,
    /// The waiting calls whose result is known already.
    pub outcomes: Vec<(ToolCallId, ToolOutcome)>,
    /// Permissions to remember in the thread; opaque here.
    pub remember: Vec<String>,
}

impl Resumption {
    pub(in crate::threads) fn apply(&self, message: &mut Message) {
        for (id, outcome) in &self.outcomes {
            message.answer_call(id, outcome);
        }
    }

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
    /// The agent that answers.
    pub agent: AgentId,
    /// The messages before the new one, or up to the pause; oldest first.
    pub history: Vec<Message>,
    /// The number of consecutive resumptions since the user's last message, including this one.
    pub resumptions: usize,
    /// The permissions remembered in the thread.
    pub remembered: Vec<String>,
}

/// The state of a run when it saves.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Live.
    Live,
    /// Ended.
    Ended,
    /// Ended, with the thread waiting for answers to interrupts.
    Paused(Pause),
}
