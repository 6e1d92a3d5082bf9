//! `/`, `/health`, `/ready`: for operators and programs, without signing in.

use super::{
    error::{ApiError, Problem},
    state::Api,
};
use axum::{Json, extract::State};
use futures_util::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(about))
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// The server's name and version.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct About {
    /// Always `smooth-operator`.
    name: &'static str,
    /// Its version.
    version: &'static str,
}

/// The server is well.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// Always `ok`.
    status: &'static str,
}

const OK: Json<Status> = Json(Status { status: "ok" });

/// Show the server's name and version.
#[utoipa::path(get, path = "/", tag = "operations", responses((status = 200, body = About)))]
async fn about() -> Json<About> {
    Json(About {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Check that the process is alive.
#[utoipa::path(get, path = "/health", tag = "operations", responses((status = 200, body = Status)))]
async fn health() -> Json<Status> {
    OK
}

/// Check that the server can serve: its dependencies are reachable and it is not stopping.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "operations",
    responses(
        (status = 200, body = Status),
        (status = 503, description = "`overloaded` with what is not reachable, `shutting_down`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn ready(State(api): State<Api>) -> Result<Json<Status>, ApiError> {
    if api.draining.is_cancelled() {
        return Err(ApiError::ShuttingDown);
    }
    let answers = join_all(api.probes.iter().map(|probe| (probe.answers)())).await;
    let silent: Vec<&str> = api
        .probes
        .iter()
        .zip(answers)
        .filter(|(_, answers)| !answers)
        .map(|(probe, _)| probe.name)
        .collect();
    if silent.is_empty() {
        Ok(OK)
    } else {
        Err(ApiError::NotReady(format!(
            "Not reachable: {}.",
            silent.join(", ")
        )))
    }
}
