//! Classifies an error by its status, codes and words.
//!
//! Codes come before the status, which is often too coarse (400, 429) or missing. Words count only
//! where the status is ambiguous.

use super::{error_kind::ProviderErrorKind, wire_error::WireError};

pub(super) fn classify(status: Option<u16>, wire: &WireError) -> ProviderErrorKind {
    use ProviderErrorKind as Kind;
    let names = format!("{} {}", wire.code, wire.kind).to_ascii_lowercase();
    let words = wire.message.to_lowercase();
    let is_open = matches!(status, None | Some(0..=299 | 400 | 404 | 413 | 422 | 500));
    if let Some(kind) = by_name(&names) {
        return kind;
    }
    if let Some(kind) = by_words(&words).filter(|_| is_open) {
        return kind;
    }
    match status {
        Some(401 | 403) => Kind::Auth,
        Some(402) => Kind::Quota,
        Some(404 | 405) => Kind::WrongAddress,
        Some(413) => Kind::ContextTooLong,
        Some(429) => Kind::RateLimited,
        Some(504 | 522 | 524) => Kind::Timeout,
        Some(408 | 500..=599) => Kind::Unavailable,
        Some(300..) => Kind::Other,
        _ => by_passing_name(&names).unwrap_or(Kind::Other),
    }
}

/// Codes that are clear whatever the status.
fn by_name(names: &str) -> Option<ProviderErrorKind> {
    use ProviderErrorKind as Kind;
    let has = |parts: &[&str]| parts.iter().any(|part| names.contains(part));
    if has(&[
        "insufficient_quota",
        "insufficient_balance",
        "insufficient_credit",
        "billing_hard_limit",
        "billing_not_active",
        "arrearage",
    ]) {
        Some(Kind::Quota)
    } else if has(&[
        "content_filter",
        "content_policy",
        "responsibleaipolicyviolation",
        "data_inspection_failed",
    ]) {
        Some(Kind::ContentFiltered)
    } else if has(&[
        "context_length_exceeded",
        "context_window_exceeded",
        "exceed_context_size",
        "string_above_max_length",
    ]) {
        Some(Kind::ContextTooLong)
    } else if has(&[
        "model_not_found",
        "invalid_model",
        "model_not_available",
        "modelnotfound",
        "deploymentnotfound",
        "unknown_model",
    ]) {
        Some(Kind::ModelNotFound)
    } else if has(&[
        "api_key_invalid",
        "invalid_api_key",
        "invalidapikey",
        "authentication_error",
    ]) {
        Some(Kind::Auth)
    } else {
        None
    }
}

/// Keys come first, since such a message may also mention models.
fn by_words(words: &str) -> Option<ProviderErrorKind> {
    use ProviderErrorKind as Kind;
    if speaks_of_a_refused_key(words) {
        Some(Kind::Auth)
    } else if has(
        words,
        &[
            "content management policy",
            "content filter",
            "safety system",
        ],
    ) {
        Some(Kind::ContentFiltered)
    } else if speaks_of_length(words) {
        Some(Kind::ContextTooLong)
    } else if speaks_of_a_missing_model(words) {
        Some(Kind::ModelNotFound)
    } else {
        None
    }
}

fn has(words: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| words.contains(part))
}

fn speaks_of_a_refused_key(words: &str) -> bool {
    let of_a_key = has(
        words,
        &[
            "api key",
            "api-key",
            "apikey",
            "api_key",
            "access token",
            "auth token",
            "bearer token",
            "credential",
            "authentication",
            "authorization",
        ],
    );
    of_a_key
        && has(
            words,
            &[
                "invalid",
                "not valid",
                "incorrect",
                "expired",
                "wrong",
                "missing",
                "revoked",
                "unauthorized",
                "fail",
                "required",
                "denied",
                "malformed",
                "unknown",
                "disabled",
                "suspended",
                "leaked",
                "not provided",
                "no auth",
                "no api",
                "not found",
                "does not exist",
                "rejected",
                "renew",
                "provide",
                "not authorized",
                "unrecognized",
            ],
        )
        || has(words, &["unauthorized", "permission denied"])
}

fn speaks_of_length(words: &str) -> bool {
    has(
        words,
        &[
            "maximum context length",
            "context length",
            "context window",
            "context size",
            "context limit",
            "maximum prompt length",
            "range of input length",
            "n_ctx",
            "too many tokens",
            "prompt is too long",
            "prompt too long",
            "input is too long",
            "input too long",
            "reduce the length",
            "reduce your prompt",
            "shorten",
            "request too large",
        ],
    ) || has(
        words,
        &["token", "prompt", "input", "conversation", "messages"],
    ) && has(
        words,
        &[
            "exceed",
            "too long",
            "longer than",
            "too large",
            "larger than",
            "over the limit",
            "above the limit",
            "maximum allowed",
            "must be <=",
            "must be less than",
            "must have less than",
            "at most",
            "more than the maximum",
        ],
    )
}

