//! What can go wrong with a provider, sorted by what a person can do about it.

use super::chunk::WireError;
use std::time::Duration;

/// Longest detail, in bytes.
const DETAIL_MAX_BYTES: usize = 300;

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct ProviderError {
    /// What it means for the person who asked.
    pub kind: ProviderErrorKind,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// For our log only. Never holds the key, nor text of the model or of the provider.
    pub detail: String,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
}

/// The kinds of failure, one for each thing to say about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderErrorKind {
    /// The key was refused.
    Auth,
    /// Too many requests just now.
    RateLimited,
    /// The account has no credit left.
    Quota,
    /// Not reachable, or it answered 5xx.
    Unavailable,
    /// Silent for too long.
    Timeout,
    /// The answer broke off or made no sense.
    InvalidResponse,
    /// Anything else it refused or reported.
    Other,
    /// The conversation is longer than the model can read.
    ContextTooLong,
    /// The provider's content filter stepped in.
    ContentFiltered,
    /// The provider does not know the model.
    ModelNotFound,
    /// The answer passed our size limit.
    OutputTooLong,
}

impl ProviderErrorKind {
    /// The kind in one word, for counts.
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
            Self::OutputTooLong => "output_too_long",
        }
    }

    /// Whether a later, equal request may succeed.
    fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Unavailable | Self::Timeout | Self::InvalidResponse
        )
    }
}

impl ProviderError {
    /// A failure that we saw ourselves.
    pub(super) fn new(kind: ProviderErrorKind, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        detail.truncate(detail.floor_char_boundary(DETAIL_MAX_BYTES));
        Self {
            kind,
            retryable: kind.is_retryable(),
            detail,
            status: None,
            retry_after: None,
        }
    }

    /// A failure that the provider reported: by HTTP status, or in mid-stream without one.
    pub(super) fn reported(
        status: Option<u16>,
        retry_after: Option<Duration>,
        wire: &WireError,
    ) -> Self {
        // An answer that began as 200 may carry the true status inside (OpenRouter, vLLM).
        let status = match status {
            Some(status) if status >= 300 => Some(status),
            _ => wire
                .code
                .parse()
                .ok()
                .filter(|code| (400..600).contains(code))
                .or(status),
        };
        let mut detail = match status {
            Some(status) => format!("the provider answered {status}"),
            None => "the provider reported an error in mid-stream".to_owned(),
        };
        for (label, word) in [("code", &wire.code), ("type", &wire.kind)] {
            if is_plain_word(word) {
                detail.push_str(&format!(", {label} {word}"));
            }
        }
        let kind = classify(status, wire);
        // A failure in mid-stream without any known name is most often the server's own.
        let retryable = kind.is_retryable()
            || (kind == ProviderErrorKind::Other && status.is_none_or(|s| s < 300));
        Self {
            status,
            retry_after,
            retryable,
            ..Self::new(kind, detail)
        }
    }

    /// A request that did not get an answer, or whose answer could not be read on.
    pub(super) fn transport(error: &reqwest::Error) -> Self {
        let what = if error.is_connect() {
            if error.is_timeout() {
                "connecting took too long"
            } else {
                "no connection"
            }
        } else if error.is_timeout() {
            return Self::new(ProviderErrorKind::Timeout, "the provider kept silent");
        } else if error.is_builder() || error.is_request() && error.is_redirect() {
            return Self::new(ProviderErrorKind::Other, "the request could not be built");
        } else {
            "the connection broke"
        };
        Self::new(
            ProviderErrorKind::Unavailable,
            format!("{what}: {}", root_cause(error)),
        )
    }
}

/// The innermost cause: "connection refused" says more than "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // The outermost names the URL; an inner one never does.
    if cause.source().is_none() && std::ptr::addr_eq(cause, error) {
        "unknown cause".to_owned()
    } else {
        cause.to_string()
    }
}

