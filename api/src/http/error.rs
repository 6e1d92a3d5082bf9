//! Every way in which a request is refused: its status, its code, its sentence (RFC 9457).

use super::request_id;
use crate::domain::StoreError;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

/// How long to wait before asking a server again that is overloaded or stopping.
const RETRY_AFTER: Duration = StoreError::RETRY_AFTER;

/// A refusal. What only the log may know is logged where it becomes one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ApiError {
    /// `400`: the body is not JSON.
    MalformedJson,
    /// `401`: no session.
    NotSignedIn,
    /// `401`: not the passcode.
    WrongPasscode,
    /// `401`: a client secret that is unknown, used or too old.
    InvalidClientSecret,
    /// `403`: the session has no key for the provider.
    ApiKeyRequired,
    /// `403`: a page that may not change anything here.
    OriginNotAllowed,
    /// `403`: the key came with a client secret.
    KeyManagedBySite,
    /// `404`: no such route.
    NotFound,
    /// `404`: no such thread of this owner.
    ThreadNotFound,
    /// `404`: no such message in the thread.
    MessageNotFound,
    /// `404`: no such run of this owner, or it ended long ago.
    RunNotFound,
    /// `404`: no such note of this owner.
    NoteNotFound,
    /// `404`: no such MCP token of this owner.
    TokenNotFound,
    /// `404`: a site that is not on the operator's list.
    SiteNotFound,
    /// `405`: the route knows other methods, which `Allow` names.
    MethodNotAllowed,
    /// `408`: the body took too long.
    RequestTimeout,
    /// `413`: with what is too long, and what to do.
    PayloadTooLarge(&'static str),
    /// `415`: a body that does not say that it is JSON.
    UnsupportedMediaType,
    /// `409`: the thread is being answered.
    RunInProgress,
    /// `409`: with what there is too much of, and what to do.
    LimitReached(&'static str),
    /// `422`: with the field, and what is expected of it.
    InvalidRequest(String),
    /// `422`: the provider refused the key.
    ApiKeyRejected,
    /// `429`: with the time to wait.
    RateLimited(Duration),
    /// `500`: a fault of ours.
    Internal,
    /// `502`: the provider did not answer, or not as it should.
    ProviderUnavailable,
    /// `503`: too much to do, or a store is away.
    Overloaded,
    /// `503`: with what the server needs and cannot reach.
    NotReady(String),
    /// `503`: the server is stopping.
    ShuttingDown,
}

/// The code of a refusal, for programs; its meaning never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProblemCode {
    MalformedJson,
    NotSignedIn,
    WrongPasscode,
    InvalidClientSecret,
    ApiKeyRequired,
    OriginNotAllowed,
    KeyManagedBySite,
    NotFound,
    ThreadNotFound,
    MessageNotFound,
    RunNotFound,
    NoteNotFound,
    TokenNotFound,
    SiteNotFound,
    MethodNotAllowed,
    RequestTimeout,
    PayloadTooLarge,
    UnsupportedMediaType,
    RunInProgress,
    LimitReached,
    InvalidRequest,
    ApiKeyRejected,
    RateLimited,
    InternalError,
    ProviderUnavailable,
    Overloaded,
    ShuttingDown,
}

/// An error as it is sent: `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: the code tells more than a type could.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// For programs.
    code: ProblemCode,
    /// For a person: what is wrong and what to do.
    detail: String,
    /// Names the request in the server's log.
    request_id: String,
}

impl ApiError {
    /// `422` with a sentence that begins with the field's name.
    pub(super) fn invalid(sentence: impl Into<String>) -> Self {
        Self::InvalidRequest(sentence.into())
    }