fn speaks_of_a_missing_model(words: &str) -> bool {
    has(words, &["model", "deployment"])
        && has(
            words,
            &[
                "not found",
                "does not exist",
                "doesn't exist",
                "not exist",
                "not a valid model",
                "not supported for generatecontent",
                "no such",
                "unknown model",
                "invalid model",
                "not available",
                "not_found",
                "don't have access",
                "do not have access",
            ],
        )
        || has(words, &["no endpoints found for"])
        || words.starts_with("model:")
}

/// Codes of temporary failures, which count only without a status.
fn by_passing_name(names: &str) -> Option<ProviderErrorKind> {
    use ProviderErrorKind as Kind;
    let has = |parts: &[&str]| parts.iter().any(|part| names.contains(part));
    if has(&["permission_error"]) {
        Some(Kind::Auth)
    } else if has(&["rate_limit", "resource_exhausted", "too_many_requests"]) {
        Some(Kind::RateLimited)
    } else if has(&["timeout"]) {
        Some(Kind::Timeout)
    } else if has(&[
        "overloaded",
        "server_error",
        "internal_error",
        "internalservererror",
        "unavailable",
    ]) {
        Some(Kind::Unavailable)
    } else {
        None
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
            ..WireError::default()
        }
    }

    #[test]
    fn understands_prose() {
        use ProviderErrorKind as Kind;
        let rows = [
            (
                400,
                "API key not valid. Please pass a valid API key.",
                Kind::Auth,
            ),
            (
                400,
                "API key expired. Please renew the API key.",
                Kind::Auth,
            ),
            (400, "Incorrect API key provided: sk-…", Kind::Auth),
            (400, "Invalid API-key provided.", Kind::Auth),
            (400, "Authentication Fails (no such user)", Kind::Auth),
            (400, "No auth credentials found", Kind::Auth),
            (400, "You must provide an API key", Kind::Auth),
            (404, "Unauthorized: the access token is invalid", Kind::Auth),
            (
                400,
                "The input token count (1300123) exceeds the maximum number of tokens allowed (1048576).",
                Kind::ContextTooLong,
            ),
            (
                400,
                "prompt is too long: 210000 tokens > 200000 maximum",
                Kind::ContextTooLong,
            ),
            (
                400,
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                Kind::ContextTooLong,
            ),
            (
                400,
                "This endpoint's maximum context length is 8192 tokens. Please reduce the length of either one.",
                Kind::ContextTooLong,
            ),
            (
                400,
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens",
                Kind::ContextTooLong,
            ),
            (
                400,
                "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
                Kind::ContextTooLong,
            ),
            (
                400,
                "Range of input length should be [1, 30720]",
                Kind::ContextTooLong,
            ),
            (
                422,
                "`inputs` must have less than 1024 tokens. Given: 2000",
                Kind::ContextTooLong,
            ),
            (
                500,
                "the request exceeds the available context size, try increasing it",
                Kind::ContextTooLong,
            ),
            (400, "Please shorten your messages", Kind::ContextTooLong),
            (404, "404 page not found", Kind::WrongAddress),
            (404, "Not Found", Kind::WrongAddress),
            (404, "<html><h1>Not Found</h1></html>", Kind::WrongAddress),
            (404, "Cannot POST /chat/completions", Kind::WrongAddress),
            (404, "Resource not found", Kind::WrongAddress),
            (404, "", Kind::WrongAddress),
            (405, "Method Not Allowed", Kind::WrongAddress),
            (
                404,
                "The model `x` does not exist or you do not have access to it.",
                Kind::ModelNotFound,
            ),
            (
                404,
                "model 'x' not found, try pulling it first",
                Kind::ModelNotFound,
            ),
            (
                404,
                "models/x is not found for API version v1main, or is not supported for generateContent.",
                Kind::ModelNotFound,
            ),
            (404, "No endpoints found for x/y.", Kind::ModelNotFound),
            (404, "model: claude-x", Kind::ModelNotFound),
            (
                404,
                "The API deployment for this resource does not exist.",
                Kind::ModelNotFound,
            ),
            (400, "Invalid value for 'temperature'", Kind::Other),
            (
                429,
                "Too many tokens per minute, the limit is exceeded",
                Kind::RateLimited,
            ),
        ];
        for (status, message, expected) in rows {
            let kind = classify(Some(status), &wire("", "", message));
            assert_eq!(kind, expected, "{status} {message}");
        }
    }
}
