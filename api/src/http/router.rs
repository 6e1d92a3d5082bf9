//! All routes and layers, in the order in which a request passes them.

use super::{
    chat, client_secrets, cookies, cors, docs,
    error::ApiError,
    headers, mcp, mcp_tokens, me, metrics, models, notes,
    openapi::{self, Description},
    operations, origin, request_id, request_log, session, settings, sites,
    state::Api,
    threads, unread_body,
};
use axum::{
    Router,
    http::header,
    middleware::{from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use std::{any::Any, sync::LazyLock};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// The routes with their descriptions.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(operations::router())
        .merge(metrics::router())
        .merge(docs::router())
        .routes(routes!(document))
        .merge(session::router())
        .merge(settings::router())
        .merge(models::router())
        .merge(me::router())
        .merge(client_secrets::router())
        .merge(sites::router())
        .merge(chat::router())
        .merge(threads::router())
        .merge(notes::router())
        .merge(mcp_tokens::router())
}

/// Read this description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"))
)]
async fn document() -> impl IntoResponse {
    static DOCUMENT: LazyLock<String> = LazyLock::new(openapi_json);
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.as_str(),
    )
}

/// The description of the API (OpenAPI 3.1), as JSON.
#[must_use]
pub fn openapi_json() -> String {
    openapi::document(routes().into_openapi())
}

/// The whole HTTP API.
pub fn router(api: Api) -> Router {
    let (routes, _) = routes().split_for_parts();
    complete(routes, api)
}

pub(super) fn complete(routes: Router<Api>, api: Api) -> Router {
    // Outermost first: requests pass from top to bottom, responses back up.
    let layers = ServiceBuilder::new()
        .layer(from_fn(request_id::assign))
        .layer(from_fn_with_state(api.clone(), request_log::log))
        .layer(from_fn(unread_body::drain))
        .layer(from_fn(headers::secure))
        .layer(cors::layer(&api))
        .layer(from_fn(cookies::send))
        .layer(CatchPanicLayer::custom(panicked));
    routes
        // On the routes only, so that 404 and 405 come first; inside all other layers.
        .route_layer(from_fn_with_state(api.clone(), origin::check))
        // MCP clients send tokens, never cookies, and have their own origin rule.
        .merge(mcp::router())
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(layers)
        .with_state(api)
}

/// Fails the one request. The panic hook has logged the message, which is not sent.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the layer asks for this signature"
)]
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    ApiError::Internal.into_response()
}