/// Codes like `insufficient_quota` may be logged. Anything with a dash or a space may not:
/// it might be a key or a sentence.
fn is_plain_word(word: &str) -> bool {
    (1..=64).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// The kind of a reported failure. Names are looked at before the status, for a status is often
/// too coarse (400, 429) or missing.
fn classify(status: Option<u16>, wire: &WireError) -> ProviderErrorKind {
    use ProviderErrorKind as Kind;
    let names = format!("{} {}", wire.code, wire.kind).to_ascii_lowercase();
    let named = |words: &[&str]| words.iter().any(|word| names.contains(word));
    let message = wire.message.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let refused = matches!(status, None | Some(0..=299 | 400 | 404 | 413 | 422 | 500));

    if named(&[
        "insufficient_quota",
        "insufficient_balance",
        "billing_hard_limit",
        "billing_not_active",
    ]) {
        return Kind::Quota;
    }
    if named(&[
        "content_filter",
        "content_policy",
        "responsibleaipolicyviolation",
    ]) || refused
        && says(&[
            "content management policy",
            "content filter",
            "safety system",
        ])
    {
        return Kind::ContentFiltered;
    }
    if named(&["context_length_exceeded", "context_window_exceeded"])
        || refused
            && says(&[
                "maximum context length",
                "context length",
                "context window",
                "context size",
                "too many tokens",
                "prompt is too long",
                "input is too long",
            ])
    {
        return Kind::ContextTooLong;
    }
    if named(&["model_not_found", "invalid_model", "model_not_available"])
        || refused
            && says(&["model"])
            && says(&["not found", "does not exist", "not a valid model"])
    {
        return Kind::ModelNotFound;
    }
    match status {
        Some(401 | 403) => return Kind::Auth,
        Some(402) => return Kind::Quota,
        Some(404) => return Kind::ModelNotFound,
        Some(413) => return Kind::ContextTooLong,
        Some(429) => return Kind::RateLimited,
        Some(504 | 522 | 524) => return Kind::Timeout,
        Some(408 | 500..=599) => return Kind::Unavailable,
        Some(300..) => return Kind::Other,
        _ => {}
    }
    if named(&[
        "invalid_api_key",
        "authentication_error",
        "permission_error",
    ]) {
        Kind::Auth
    } else if named(&["rate_limit", "resource_exhausted", "too_many_requests"]) {
        Kind::RateLimited
    } else if named(&["timeout"]) {
        Kind::Timeout
    } else if named(&[
        "overloaded",
        "server_error",
        "internal_error",
        "internalservererror",
        "unavailable",
    ]) {
        Kind::Unavailable
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(code: &str, kind: &str, message: &str) -> WireError {
        WireError {
            code: code.into(),
            kind: kind.into(),
            message: message.into(),
        }
    }

    #[test]
    fn sorts_what_providers_report() {
        use ProviderErrorKind as Kind;
        let rows = [
            (Some(401), wire("", "", ""), Kind::Auth),
            (Some(403), wire("", "", "<html>"), Kind::Auth),
            (Some(402), wire("", "", "Insufficient Balance"), Kind::Quota),
            (
                Some(429),
                wire("insufficient_quota", "insufficient_quota", "…"),
                Kind::Quota,
            ),
            (
                Some(429),
                wire(
                    "rate_limit_exceeded",
                    "tokens",
                    "too many tokens per minute",
                ),
                Kind::RateLimited,
            ),
            (Some(429), wire("", "", ""), Kind::RateLimited),
            (Some(404), wire("", "", ""), Kind::ModelNotFound),
            (
                Some(400),
                wire("model_not_found", "", ""),
                Kind::ModelNotFound,
            ),
            (
                Some(400),
                wire("", "", "The model `x` does not exist"),
                Kind::ModelNotFound,
            ),
            (
                Some(400),
                wire("context_length_exceeded", "", ""),
                Kind::ContextTooLong,
            ),
            (
                Some(400),
                wire("", "", "This model's maximum context length is 8192 tokens"),
                Kind::ContextTooLong,
            ),
            (
                Some(500),
                wire("", "", "the request exceeds the available context size"),
                Kind::ContextTooLong,
            ),
            (Some(413), wire("", "", ""), Kind::ContextTooLong),
            (
                Some(400),
                wire("content_filter", "", ""),
                Kind::ContentFiltered,
            ),
            (
                Some(400),
                wire(
                    "",
                    "",
                    "triggering Azure OpenAI's content management policy",
                ),
                Kind::ContentFiltered,
            ),
            (
                Some(400),
                wire("unsupported_value", "invalid_request_error", "no"),
                Kind::Other,
            ),
            (Some(408), wire("", "", ""), Kind::Unavailable),
            (Some(503), wire("", "", ""), Kind::Unavailable),
            (
                Some(529),
                wire("", "overloaded_error", ""),
                Kind::Unavailable,
            ),
            (Some(504), wire("", "", ""), Kind::Timeout),
            (Some(302), wire("", "", ""), Kind::Other),
            (Some(418), wire("", "", ""), Kind::Other),
            (None, wire("502", "", "Upstream error"), Kind::Unavailable),
            (Some(200), wire("429", "", ""), Kind::RateLimited),
            (None, wire("", "server_error", ""), Kind::Unavailable),
            (None, wire("", "rate_limit_error", ""), Kind::RateLimited),
            (None, wire("invalid_api_key", "", ""), Kind::Auth),
            (None, wire("", "", "something"), Kind::Other),
        ];
        for (status, wire, expected) in rows {
            assert_eq!(
                ProviderError::reported(status, None, &wire).kind,
                expected,
                "{status:?} {wire:?}"
            );
        }
    }

    #[test]
    fn details_hold_no_sentence_and_no_key() {
        let error = ProviderError::reported(
            Some(401),
            None,
            &wire(
                "sk-secret-key",
                "invalid_request_error",
                "Incorrect API key provided: sk-secret-key",
            ),
        );
        assert_eq!(
            error.detail,
            "the provider answered 401, type invalid_request_error"
        );
    }

    #[test]
    fn details_are_short() {
        let error = ProviderError::new(ProviderErrorKind::Other, "ä".repeat(1000));
        assert!(error.detail.len() <= DETAIL_MAX_BYTES);
    }
}
