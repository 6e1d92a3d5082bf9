//! `/api/chat` and `/api/runs`: a message goes in, a run's events come out.

use super::{
    error::{ApiError, Problem},
    extract::{Body, NoBody, PathId, SignedIn},
    request_id,
    state::Api,
};
use crate::{
    chat::{RunEvents, SendError, SendRequest},
    domain::{MessageId, RunEvent, RunId, ThreadId},
    runs::Idempotency,
    threads::BeginError,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Longest message, in bytes of UTF-8.
const MESSAGE_MAX_BYTES: usize = 32 * 1024;
/// Longest `Idempotency-Key`, in characters.
const KEY_MAX_CHARS: usize = 64;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(send))
        .routes(routes!(events))
        .routes(routes!(cancel))
}

/// A message to be answered.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChatRequest {
    /// The text: not blank, up to 32 KiB of UTF-8.
    #[schema(
        min_length = 1,
        example = "Please keep a note that the demo is on Friday"
    )]
    message: String,
    /// The thread to go on with; without it a new one begins.
    thread_id: Option<ThreadId>,
    /// A user message of that thread: it and all after it are replaced by this one.
    replace_from: Option<MessageId>,
}

impl ChatRequest {
    fn check(&self) -> Result<(), ApiError> {
        if self.message.len() > MESSAGE_MAX_BYTES {
            return Err(ApiError::PayloadTooLarge(
                "A message holds up to 32 KiB. Shorten it.",
            ));
        }
        if self.message.trim().is_empty() {
            return Err(ApiError::invalid("message: write something first."));
        }
        if self.replace_from.is_some() && self.thread_id.is_none() {
            return Err(ApiError::invalid(
                "replace_from: name the message's thread_id too.",
            ));
        }
        Ok(())
    }

    /// Two requests with one key must be the same in all that matters.
    fn digest(&self) -> [u8; 32] {
        let parts = [
            Some(self.message.as_str()),
            self.thread_id.as_ref().map(ThreadId::as_str),
            self.replace_from.as_ref().map(MessageId::as_str),
        ];
        let mut hash = Sha256::new();
        for part in parts {
            match part {
                Some(text) => {
                    hash.update((text.len() as u64 + 1).to_be_bytes());
                    hash.update(text);
                }
                None => hash.update(0u64.to_be_bytes()),
            }
        }
        hash.finalize().into()
    }
}

