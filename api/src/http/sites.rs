//! `/api/sites`: the public appearance of the sites that embed the chat.

use super::{
    error::{ApiError, Problem},
    state::Api,
};
use crate::domain::Site;
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Show a site's appearance.
#[utoipa::path(
    get,
    operation_id = "get_site",
    path = "/api/sites/{site_id}",
    tag = "embedding",
    params(("site_id" = String, Path)),
    responses(
        (status = 200, body = Site),
        (status = 404, description = "`site_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Site>, ApiError> {
    let id = id.ok().and_then(|Path(id)| id.parse().ok());
    id.and_then(|id| api.sites.get(&id))
        .map(Json)
        .ok_or(ApiError::SiteNotFound)
}
