//! `/metrics`: metrics in Prometheus' format.

use super::{
    error::{ApiError, Problem},
    extract::bearer,
    secret,
    state::Api,
};
use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(metrics))
}

/// Read the metrics of this replica.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    security((), ("metrics" = [])),
    responses(
        (status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain"),
        (status = 401, description = "`not_signed_in`: `METRICS_TOKEN` is set, and this is not it", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn metrics(State(api): State<Api>, headers: HeaderMap) -> Result<Response, ApiError> {
    if let Some(token) = &api.options.metrics_token {
        let guess = bearer(&headers).unwrap_or_default();
        if !secret::is(token, guess) {
            return Err(ApiError::NotSignedIn);
        }
    }
    let text = api
        .telemetry
        .meter
        .render(api.engine.live_runs(), api.sessions.live());
    Ok(([(header::CONTENT_TYPE, TEXT)], text).into_response())
}
