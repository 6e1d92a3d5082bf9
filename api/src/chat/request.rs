//! What a run is asked to do, and why it may be refused.

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

/// Something for a run to do.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// Who asks.
    pub owner: OwnerId,
    /// The session that asks. A live run keeps it from expiring.
    pub session: SessionRef,
    /// The site that the session signed in through.
    pub site: Option<SiteId>,
    /// The site's own name for its user.
    pub user_id: Option<String>,
    /// The key for the provider.
    pub api_key: ApiKey,
    /// The model that the visitor has chosen.
    pub model: Option<ModelName>,
    /// The model where neither the visitor nor the agent has one.
    pub default_model: ModelName,
    /// What to do.
    pub task: Task,
    /// What the embedding page offers.
    pub page: HostPage,
    /// Who answers in a new thread; the registry's entry agent when none.
    pub entry_agent: Option<AgentId>,
    /// How much the request may use.
    pub allowance: Allowance,
    /// What the run says at its beginning.
    pub notices: Vec<Notice>,
    /// The id of the HTTP request, for the log.
    pub request_id: String,
    /// Makes the request repeatable: a repeat reads the same run.
    pub idempotency: Option<Idempotency>,
}

/// What a run does.
#[derive(Debug, Clone)]
pub enum Task {
    /// Answer a message.
    Message {
        /// The text.
        text: String,
        /// The thread; a new one when none.
        thread_id: Option<ThreadId>,
        /// A user message of the thread that this one replaces, with all after it.
        replace_from: Option<MessageId>,
    },
    /// Go on from the interrupts of a thread.
    Resume {
        /// The thread.
        thread_id: ThreadId,
        /// The answers to all its open interrupts.
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
    /// The session has ended since the request was let in.
    #[error("the session has ended")]
    SignedOut,
    /// The thread could not take it.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// An answer does not fit its interrupt. A sentence for the client.
    #[error("{0}")]
    InvalidAnswer(String),
    /// The idempotency key came before with another request.
    #[error("the idempotency key names another request")]
    IdempotencyMismatch,
    /// A limit on messages or tokens is reached.
    #[error("too many messages")]
    RateLimited(Duration),
    /// As many runs as allowed, of all or of this owner.
    #[error("too many runs")]
    Overloaded,
    /// The process is ending.
    #[error("shutting down")]
    ShuttingDown,
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Begin(BeginError::Store(error))
    }
}
