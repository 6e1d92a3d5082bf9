//! One log line and one count per request.

use super::{address::ClientAddress, error::FailedStore, state::Api};
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use std::time::Instant;

/// Logs and counts each response as it begins. Logs the route, since paths and queries may hold
/// titles and cursors.
pub(super) async fn log(State(api): State<Api>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let address = ClientAddress::of(request.headers(), request.extensions(), &api);
    let response = next.run(request).await;
    let took = began.elapsed();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let meter = &api.telemetry.meter;
    meter.request_answered(method.as_str(), route, response.status().as_u16(), took);
    if let Some(FailedStore(store)) = response.extensions().get() {
        meter.store_failed(store);
    }
    tracing::info!(
        http.method = %method,
        http.route = route,
        http.status = response.status().as_u16(),
        client.address = %address.0,
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "request answered"
    );
    response
}
