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
    if matches!(status, Some(400 | 403 | 429)) && speaks_of_credit(&words) {
        return Kind::Quota;
    }
    if is_open {
        // A limit of tokens per minute is not one of the context.
        if status != Some(413) && (names.contains("rate_limit") || speaks_of_a_rate(&words)) {
            return Kind::RateLimited;
        }
        if let Some(kind) = by_words(&words) {
            return kind;
        }
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
    } else if speaks_of_credit(words) {
        Some(Kind::Quota)
    } else if has(words, &["unexpected endpoint"]) {
        Some(Kind::WrongAddress)
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
            "secret key",
            "your key",
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
        || has(
            words,
            &[
                "unauthorized",
                "permission denied",
                "authentication error",
                "key is invalid",
                "key is not valid",
                "key is wrong",
                "token is invalid",
                "token expired",
                "token has expired",
                "expired token",
            ],
        )
        || has_alone(words, "invalid token")
        || has_alone(words, "invalid key")
}

/// Whether a phrase is there, and nothing that it could be about follows.
fn has_alone(words: &str, phrase: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || " '\"`_".contains(c);
    words
        .match_indices(phrase)
        .any(|(at, _)| !words[at + phrase.len()..].starts_with(goes_on))
}

fn speaks_of_credit(words: &str) -> bool {
    has(
        words,
        &[
            "credit balance",
            "insufficient balance",
            "balance is insufficient",
            "insufficient credit",
            "insufficient funds",
            "insufficient quota",
            "not enough credit",
            "out of credit",
            "no credit",
            "more credits",
            "add credits",
        ],
    )
}

fn speaks_of_a_rate(words: &str) -> bool {
    has(
        words,
        &[
            "rate limit",
            "rate-limit",
            "ratelimit",
            "too many requests",
            "per minute",
            "per min ",
            "per second",
            "per day",
        ],
    )
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
            "input length",
            "overflow",
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
            "too many",
            "too big",
            "greater than",
            "not fit",
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
    // A path is not a model.
    let words = &words.replace("/models", "");
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
                "not a chat model",
                "no longer",
                "decommissioned",
                "retired",
                "not loaded",
                "unable to find",
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
