//! `/mcp`: the note tools over MCP's Streamable HTTP transport.
//!
//! The server that agents also call in process, over the notes of the token's owner. It is
//! stateless: one service per request without session or stream, so any replica can serve it.

use super::{
    error::ApiError,
    extract::{bearer, is_json, read_body, replace_lone},
    state::Api,
};
use crate::{domain::OwnerId, notes::tools::NoteServer};
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
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;

const BODY_MAX_BYTES: usize = 256 * 1024;

/// Not in the OpenAPI document: MCP describes the protocol.
pub(super) fn router() -> Router<Api> {
    Router::new().route("/mcp", post(serve))
}

async fn serve(State(api): State<Api>, request: Request) -> Result<Response, ApiError> {
    check_origin(request.headers(), &api.options.cors_origins)?;
    let token = bearer(request.headers()).ok_or(ApiError::NotSignedIn)?;
    let token = SecretString::from(token);
    owner_of(&api, &token).await?;
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
    // The token may have been revoked while the body was on its way.
    let owner = owner_of(&api, &token).await?;
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

async fn owner_of(api: &Api, token: &SecretString) -> Result<OwnerId, ApiError> {
    let owner = api.sessions.find_mcp_token(token.expose_secret()).await?;
    owner.ok_or(ApiError::NotSignedIn)
}

/// MCP requires clients to accept both content types. Many send `*/*`, or only the JSON type that
/// we respond with; no `Accept` means that anything is acceptable (RFC 9110, 12.5.1).
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
        // The check of `Host` protects servers without authentication from DNS rebinding. Here the
        // attacker lacks the token, and the server does not know its public name.
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_max_request_body_bytes(BODY_MAX_BYTES)
}

/// Browsers always send `Origin` with a POST; other clients do not.
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
