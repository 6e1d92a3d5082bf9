//! Why a request is refused: status, code and sentence (RFC 9457).

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

/// How long to wait before asking a server again that is overloaded or stopping.
const RETRY_AFTER: Duration = StoreError::RETRY_AFTER;

/// Why a request is refused. Details that only the log may hold are logged where they turn into one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(strum::EnumIter))]
pub(super) enum ApiError {
    /// `400`: the body is not JSON.
    MalformedJson,
    /// `401`: no session.
    NotSignedIn,
    /// `401`: not the passcode.
    WrongPasscode,
    /// `401`: not a site secret, or not that of this site.
    WrongSiteSecret,
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
    /// `409`: the thread does not wait for what was answered.
    InterruptNotOpen,
    /// `409`: with what there is too much of, and what to do.
    LimitReached(&'static str),
    /// `422`: with the field, and what is expected of it.
    InvalidRequest(String),
    /// `422`: the provider refused the key.
    ApiKeyRejected,
    /// `429`: with the time to wait.
    RateLimited(Duration),
    /// `429`: with the time to wait and the site's own sentence.
    TooManyMessages(Duration, Option<String>),
    /// `500`: a fault of ours.
    Internal,
    /// `502`: the provider did not answer, or not as it should; with what to correct, if known.
    ProviderUnavailable(Option<&'static str>),
    /// `503`: too much to do, or a store is away.
    Overloaded,
    /// `500`: with the store whose record cannot be read.
    StoreDamaged(&'static str),
    /// `503`: with the store that is away.
    StoreAway(&'static str),
    /// `503`: with what the server needs and cannot reach.
    NotReady(String),
    /// `503`: the server is stopping.
    ShuttingDown,
}

/// Attached to a response that a store made fail, for the metrics.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailedStore(pub(super) &'static str);

/// The code of a refusal, for programs; its meaning never changes.
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
