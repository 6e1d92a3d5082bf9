//! Errors by their status, codes and words.

use super::super::{classify::classify, error_kind::ProviderErrorKind, wire_error::WireError};

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
        (400, "invalid x-api-key", Kind::Auth),
        (400, "Your key is not valid for this project", Kind::Auth),
        (400, "Authentication error", Kind::Auth),
        (400, "Invalid token", Kind::Auth),
        (400, "The token has expired, sign in again", Kind::Auth),
        (
            400,
            "login fail: Please carry the API secret key in the 'Authorization' field of the request header",
            Kind::Auth,
        ),
        (400, "Invalid token '<|x|>' in the template", Kind::Other),
        (
            400,
            "Your credit balance is too low to access the API.",
            Kind::Quota,
        ),
        (403, "Insufficient balance, please add credits", Kind::Quota),
        (429, "Your account balance is insufficient", Kind::Quota),
        (
            500,
            "Rate limit reached on tokens per min (TPM): the limit is exceeded",
            Kind::RateLimited,
        ),
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
        (
            400,
            "Your request exceeded model token limit: 8192",
            Kind::ContextTooLong,
        ),
        (
            400,
            "Input length 131073 is greater than the model's limit of 131072",
            Kind::ContextTooLong,
        ),
        (
            400,
            "The prompt (9000 tokens) does not fit into 8192",
            Kind::ContextTooLong,
        ),
        (
            400,
            "too many tokens: total number of tokens in the prompt cannot exceed 4081",
            Kind::ContextTooLong,
        ),
        (
            400,
            "Trying to keep the first 5000 tokens when context the overflows.",
            Kind::ContextTooLong,
        ),
        (
            400,
            "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000",
            Kind::ContextTooLong,
        ),
        (404, "404 page not found", Kind::WrongAddress),
        (404, "Not Found", Kind::WrongAddress),
        (404, "<html><h1>Not Found</h1></html>", Kind::WrongAddress),
        (404, "Cannot POST /chat/completions", Kind::WrongAddress),
        (404, "Resource not found", Kind::WrongAddress),
        (404, "", Kind::WrongAddress),
        (405, "Method Not Allowed", Kind::WrongAddress),
        (
            404,
            "The requested URL /models was not found on this server.",
            Kind::WrongAddress,
        ),
        (404, "No such route: GET /api/models", Kind::WrongAddress),
        (
            200,
            "Unexpected endpoint or method. (POST /chat/completions)",
            Kind::WrongAddress,
        ),
        (
            404,
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint.",
            Kind::ModelNotFound,
        ),
        (
            400,
            "The model `x` has been decommissioned and is no longer supported.",
            Kind::ModelNotFound,
        ),
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