    /// Status, code and sentence.
    fn parts(&self) -> (StatusCode, ProblemCode, &str) {
        use ProblemCode as Code;
        use StatusCode as Status;
        match self {
            Self::MalformedJson => (
                Status::BAD_REQUEST,
                Code::MalformedJson,
                "The body is not valid JSON.",
            ),
            Self::NotSignedIn => (Status::UNAUTHORIZED, Code::NotSignedIn, "Sign in first."),
            Self::WrongPasscode => (
                Status::UNAUTHORIZED,
                Code::WrongPasscode,
                "That passcode is not right. Check it and try again.",
            ),
            Self::InvalidClientSecret => (
                Status::UNAUTHORIZED,
                Code::InvalidClientSecret,
                "This client secret is unknown, used or too old. Ask for a new one.",
            ),
            Self::ApiKeyRequired => (
                Status::FORBIDDEN,
                Code::ApiKeyRequired,
                "Save an API key in the settings first.",
            ),
            Self::OriginNotAllowed => (
                Status::FORBIDDEN,
                Code::OriginNotAllowed,
                "Requests from this page are not allowed. Ask the operator to list its origin in CORS_ORIGINS.",
            ),
            Self::KeyManagedBySite => (
                Status::FORBIDDEN,
                Code::KeyManagedBySite,
                "The site brings the API key and the model; they cannot be changed here.",
            ),
            Self::NotFound => (
                Status::NOT_FOUND,
                Code::NotFound,
                "There is nothing here. Check the address.",
            ),
            Self::ThreadNotFound => (
                Status::NOT_FOUND,
                Code::ThreadNotFound,
                "There is no such conversation. It may have been deleted.",
            ),
            Self::MessageNotFound => (
                Status::NOT_FOUND,
                Code::MessageNotFound,
                "There is no such message. Reload the conversation.",
            ),
            Self::RunNotFound => (
                Status::NOT_FOUND,
                Code::RunNotFound,
                "There is no such run, or it ended a while ago. Reload the conversation.",
            ),
            Self::NoteNotFound => (
                Status::NOT_FOUND,
                Code::NoteNotFound,
                "There is no such note. It may have been deleted.",
            ),
            Self::TokenNotFound => (
                Status::NOT_FOUND,
                Code::TokenNotFound,
                "There is no such token. It may have been revoked.",
            ),
            Self::SiteNotFound => (
                Status::NOT_FOUND,
                Code::SiteNotFound,
                "This chat is not set up for this site. Check the site id.",
            ),
            Self::MethodNotAllowed => (
                Status::METHOD_NOT_ALLOWED,
                Code::MethodNotAllowed,
                "This address does not take that method; the Allow header names those it takes.",
            ),
            Self::RequestTimeout => (
                Status::REQUEST_TIMEOUT,
                Code::RequestTimeout,
                "The request took too long to arrive. Try again.",
            ),
            Self::PayloadTooLarge(sentence) => {
                (Status::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, sentence)
            }
            Self::UnsupportedMediaType => (
                Status::UNSUPPORTED_MEDIA_TYPE,
                Code::UnsupportedMediaType,
                "Send the body as application/json.",
            ),
            Self::RunInProgress => (
                Status::CONFLICT,
                Code::RunInProgress,
                "An answer is still being written in this conversation. Wait for it, or stop it.",
            ),
            Self::LimitReached(sentence) => (Status::CONFLICT, Code::LimitReached, sentence),
            Self::InvalidRequest(sentence) => {
                (Status::UNPROCESSABLE_ENTITY, Code::InvalidRequest, sentence)
            }
            Self::ApiKeyRejected => (
                Status::UNPROCESSABLE_ENTITY,
                Code::ApiKeyRejected,
                "The provider refused this API key. Check it and try again.",
            ),
            Self::RateLimited(_) => (
                Status::TOO_MANY_REQUESTS,
                Code::RateLimited,
                "There were too many failed attempts. Wait a while and try again.",
            ),
            Self::Internal => (
                Status::INTERNAL_SERVER_ERROR,
                Code::InternalError,
                "Something went wrong on our side. Try again; if it stays, tell the operator the request id.",
            ),
            Self::ProviderUnavailable => (
                Status::BAD_GATEWAY,
                Code::ProviderUnavailable,
                "The AI provider cannot be reached just now. Try again in a moment.",
            ),
            Self::Overloaded => (
                Status::SERVICE_UNAVAILABLE,
                Code::Overloaded,
                "The server has too much to do just now. Try again in a moment.",
            ),
            Self::NotReady(sentence) => (Status::SERVICE_UNAVAILABLE, Code::Overloaded, sentence),
            Self::ShuttingDown => (
                Status::SERVICE_UNAVAILABLE,
                Code::ShuttingDown,
                "The server is restarting. Try again in a moment.",
            ),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(wait) => Some(*wait),
            Self::Overloaded | Self::NotReady(_) | Self::ShuttingDown => Some(RETRY_AFTER),
            _ => None,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a store failed");
        match error {
            StoreError::Unavailable { .. } => Self::Overloaded,
            StoreError::Corrupt { .. } => Self::Internal,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, detail) = self.parts();
        let problem = Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.to_owned(),
            request_id: request_id::current(),
        };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(wait) = self.retry_after() {
            // Whole seconds, and never too few.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 11.6.1: a 401 names a way to sign in.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Every error, for tests that must see them all.
#[cfg(test)]
pub(super) fn all() -> Vec<ApiError> {
    use ApiError as E;
    vec![
        E::MalformedJson,
        E::NotSignedIn,
        E::WrongPasscode,
        E::InvalidClientSecret,
        E::ApiKeyRequired,
        E::OriginNotAllowed,
        E::KeyManagedBySite,
        E::NotFound,
        E::ThreadNotFound,
        E::MessageNotFound,
        E::RunNotFound,
        E::NoteNotFound,
        E::TokenNotFound,
        E::SiteNotFound,
        E::MethodNotAllowed,
        E::RequestTimeout,
        E::PayloadTooLarge("It is too long. Shorten it."),
        E::UnsupportedMediaType,
        E::RunInProgress,
        E::LimitReached("There are too many. Delete one first."),
        E::invalid("field: fill it in."),
        E::ApiKeyRejected,
        E::RateLimited(Duration::from_millis(1500)),
        E::Internal,
        E::ProviderUnavailable,
        E::Overloaded,
        E::ShuttingDown,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::Value;

    /// The table of `http-api.md`.
    const CONTRACT: [(u16, &[&str]); 13] = [
        (400, &["malformed_json"]),
        (
            401,
            &["not_signed_in", "wrong_passcode", "invalid_client_secret"],
        ),
        (
            403,
            &[
                "api_key_required",
                "origin_not_allowed",
                "key_managed_by_site",
            ],
        ),
        (
            404,
            &[
                "not_found",
                "thread_not_found",
                "message_not_found",
                "run_not_found",
                "note_not_found",
                "token_not_found",
                "site_not_found",
            ],
        ),
        (405, &["method_not_allowed"]),
        (408, &["request_timeout"]),
        (409, &["run_in_progress", "limit_reached"]),
        (413, &["payload_too_large"]),
        (415, &["unsupported_media_type"]),
        (422, &["invalid_request", "api_key_rejected"]),
        (429, &["rate_limited"]),
        (500, &["internal_error"]),
        (502, &["provider_unavailable"]),
    ];

    async fn sent(error: ApiError) -> (StatusCode, axum::http::HeaderMap, Value) {
        let (head, body) = error.into_response().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (
            head.status,
            head.headers,
            serde_json::from_slice(&body).unwrap(),
        )
    }

    #[tokio::test]
    async fn every_code_of_the_contract_and_no_other_with_its_status() {
        let mut expected: Vec<(u16, String)> = CONTRACT
            .iter()
            .flat_map(|(status, codes)| codes.iter().map(|code| (*status, (*code).to_owned())))
            .chain(["overloaded", "shutting_down"].map(|code| (503, code.to_owned())))
            .collect();
        let mut found = Vec::new();
        for error in all() {
            let (status, headers, body) = sent(error.clone()).await;
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(body["status"], status.as_u16());
            assert_eq!(body["type"], "about:blank");
            assert_eq!(body["title"], status.canonical_reason().unwrap());
            assert!(body["detail"].as_str().unwrap().ends_with('.'), "{body}");
            assert!(!body["request_id"].as_str().unwrap().is_empty());
            let waits = matches!(status.as_u16(), 429 | 503);
            assert_eq!(headers.contains_key(header::RETRY_AFTER), waits, "{body}");
            found.push((status.as_u16(), body["code"].as_str().unwrap().to_owned()));
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn a_wait_is_rounded_up() {
        let (_, headers, _) = sent(ApiError::RateLimited(Duration::from_millis(1500))).await;
        assert_eq!(headers[header::RETRY_AFTER], "2");
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_store_is_not_sent() {
        let reason = "connection to 10.0.0.7 refused".to_owned();
        let (status, _, body) = sent(
            StoreError::Unavailable {
                store: "redis",
                reason: reason.clone(),
            }
            .into(),
        )
        .await;
        assert_eq!(
            (status.as_u16(), body["code"].as_str()),
            (503, Some("overloaded"))
        );
        assert!(!body.to_string().contains("10.0.0.7") && !body.to_string().contains("redis"));
        let (status, _, body) = sent(
            StoreError::Corrupt {
                store: "redis",
                reason,
            }
            .into(),
        )
        .await;
        assert_eq!(
            (status.as_u16(), body["code"].as_str()),
            (500, Some("internal_error"))
        );
    }
}
