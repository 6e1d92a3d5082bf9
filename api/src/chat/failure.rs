//! Why a run failed, in the words of its `error` event.

use crate::{
    domain::{MessageError, RunErrorCode, RunEvent, RunStatus, StoreError},
    provider::{ProviderError, ProviderErrorKind},
};

/// How a run ends when its model is done or cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed { truncated: bool },
    Cancelled,
    Failed(Failure),
}

impl Outcome {
    pub(super) fn status(&self) -> RunStatus {
        match self {
            Self::Completed { .. } => RunStatus::Completed,
            Self::Cancelled => RunStatus::Cancelled,
            Self::Failed(_) => RunStatus::Failed,
        }
    }
}

/// A failure as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: RunErrorCode,
    pub(super) retryable: bool,
    /// The store that failed, when it was one.
    pub(super) store: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(code: RunErrorCode) -> Self {
        Self {
            code,
            retryable: is_retryable(code),
            store: None,
        }
    }

    pub(super) fn event(&self) -> RunEvent {
        RunEvent::Error {
            code: self.code,
            message: sentence(self.code).to_owned(),
            retryable: self.retryable,
        }
    }

    pub(super) fn message_error(&self) -> MessageError {
        MessageError {
            code: self.code,
            message: sentence(self.code).to_owned(),
            retryable: self.retryable,
        }
    }
}

impl From<&ProviderError> for Failure {
    fn from(error: &ProviderError) -> Self {
        use ProviderErrorKind as Kind;
        let code = match error.kind {
            Kind::Auth => RunErrorCode::ProviderAuth,
            Kind::RateLimited => RunErrorCode::ProviderRateLimited,
            Kind::Quota => RunErrorCode::ProviderQuota,
            Kind::Unavailable => RunErrorCode::ProviderUnavailable,
            Kind::Timeout => RunErrorCode::ProviderTimeout,
            Kind::InvalidResponse => RunErrorCode::ProviderInvalidResponse,
            Kind::Other => RunErrorCode::ProviderError,
            Kind::ContextTooLong => RunErrorCode::ContextTooLong,
            Kind::ContentFiltered => RunErrorCode::ContentFiltered,
            Kind::ModelNotFound => RunErrorCode::ModelNotFound,
            Kind::OutputTooLong => RunErrorCode::OutputTooLong,
        };
        Self::new(code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a store failed during a run");
        Self {
            store: Some(error.store()),
            ..Self::new(RunErrorCode::InternalError)
        }
    }
}

fn is_retryable(code: RunErrorCode) -> bool {
    use RunErrorCode as Code;
    match code {
        Code::ProviderRateLimited
        | Code::ProviderUnavailable
        | Code::ProviderTimeout
        | Code::ProviderInvalidResponse
        | Code::ProviderError
        | Code::MaxIterations
        | Code::RunLost
        | Code::ShuttingDown
        | Code::InternalError => true,
        Code::ProviderAuth
        | Code::ProviderQuota
        | Code::ContextTooLong
        | Code::ContentFiltered
        | Code::ModelNotFound
        | Code::OutputTooLong => false,
    }
}

fn sentence(code: RunErrorCode) -> &'static str {
    use RunErrorCode as Code;
    match code {
        Code::ProviderAuth => "The provider refused the API key. Check it, or save another one.",
        Code::ProviderRateLimited => {
            "The provider asks to slow down. Wait a moment, then try again."
        }
        Code::ProviderQuota => {
            "The provider says that this key's account has no credit left. Top it up, or save another key."
        }
        Code::ProviderUnavailable => {
            "The provider could not be reached, or is out of order. Try again in a moment."
        }
        Code::ProviderTimeout => "The provider took too long to answer. Try again.",
        Code::ProviderInvalidResponse => {
            "The provider's answer broke off or could not be understood. Try again."
        }
        Code::ProviderError => {
            "The provider reported an error. Try again, or choose another model."
        }
        Code::ContextTooLong => {
            "This conversation is longer than the model can read. Begin a new one, or shorten the message."
        }
        Code::ContentFiltered => {
            "The provider's content filter stopped this answer. Say it in other words."
        }
        Code::ModelNotFound => {
            "The provider does not know this model. Choose another one in the settings."
        }
        Code::OutputTooLong => "The answer grew too long and was stopped. Ask for a shorter one.",
        Code::MaxIterations => {
            "The agents took too many steps without finishing. Try again, or ask for less at once."
        }
        Code::RunLost => "The server that was answering is gone. Try again.",
        Code::ShuttingDown => "The server is restarting. Try again in a moment.",
        Code::InternalError => "Something went wrong on our side. Try again.",
    }
}
