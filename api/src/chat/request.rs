//! Requests to the engine, and why they are refused.

use crate::{
    domain::{
        AgentId, ApiKey, HostPage, InterruptAnswer, MessageId, ModelName, Notice, OwnerId, SiteId,
        StoreError, ThreadId,
    },
    runs::Idempotency,
    sessions::{Allowance, SessionRef},
    threads::BeginError,
};

use std::time::Duration;

/// A request for a run.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// The owner of the thread.
    pub owner: OwnerId,
    /// The session, which cannot expire during the run.
    pub session: SessionRef,
    /// The site through which the session signed in.
    pub site: Option<SiteId>,
    /// The site's id for its user.
    pub user_id: Option<String>,
    /// The provider's API key.
    pub api_key: ApiKey,
    /// The model chosen by the visitor.
    pub model: Option<ModelName>,
    /// The model if neither the visitor nor the agent has chosen one.
    pub default_model: ModelName,
    /// The task of the run.
    pub task: Task,
    /// Tools and context of the embedding page.
    pub page: HostPage,
    /// The agent of a new thread; the registry's entry agent if none.
    pub entry_agent: Option<AgentId>,
    /// The limits that apply.
    pub allowance: Allowance,
    /// Notices for the beginning of the run.
    pub notices: Vec<Notice>,
    /// The id of the HTTP request, for the log.
    pub request_id: String,
    /// Makes the request repeatable: a repeat reads the same run.
    pub idempotency: Option<Idempotency>,
}

impl SendRequest {
    /// The thread: the one that the request names, or a new one.
    pub(super) fn thread_id(&self) -> ThreadId {
        let named = self.task.thread_id().cloned();
        named.unwrap_or_else(|| match &self.idempotency {
            Some(request) => ThreadId::derive(request.seed()),
            None => ThreadId::generate(),
        })
    }

    /// The id of its message. A repeated request has the same one, by which a store recognises a
    /// message that it has, even if the response and the log were lost.
    pub(super) fn message_id(&self) -> MessageId {
        match &self.idempotency {
            Some(request) => MessageId::derive(request.seed()),
            None => MessageId::generate(),
        }
    }
}

/// The task of a run.
#[derive(Debug, Clone)]
pub enum Task {
    /// Answer a message.
    Message {
        /// The text.
        text: String,
        /// The thread; `None` for a new one.
        thread_id: Option<ThreadId>,
        /// A user message of the thread that this one replaces, with all after it.
        replace_from: Option<MessageId>,
    },
    /// Resume from the interrupts of a thread.
    Resume {
        /// The thread.
        thread_id: ThreadId,
        /// The answers to all open interrupts.
        answers: Vec<InterruptAnswer>,
    },
}

impl Task {
    pub(super) fn thread_id(&self) -> Option<&ThreadId> {
        match self {
            Self::Message { thread_id, .. } => thread_id.as_ref(),
            Self::Resume { thread_id, .. } => Some(thread_id),
        }
    }
}

/// Why no run began.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The session ended after the request was admitted.
    #[error("the session has ended")]
    SignedOut,
    /// The thread does not take the message or the answers.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// An answer does not match its interrupt, for the reason given.
    #[error("{0}")]
    InvalidAnswer(String),
    /// The idempotency key was used for another request.
    #[error("the idempotency key names another request")]
    IdempotencyMismatch,
    /// A limit on messages or tokens is reached; how long to wait.
    #[error("too many messages")]
    RateLimited(Duration),
    /// Too many live runs, overall or of this owner.
    #[error("too many runs")]
    Overloaded,
    /// The process is stopping.
    #[error("shutting down")]
    ShuttingDown,
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Begin(BeginError::Store(error))
    }
}
