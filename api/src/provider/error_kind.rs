//! The kinds of failure of a provider.

/// The kinds of failure, one for each message to the visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderErrorKind {
    /// The key was refused.
    Auth,
    /// Too many requests.
    RateLimited,
    /// The account has no credit left.
    Quota,
    /// Unreachable, or it answered 5xx.
    Unavailable,
    /// Silent for too long.
    Timeout,
    /// The answer was cut off or malformed.
    InvalidResponse,
    /// Any other refusal or failure.
    Other,
    /// The conversation is longer than the model's context.
    ContextTooLong,
    /// The provider's content filter stopped the answer.
    ContentFiltered,
    /// The provider does not know the model.
    ModelNotFound,
    /// The base URL has no such API.
    WrongAddress,
    /// The answer exceeded our size limit.
    OutputTooLong,
}

impl ProviderErrorKind {
    /// The kind as a metrics label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::InvalidResponse => "invalid_response",
            Self::Other => "other",
            Self::ContextTooLong => "context_too_long",
            Self::ContentFiltered => "content_filtered",
            Self::ModelNotFound => "model_not_found",
            Self::WrongAddress => "wrong_address",
            Self::OutputTooLong => "output_too_long",
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Unavailable | Self::Timeout | Self::InvalidResponse
        )
    }
}
