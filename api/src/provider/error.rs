//! Provider errors, classified by what a person can do about them.

use super::{
    classify::classify, error_kind::ProviderErrorKind, json::NotJson,
    retry_after::retry_after_in_words, wire_error::WireError,
};
use std::time::Duration;

const DETAIL_MAX_BYTES: usize = 300;
const WRONG_ADDRESS: &str = "There is no OpenAI-compatible API at the provider's address. Check OPENAI_BASE_URL: it usually ends in /v1.";

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?}: {detail}")]
pub struct ProviderError {
    /// The kind of error.
    pub kind: ProviderErrorKind,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// For our log only. Never contains the key, or text of the model or the provider.
    pub detail: String,
    /// Advice for the operator, if known.
    pub advice: Option<&'static str>,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// How long the provider asks us to wait.
    pub retry_after: Option<Duration>,
}

impl ProviderError {
    pub(super) fn new(kind: ProviderErrorKind, detail: impl Into<String>) -> Self {
        let mut detail = detail.into();
        detail.truncate(detail.floor_char_boundary(DETAIL_MAX_BYTES));
        Self {
            kind,
            retryable: kind.is_retryable(),
            detail,
            advice: (kind == ProviderErrorKind::WrongAddress).then_some(WRONG_ADDRESS),
            status: None,
            retry_after: None,
        }
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::InvalidResponse, detail)
    }

    /// An error reported by the provider: with an HTTP status, or within a stream without one.
    pub(super) fn reported(
        status: Option<u16>,
        retry_after: Option<Duration>,
        wire: &WireError,
    ) -> Self {
        // A response that began with 200 may contain the true status (OpenRouter, vLLM).
        let status = match status {
            Some(status) if status >= 300 => Some(status),
            _ => [&wire.code, &wire.kind]
                .into_iter()
                .filter_map(|code| code.parse().ok())
                .find(|code| (400..600).contains(code))
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
        // An unknown error within a stream is most often the server's own.
        let retryable = kind.is_retryable()
            || (kind == ProviderErrorKind::Other && status.is_none_or(|s| s < 300));
        let in_words = || retry_after_in_words(&wire.message);
        Self {
            status,
            retry_after: retry_after.or_else(in_words),
            retryable,
            ..Self::new(kind, detail)
        }
    }

    /// A request without a response, or a response that broke off.
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

impl From<NotJson> for ProviderError {
    fn from(_: NotJson) -> Self {
        Self::invalid("an event of the answer is not JSON")
    }
}

/// The innermost cause: "connection refused" says more than "error sending request".
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // The outermost error contains the URL; inner ones never do.
    if cause.source().is_none() && std::ptr::addr_eq(cause, error) {
        "unknown cause".to_owned()
    } else {
        cause.to_string()
    }
}

/// Codes like `insufficient_quota` may be logged. Text with a dash or a space may not: it might be
/// a key or a sentence.
fn is_plain_word(word: &str) -> bool {
    (1..=64).contains(&word.len())
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(code: &str, kind: &str, message: &str) -> WireError {
        WireError {
            code: code.into(),
            kind: kind.into(),
            message: message.into(),
            ..WireError::default()
        }
    }

    #[test]
    fn details_contain_neither_messages_nor_keys() {
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

    #[test]
    fn advises_on_a_wrong_address() {
        let error = ProviderError::reported(Some(404), None, &wire("", "", "404 page not found"));
        assert!(
            error
                .advice
                .is_some_and(|advice| advice.contains("OPENAI_BASE_URL"))
        );
        assert!(!error.retryable);
    }

    #[test]
    fn classifies_reported_errors() {
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
            (Some(404), wire("", "", ""), Kind::WrongAddress),
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
            let kind = ProviderError::reported(status, None, &wire).kind;
            assert_eq!(kind, expected, "{status:?} {wire:?}");
        }
    }
}
