//! The outcome of a run, and failures as their `error` event describes them.

use crate::{
    domain::{MessageError, Pause, RunErrorCode, RunEvent, RunStatus, StoreError, Usage},
    provider::{ProviderError, ProviderErrorKind},
};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Completed { truncated: bool },
    Interrupted(Pause),
    Cancelled,
    Failed(Failure),
}

impl Outcome {
    pub(super) fn status(&self) -> RunStatus {
        match self {
            Self::Completed { .. } => RunStatus::Completed,
            Self::Interrupted(_) => RunStatus::Interrupted,
            Self::Cancelled => RunStatus::Cancelled,
            Self::Failed(_) => RunStatus::Failed,
        }
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Completed { .. } | Self::Interrupted(_) | Self::Cancelled => None,
        }
    }

    pub(super) fn last_events(&self, usage: Option<Usage>) -> impl Iterator<Item = RunEvent> {
        let done = RunEvent::Done {
            status: self.status(),
            truncated: matches!(self, Self::Completed { truncated: true }),
            usage,
            interrupts: match self {
                Self::Interrupted(pause) => pause.interrupts.clone(),
                _ => Vec::new(),
            },
        };
        self.failure().map(Failure::event).into_iter().chain([done])
    }
}

/// For visitors who use a site's key.
const NOT_SET_UP: &str = "This site's chat is not set up correctly. Please tell the site's owner.";

/// A failure with its message for the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: RunErrorCode,
    /// Advice, replacing the message of the code.
    advice: Option<&'static str>,
    pub(super) store: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(code: RunErrorCode) -> Self {
        Self {
            code,
            advice: None,
            store: None,
        }
    }

    /// A provider's failure. A visitor with a site's key can change neither the key nor the model,
    /// so the advice on these goes to the log only.
    pub(super) fn of_provider(error: &ProviderError, key_is_lent: bool) -> Self {
        use RunErrorCode as Code;
        let mut failure = Self::from(error);
        let is_setup = matches!(
            failure.code,
            Code::ProviderAuth | Code::ProviderQuota | Code::ModelNotFound
        );
        if key_is_lent && is_setup {
            failure.advice = Some(NOT_SET_UP);
        }
        failure
    }

    fn event(&self) -> RunEvent {
        let MessageError {
            code,
            message,
            retryable,
        } = self.message_error();
        RunEvent::Error {
            code,
            message,
            retryable,
        }
    }

    pub(super) fn message_error(&self) -> MessageError {
        MessageError {
            code: self.code,
            message: self.advice.unwrap_or(sentence(self.code)).to_owned(),
            retryable: is_retryable(self.code) && self.advice.is_none(),
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
            Kind::Other | Kind::WrongAddress => RunErrorCode::ProviderError,
            Kind::ContextTooLong => RunErrorCode::ContextTooLong,
            Kind::ContentFiltered => RunErrorCode::ContentFiltered,
            Kind::ModelNotFound => RunErrorCode::ModelNotFound,
            Kind::OutputTooLong => RunErrorCode::OutputTooLong,
        };
        Self {
            advice: error.advice,
            ..Self::new(code)
        }
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
        Code::ProviderAuth => "The provider rejected the API key. Check it, or save another one.",
        Code::ProviderRateLimited => {
            "The provider is receiving too many requests. Wait a moment, then try again."
        }
        Code::ProviderQuota => {
            "The account behind this API key has no credit left. Top it up, or save another key."
        }
        Code::ProviderUnavailable => {
            "The provider could not be reached or is having problems. Try again in a moment."
        }
        Code::ProviderTimeout => "The provider took too long to answer. Try again.",
        Code::ProviderInvalidResponse => {
            "The provider's answer broke off or could not be read. Try again."
        }
        Code::ProviderError => {
            "The provider reported an error. Try again, or choose another model."
        }
        Code::ContextTooLong => {
            "This conversation is too long for the model. Start a new one, or shorten the message."
        }
        Code::ContentFiltered => {
            "The provider's content filter stopped this answer. Try rephrasing."
        }
        Code::ModelNotFound => {
            "The provider does not have this model. Choose another one in the settings."
        }
        Code::OutputTooLong => "The answer became too long and was stopped. Ask for a shorter one.",
        Code::MaxIterations => {
            "The agents took too many steps without finishing. Try again, or ask for less at once."
        }
        Code::RunLost => "The server stopped while answering. Try again.",
        Code::ShuttingDown => "The server is restarting. Try again in a moment.",
        Code::InternalError => "Something went wrong on our side. Try again.",
    }
}
