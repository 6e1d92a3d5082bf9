//! `/api/chat` and `/api/runs`: sends a message and streams the events of its run.

mod request;

use super::{
    answers::Reservation,
    error::{ApiError, Problem},
    extract::{Body, NoBody, PathId, SignedIn},
    models::{default_model, retirement},
    request_id,
    state::Api,
};
use crate::{
    chat::{RunEvents, SendError, SendRequest},
    domain::{KeySource, RunEvent, RunId, Session},
    runs::Idempotency,
    sessions::{Account, Allowance, SessionRef},
    threads::BeginError,
};
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use request::ChatRequest;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Longest body: a message or the result of a page tool, plus the page's tools and context.
const BODY_MAX_BYTES: usize = 160 * 1024;
const KEY_MAX_CHARS: usize = 64;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(send))
        .routes(routes!(events))
        .routes(routes!(cancel))
}

/// Send a message.
///
/// Responds with the event stream of the new run. `resume` in place of `message` answers the
/// interrupts of the thread, and the run continues from there. A run survives a lost connection:
/// `GET /api/runs/{run_id}/events` continues its stream.
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
        (status = 409, description = "`run_in_progress`, `limit_reached`, `interrupt_not_open`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`payload_too_large`: a message over 32 KiB", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: too many messages, or a limit of the site", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`overloaded`, `shutting_down`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn send(
    State(api): State<Api>,
    signed_in: SignedIn,
    headers: HeaderMap,
    Body(request): Body<ChatRequest, BODY_MAX_BYTES>,
) -> Result<Response, ApiError> {
    let idempotency = idempotency(&headers, &signed_in, &request)?;
    let (task, page) = request.checked()?;
    let session = signed_in.session;
    let buffered = api.answers().stream(&session.owner)?;
    let api_key = session.api_key.clone().ok_or(ApiError::ApiKeyRequired)?;
    let notice = retirement(&api, &session, &api_key).await;
    let default_model = default_model(&api, &session);
    let listed = session.site_id.as_ref();
    let listed = listed.and_then(|site| api.sites.listed(site));
    let account = Account::new(&session.owner, session.user_id.as_deref(), &signed_in.id);
    let lent = match session.key_source {
        Some(KeySource::Site) => {
            let limits = api.sessions.limits(&account).await?;
            let of_site = listed.map(|site| site.limits).unwrap_or_default();
            Some((account, limits.lower(of_site)))
        }
        _ => None,
    };
    let send = SendRequest {
        allowance: Allowance {
            owner: session.owner.clone(),
            messages_per_minute: api.options.messages_per_minute,
            lent,
        },
        request_id: request_id::current(),
        owner: session.owner.clone(),
        session: signed_in.id.clone(),
        api_key,
        model: session.model,
        default_model,
        site: session.site_id.clone(),
        user_id: session.user_id,
        task,
        page,
        entry_agent: listed.and_then(|site| site.agent.clone()),
        notices: notice.into_iter().collect(),
        idempotency,
    };
    let sent = api.engine.send(send).await.map_err(|error| match error {
        SendError::RateLimited(wait) => {
            let sentence = listed.and_then(|site| site.limit_message.clone());
            ApiError::TooManyMessages(wait, sentence)
        }
        error => error.into(),
    });
    let events = sent?;
    if !session.model_checked {
        note_checked_model(&api, signed_in.id);
    }
    match events {
        // The repeated request's run has lost its log.
        RunEvents::Nothing => Err(ApiError::RunNotFound),
        events => Ok(respond(events, buffered)),
    }
}

/// In the background, since the answer does not depend on it and a store takes time to write.
fn note_checked_model(api: &Api, session: SessionRef) {
    let sessions = api.sessions.clone();
    tokio::spawn(async move {
        let check = |session: &mut Session| session.model_checked = true;
        if let Err(error) = sessions.update(&session, check).await {
            tracing::warn!(%error, "a session will be told about its model again");
        }
    });
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
/// The events after `Last-Event-ID`, then the live ones. Every reader gets the same events with the
/// same ids and bytes.
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
    let events = events.ok_or(ApiError::RunNotFound)?;
    Ok(respond(events, api.answers().stream(owner)?))
}

/// Stop a run.
///
/// The request to the provider is aborted, the stream ends with `done` and `cancelled`, and the
/// thread keeps the text so far.
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

/// `buffered` counts the stream until it ends.
fn respond(events: RunEvents, buffered: Reservation) -> Response {
    match events {
        RunEvents::Nothing => StatusCode::NO_CONTENT.into_response(),
        RunEvents::Stream(stream) => (
            [
                (header::CONTENT_TYPE, "text/event-stream"),
                (header::CACHE_CONTROL, "no-store"),
                // nginx would otherwise hold back up to 32 KiB of events.
                (header::HeaderName::from_static("x-accel-buffering"), "no"),
            ],
            axum::body::Body::from_stream(stream.map(move |bytes| {
                let _ = &buffered;
                bytes
            })),
        )
            .into_response(),
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Begin(BeginError::ThreadNotFound) => Self::ThreadNotFound,
            SendError::Begin(BeginError::AlreadyBegun) => Self::RunNotFound,
            SendError::Begin(BeginError::MessageNotFound) => Self::MessageNotFound,
            SendError::Begin(BeginError::NotAUserMessage) => {
                Self::invalid("replace_from: name a message of the user, not an answer.")
            }
            SendError::Begin(BeginError::RunInProgress(_)) => Self::RunInProgress,
            SendError::Begin(BeginError::NotPaused) => Self::InterruptNotOpen,
            SendError::Begin(BeginError::OwnerForgotten) => Self::NotSignedIn,
            SendError::Begin(BeginError::ThreadFull) => {
                Self::LimitReached("This conversation is full. Begin a new one.")
            }
            SendError::Begin(BeginError::OwnerFull) => Self::LimitReached(
                "Conversations and notes take up 64 MiB already. Delete some first.",
            ),
            SendError::Begin(BeginError::LimitReached) => {
                Self::LimitReached("There are 200 conversations already. Delete one first.")
            }
            SendError::Begin(BeginError::Store(error)) => error.into(),
            SendError::IdempotencyMismatch => Self::invalid(
                "Idempotency-Key: this key came before with another request. Use a new one.",
            ),
            SendError::RateLimited(wait) => Self::TooManyMessages(wait, None),
            SendError::InvalidAnswer(sentence) => Self::invalid(sentence),
            SendError::SignedOut => Self::NotSignedIn,
            SendError::Overloaded => Self::Overloaded,
            SendError::ShuttingDown => Self::ShuttingDown,
        }
    }
}
