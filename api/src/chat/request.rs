//! A message to be answered, and why it may be refused.

use crate::{
    domain::{AgentId, ApiKey, MessageId, ModelName, Notice, OwnerId, StoreError, ThreadId},
    runs::Idempotency,
    sessions::SessionRef,
    threads::BeginError,
};

/// A message to be answered.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// Who asks.
    pub owner: OwnerId,
    /// The session that asks. A live run keeps it from expiring.
    pub session: SessionRef,
    /// The key for the provider.
    pub api_key: ApiKey,
    /// The model that the visitor has chosen.
    pub model: Option<ModelName>,
    /// The text.
    pub message: String,
    /// The thread; a new one when none.
    pub thread_id: Option<ThreadId>,
    /// A user message of the thread that this one replaces, with all after it.
    pub replace_from: Option<MessageId>,
    /// Who answers in a new thread; the registry's entry agent when none.
    pub entry_agent: Option<AgentId>,
    /// What the run says at its beginning.
    pub notices: Vec<Notice>,
    /// The id of the HTTP request, for the log.
    pub request_id: String,
    /// Makes the request repeatable: a repeat reads the same run.
    pub idempotency: Option<Idempotency>,
}

/// Why no run began.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The session has ended since the request was let in.
    #[error("the session has ended")]
    SignedOut,
    /// The thread could not take the message.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// The idempotency key came before with another request.
    #[error("the idempotency key names another request")]
    IdempotencyMismatch,
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