/// Send a message.
///
/// Answers with the event stream of the run that the message began. The run goes on when the
/// connection is lost; `GET /api/runs/{run_id}/events` picks it up again.
#[utoipa::path(
    post,
    operation_id = "send_message",
    path = "/api/chat",
    tag = "chat",
    params(("Idempotency-Key" = Option<String>, Header, description = "1–64 of `[A-Za-z0-9_-]`. A repeat of the request within 10 minutes reads the run that the first one began.")),
    request_body = ChatRequest,
    responses(
        (status = 200, description = "Each `data:` line is one event", content_type = "text/event-stream", body = RunEvent),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`api_key_required`, `origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`thread_not_found`, `message_not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`run_in_progress`, `limit_reached`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`: a message over 32 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `shutting_down`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn send(
    State(api): State<Api>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Body(request): Body<ChatRequest>,
) -> Result<Response, ApiError> {
    request.check()?;
    let idempotency = idempotency(&headers, &signed_in, &request)?;
    let session = signed_in.session;
    let api_key = session.api_key.ok_or(ApiError::ApiKeyRequired)?;
    let send = SendRequest {
        request_id: request_id::current(),
        owner: session.owner.clone(),
        session: signed_in.id.clone(),
        api_key,
        model: session.model,
        message: request.message,
        thread_id: request.thread_id,
        replace_from: request.replace_from,
        entry_agent: session
            .site_id
            .as_ref()
            .and_then(|site| api.sites.listed(site)?.agent.clone()),
        notices: Vec::new(),
        idempotency,
    };
    let run = api.engine.send(send).await?;
    let events = api
        .engine
        .events(&session.owner, &run, 0, signed_in.id)
        .await?;
    Ok(respond(events.unwrap_or(RunEvents::Nothing)))
}

fn idempotency(
    headers: &HeaderMap,
    signed_in: &SignedIn,
    request: &ChatRequest,
) -> Result<Option<Idempotency>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = value.to_str().ok().filter(|key| {
        (1..=KEY_MAX_CHARS).contains(&key.len())
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    });
    let key = key.ok_or_else(|| {
        ApiError::invalid("Idempotency-Key: give 1 to 64 characters of A-Z, a-z, 0-9, _ and -.")
    })?;
    let key = format!("{}:{key}", signed_in.id.as_str());
    Ok(Some(Idempotency {
        key,
        body: request.digest(),
    }))
}

/// Follow a run.
///
/// The events after `Last-Event-ID`, then the live ones: the same events with the same ids and
/// bytes, however often and by however many readers.
#[utoipa::path(
    get,
    operation_id = "read_run_events",
    path = "/api/runs/{run_id}/events",
    tag = "chat",
    params(
        ("run_id" = String, Path, description = "From the `user_message` event"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last event that was read; without it, from the beginning"),
    ),
    responses(
        (status = 200, description = "Each `data:` line is one event", content_type = "text/event-stream", body = RunEvent),
        (status = 204, description = "The run has ended, and nothing is left to send"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`run_not_found`, from 5 minutes after the run's end", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn events(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(run): PathId<RunId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let after = match headers.get("last-event-id") {
        None => 0,
        Some(value) => value
            .to_str()
            .ok()
            .filter(|text| !text.is_empty())
            .map_or(Ok(0), str::parse)
            .map_err(|_| {
                ApiError::invalid("Last-Event-ID: give the number of the last event that was read.")
            })?,
    };
    let owner = &signed_in.session.owner;
    let events = api.engine.events(owner, &run, after, signed_in.id).await?;
    Ok(respond(events.ok_or(ApiError::RunNotFound)?))
}

/// Stop a run.
///
/// The request to the provider is dropped at once; the stream ends with `done` `cancelled`, and
/// what was said so far stays in the thread.
#[utoipa::path(
    post,
    operation_id = "cancel_run",
    path = "/api/runs/{run_id}/cancel",
    tag = "chat",
    params(("run_id" = String, Path, description = "From the `user_message` event")),
    responses(
        (status = 204, description = "Stopped, or ended before"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`run_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(run): PathId<RunId>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    if api.engine.cancel(&signed_in.session.owner, &run).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::RunNotFound)
    }
}

fn respond(events: RunEvents) -> Response {
    match events {
        RunEvents::Nothing => StatusCode::NO_CONTENT.into_response(),
        RunEvents::Stream(stream) => (
            [
                (header::CONTENT_TYPE, "text/event-stream"),
                (header::CACHE_CONTROL, "no-store"),
                // nginx would hold back up to 32 KiB of events.
                (header::HeaderName::from_static("x-accel-buffering"), "no"),
            ],
            axum::body::Body::from_stream(stream),
        )
            .into_response(),
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Begin(BeginError::ThreadNotFound) => Self::ThreadNotFound,
            SendError::Begin(BeginError::MessageNotFound) => Self::MessageNotFound,
            SendError::Begin(BeginError::NotAUserMessage) => {
                Self::invalid("replace_from: name a message of the user, not an answer.")
            }
            SendError::Begin(BeginError::RunInProgress(_)) => Self::RunInProgress,
            SendError::Begin(BeginError::NotPaused) => Self::InterruptNotOpen,
            SendError::Begin(BeginError::LimitReached) => {
                Self::LimitReached("There are 200 conversations already. Delete one first.")
            }
            SendError::Begin(BeginError::Store(error)) => error.into(),
            SendError::IdempotencyMismatch => Self::invalid(
                "Idempotency-Key: this key came before with another request. Use a new one.",
            ),
            SendError::SignedOut => Self::NotSignedIn,
            SendError::Overloaded => Self::Overloaded,
            SendError::ShuttingDown => Self::ShuttingDown,
        }
    }
}
