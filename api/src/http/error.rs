//! Error responses: status, code and sentence (RFC 9457).

#[cfg(test)]
mod tests;

use super::request_id;
use crate::{domain::StoreError, threads::PageError};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;

const RETRY_AFTER: Duration = StoreError::RETRY_AFTER;

/// Why a request is refused. Details for the log only are logged on conversion into this type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumIter))]
pub(super) enum ApiError {
    /// `400`: the body is not JSON.
    MalformedJson,
    /// `401`: no session.
    NotSignedIn,
    /// `401`: wrong passcode.
    WrongPasscode,
    /// `401`: wrong site secret.
    WrongSiteSecret,
    /// `401`: a client secret that is unknown, used or expired.
    InvalidClientSecret,
    /// `403`: the session has no API key.
    ApiKeyRequired,
    /// `403`: a page of a foreign origin.
    OriginNotAllowed,
    /// `403`: the key came from the site, with a client secret.
    KeyManagedBySite,
    /// `404`: no such route.
    NotFound,
    /// `404`: no such thread of this owner.
    ThreadNotFound,
    /// `404`: no such message in the thread.
    MessageNotFound,
    /// `404`: no such run of this owner, or it ended too long ago.
    RunNotFound,
    /// `404`: no such note of this owner.
    NoteNotFound,
    /// `404`: no such MCP token of this owner.
    TokenNotFound,
    /// `404`: a site that is not configured.
    SiteNotFound,
    /// `405`: the route supports other methods, listed in `Allow`.
    MethodNotAllowed,
    /// `408`: the body took too long.
    RequestTimeout,
    /// `413`: says what is too long and what to do.
    PayloadTooLarge(&'static str),
    /// `415`: the body is not declared as JSON.
    UnsupportedMediaType,
    /// `409`: the thread has a live run.
    RunInProgress,
    /// `409`: the thread does not wait for these answers.
    InterruptNotOpen,
    /// `409`: says what there is too much of and what to do.
    LimitReached(&'static str),
    /// `422`: says which field is wrong and what is expected.
    InvalidRequest(String),
    /// `422`: the provider refused the key.
    ApiKeyRejected,
    /// `429` with `Retry-After`.
    RateLimited(Duration),
    /// `429` with `Retry-After` and the site's own sentence.
    TooManyMessages(Duration, Option<String>),
    /// `500`: an internal error.
    Internal,
    /// `502`: the provider is unreachable or answered badly; says what to correct, if known.
    ProviderUnavailable(Option<&'static str>),
    /// `503`: too much load.
    Overloaded,
    /// `500`: names the store with the unreadable record.
    StoreDamaged(&'static str),
    /// `503`: names the store that is unavailable.
    StoreAway(&'static str),
    /// `503`: names the unreachable dependency.
    NotReady(String),
    /// `503`: the server is stopping.
    ShuttingDown,
}

/// Marks a response that failed because of a store, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailedStore(pub(super) &'static str);

/// Stable, machine-readable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ProblemCode {
    MalformedJson,
    NotSignedIn,
    WrongPasscode,
    WrongSiteSecret,
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
    InterruptNotOpen,
    InvalidRequest,
    ApiKeyRejected,
    RateLimited,
    InternalError,
    ProviderUnavailable,
    Overloaded,
    ShuttingDown,
}

/// The body of an error response: `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: `code` identifies the problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The reason phrase.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// Machine-readable.
    code: ProblemCode,
    /// For a person: what is wrong and what to do.
    detail: String,
    /// Identifies the request in the server's log.
    request_id: String,
}

impl ApiError {
    /// `422` with a sentence that begins with the field's name.
    pub(super) fn invalid(sentence: impl Into<String>) -> Self {
        Self::InvalidRequest(sentence.into())
    }

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
            Self::WrongPasscode => (Status::UNAUTHORIZED, Code::WrongPasscode, "Wrong passcode."),
            Self::WrongSiteSecret => (
                Status::UNAUTHORIZED,
                Code::WrongSiteSecret,
                "Wrong site secret. Check SITE_SECRET, or the site's own secret.",
            ),
            Self::InvalidClientSecret => (
                Status::UNAUTHORIZED,
                Code::InvalidClientSecret,
                "This client secret is unknown, used or expired. Request a new one.",
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
                "This site provides the API key and the model. They cannot be changed here.",
            ),
            Self::NotFound => (
                Status::NOT_FOUND,
                Code::NotFound,
                "Nothing was found at this address.",
            ),
            Self::ThreadNotFound => (
                Status::NOT_FOUND,
                Code::ThreadNotFound,
                "This conversation does not exist. It may have been deleted.",
            ),
            Self::MessageNotFound => (
                Status::NOT_FOUND,
                Code::MessageNotFound,
                "This message does not exist. Reload the conversation.",
            ),
            Self::RunNotFound => (
                Status::NOT_FOUND,
                Code::RunNotFound,
                "This run does not exist, or ended a while ago. Reload the conversation.",
            ),
            Self::NoteNotFound => (
                Status::NOT_FOUND,
                Code::NoteNotFound,
                "This note does not exist. It may have been deleted.",
            ),
            Self::TokenNotFound => (
                Status::NOT_FOUND,
                Code::TokenNotFound,
                "This token does not exist. It may have been revoked.",
            ),
            Self::SiteNotFound => (
                Status::NOT_FOUND,
                Code::SiteNotFound,
                "This chat is not set up for this site. Check the site id.",
            ),
            Self::MethodNotAllowed => (
                Status::METHOD_NOT_ALLOWED,
                Code::MethodNotAllowed,
                "This method is not allowed here. The Allow header lists those that are.",
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
                "An answer is still being written in this conversation. Wait for it or stop it.",
            ),
            Self::InterruptNotOpen => (
                Status::CONFLICT,
                Code::InterruptNotOpen,
                "This was already answered, or has expired. Reload the conversation.",
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
                "Too many requests. Wait a while and try again.",
            ),
            Self::TooManyMessages(_, sentence) => (
                Status::TOO_MANY_REQUESTS,
                Code::RateLimited,
                sentence
                    .as_deref()
                    .unwrap_or("You have sent many messages. Wait a while and try again."),
            ),
            Self::Internal | Self::StoreDamaged(_) => (
                Status::INTERNAL_SERVER_ERROR,
                Code::InternalError,
                "Something went wrong on our side. Try again. If it keeps happening, give the operator the request id.",
            ),
            Self::ProviderUnavailable(advice) => (
                Status::BAD_GATEWAY,
                Code::ProviderUnavailable,
                advice.unwrap_or(
                    "The AI provider cannot be reached right now. Try again in a moment.",
                ),
            ),
            Self::Overloaded | Self::StoreAway(_) => (
                Status::SERVICE_UNAVAILABLE,
                Code::Overloaded,
                "The server is busy. Try again in a moment.",
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
            Self::RateLimited(wait) | Self::TooManyMessages(wait, _) => Some(*wait),
            Self::Overloaded | Self::StoreAway(_) | Self::NotReady(_) | Self::ShuttingDown => {
                Some(RETRY_AFTER)
            }
            _ => None,
        }
    }
}

impl From<PageError> for ApiError {
    fn from(error: PageError) -> Self {
        match error {
            PageError::MessageNotFound => Self::MessageNotFound,
            PageError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a store failed");
        match error {
            StoreError::Full { .. } => Self::Overloaded,
            StoreError::Unavailable { store, .. } => Self::StoreAway(store),
            StoreError::Corrupt { store, .. } => Self::StoreDamaged(store),
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
        if let Self::StoreAway(store) | Self::StoreDamaged(store) = self {
            response.extensions_mut().insert(FailedStore(store));
        }
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(wait) = self.retry_after() {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 11.6.1: a 401 names the authentication scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
