//! `/mcp`: the note tools for any MCP client, over Streamable HTTP (MCP, "Transports").
//!
//! The very server that agents call in process, over the notes of the token's owner. Stateless:
//! one service a request, no session, no stream, so any replica serves any request.

use crate::{
    domain::{OwnerId, StoreError},
    notes::tools::{NoteServer, NoteTools},
};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures_util::future::BoxFuture;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// Longest body, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// Longest wait for a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// No token of ours is longer; what is longer is not looked up.
const TOKEN_MAX_CHARS: usize = 256;

/// Finds whose token it is: `None` for one that is foreign, expired or revoked.
pub type FindOwner =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Option<OwnerId>, StoreError>> + Send + Sync>;

/// What `/mcp` needs.
#[derive(Clone)]
pub struct Mcp {
    /// The tools that it serves.
    pub tools: NoteTools,
    /// Who a token stands for.
    pub find_owner: FindOwner,
    /// The origins that browsers may call from, as they spell them.
    pub origins: Vec<String>,
    /// When it is cancelled, nothing new is begun; what is under way comes to its end.
    pub shutdown: CancellationToken,
}

/// The route `/mcp`.
pub fn router(mcp: Mcp) -> Router {
    Router::new()
        .route("/mcp", post(serve))
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
        .with_state(Arc::new(mcp))
}

async fn serve(State(mcp): State<Arc<Mcp>>, request: Request) -> Result<Response, Refusal> {
    let (head, body) = request.into_parts();
    check_origin(&head.headers, &mcp.origins)?;
    let token = bearer(&head.headers).ok_or(Refusal::NotSignedIn)?;
    let owner = (mcp.find_owner)(token).await?.ok_or(Refusal::NotSignedIn)?;
    let body = read_body(&head.headers, body).await?;

    if mcp.shutdown.is_cancelled() {
        return Err(Refusal::ShuttingDown);
    }
    let server = mcp.tools.server(owner);
    let service = StreamableHttpService::<NoteServer, NeverSessionManager>::new(
        move || Ok(server.clone()),
        Arc::new(NeverSessionManager::default()),
        config(),
    );
    let response = service
        .handle(Request::from_parts(head, Body::from(body)))
        .await;
    let mut response = response.map(Body::new);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn config() -> StreamableHttpServerConfig {
    StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        // The check of `Host` guards servers without sign-in against a page that has its own name
        // point to them. Here such a page lacks the token, and our public name is not known to us.
        .disable_allowed_hosts()
        // `check_origin` did it, with an answer in our form.
        .disable_allowed_origins()
        .with_max_request_body_bytes(BODY_MAX_BYTES)
}

/// A browser always sends `Origin` with a POST, other clients do not.
fn check_origin(headers: &HeaderMap, listed: &[String]) -> Result<(), Refusal> {
    let stranger = |origin: &HeaderValue| {
        !listed
            .iter()
            .any(|listed| listed.as_bytes() == origin.as_bytes())
    };
    if headers.get_all(header::ORIGIN).iter().any(stranger) {
        return Err(Refusal::Origin);
    }
    Ok(())
}

/// The token of `Authorization: Bearer …` (RFC 6750; the scheme's case does not matter).
fn bearer(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    let token = token.trim();
    let plausible =
        scheme.eq_ignore_ascii_case("bearer") && (1..=TOKEN_MAX_CHARS).contains(&token.len());
    plausible.then(|| token.to_owned())
}

async fn read_body(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::MediaType);
    }
    let read = axum::body::to_bytes(body, BODY_MAX_BYTES);
    let body = match tokio::time::timeout(BODY_TIMEOUT, read).await {
        Err(_) => return Err(Refusal::Timeout),
        Ok(Err(_)) => return Err(Refusal::TooLarge),
        Ok(Ok(body)) => body,
    };
    match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
        Ok(_) => Ok(body),
        Err(_) => Err(Refusal::Malformed),
    }
}

/// Why a request does not reach the MCP server.
enum Refusal {
    MethodNotAllowed,
    Origin,
    NotSignedIn,
    MediaType,
    TooLarge,
    Malformed,
    Timeout,
    Store,
    ShuttingDown,
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "an MCP token could not be looked up");
        Self::Store
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, detail) = match self {
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "MCP clients POST to /mcp; there is no stream to GET and no session to DELETE.",
            ),
            Self::Origin => (
                StatusCode::FORBIDDEN,
                "origin_not_allowed",
                "This server does not accept requests from that origin.",
            ),
            Self::NotSignedIn => (
                StatusCode::UNAUTHORIZED,
                "not_signed_in",
                "Send a valid MCP token as `Authorization: Bearer`; make one on the settings page.",
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Send the body as application/json.",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "payload_too_large",
                "The body is longer than 256 KiB.",
            ),
            Self::Malformed => (
                StatusCode::BAD_REQUEST,
                "malformed_json",
                "The body is not JSON.",
            ),
            Self::Timeout => (
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body took longer than 30 seconds.",
            ),
            Self::ShuttingDown => (
                StatusCode::SERVICE_UNAVAILABLE,
                "shutting_down",
                "The server is stopping. Try again in a few seconds.",
            ),
            Self::Store => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "The server cannot look up tokens at the moment. Try again in a few seconds.",
            ),
        };
        let problem = json!({
            "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(),
            "code": code, "detail": detail,
        });
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(
                    header::RETRY_AFTER,
                    StoreError::RETRY_AFTER.as_secs().into(),
                );
            }
            _ => {}
        }
        response
    }
}
