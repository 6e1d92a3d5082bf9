//! `/mcp`: the note tools for any MCP client, over Streamable HTTP (MCP, "Transports").
//!
//! The same server that agents call in process, over the notes of the token's owner. Stateless:
//! one service a request, no session, no stream, so any replica serves any request.

use super::{
    error::ApiError,
    extract::{bearer, is_json, read_body, replace_lone},
    state::Api,
};
use crate::notes::tools::NoteServer;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
    routing::post,
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use std::sync::Arc;

/// Longest body, in bytes.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// Not among the described routes: what it speaks is MCP, which clients know.
pub(super) fn router() -> Router<Api> {
    Router::new().route("/mcp", post(serve))
}

async fn serve(State(api): State<Api>, request: Request) -> Result<Response, ApiError> {
    check_origin(request.headers(), &api.options.cors_origins)?;
    let token = bearer(request.headers()).ok_or(ApiError::NotSignedIn)?;
    let owner = api.sessions.find_mcp_token(token).await?;
    let owner = owner.ok_or(ApiError::NotSignedIn)?;
    if !is_json(request.headers()) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let (mut head, body) = request.into_parts();
    accept_both(&mut head.headers);
    let read = Request::from_parts(head.clone(), body);
    let body = read_body(read, BODY_MAX_BYTES, "An MCP request holds up to 256 KiB.").await?;
    let body = replace_lone(&body).into_owned();
    serde_json::from_slice::<serde::de::IgnoredAny>(&body).map_err(|_| ApiError::MalformedJson)?;
    if api.engine.is_shutting_down() {
        return Err(ApiError::ShuttingDown);
    }
    let server = api.tools.server(owner);
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

/// The protocol asks clients to accept both kinds of answer. Many say `*/*`, or only the kind that we
/// send, which is always JSON; without an `Accept` anything is acceptable (RFC 9110, 12.5.1).
fn accept_both(headers: &mut HeaderMap) {
    let values = headers.get_all(header::ACCEPT).iter();
    let mut kinds = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    let json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        ["*/*", "application/*", "application/json"]
            .iter()
            .any(|known| kind.eq_ignore_ascii_case(known))
    };
    if !headers.contains_key(header::ACCEPT) || kinds.any(json) {
        let both = HeaderValue::from_static("application/json, text/event-stream");
        headers.insert(header::ACCEPT, both);
    }
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
fn check_origin(headers: &HeaderMap, listed: &[String]) -> Result<(), ApiError> {
    let unlisted = |origin: &HeaderValue| {
        !listed
            .iter()
            .any(|listed| listed.as_bytes() == origin.as_bytes())
    };
    if headers.get_all(header::ORIGIN).iter().any(unlisted) {
        return Err(ApiError::OriginNotAllowed);
    }
    Ok(())
}
