//! `/api/me`: exports or deletes all data of the caller.

use super::{
    cookies::{Context, Purpose, SetCookies},
    error::{ApiError, Problem},
    export,
    extract::{NoBody, SignedIn},
    state::Api,
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

const ATTACHMENT: &str = "attachment; filename=\"smooth-operator.json\"";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(export))
        .routes(routes!(delete))
}

/// Download your data.
///
/// Conversations with all messages, notes, and MCP tokens without their secrets, as one JSON
/// document: `{"threads": […], "notes": […], "tokens": […]}`. It is written while it is read.
#[utoipa::path(
    get,
    operation_id = "export_me",
    path = "/api/me/export",
    tag = "session",
    responses(
        (status = 200, description = "An attachment", body = export::Export),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`rate_limited`: one export at a time", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn export(State(api): State<Api>, signed_in: SignedIn) -> Result<Response, ApiError> {
    let body = export::body(&api, signed_in.session.owner)?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, ATTACHMENT),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

/// Delete your data.
///
/// Conversations, notes and MCP tokens are deleted, runs are stopped, and all your sessions end.
#[utoipa::path(
    delete,
    operation_id = "delete_me",
    path = "/api/me",
    tag = "session",
    params(("X-SO-Context" = Option<String>, Header, description = "`embed` in a frame")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete(
    State(api): State<Api>,
    signed_in: SignedIn,
    context: Context,
    cookies: SetCookies,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    let owner = &signed_in.session.owner;
    // The sessions last: if a store fails, the caller can repeat the request.
    api.engine.forget_owner(owner).await?;
    api.sessions.end_all(owner).await?;
    api.sessions.delete(&signed_in.id).await?;
    for purpose in [Purpose::Visitor, Purpose::Session] {
        cookies.push(api.cookies().clear(purpose, context)?);
    }
    Ok(StatusCode::NO_CONTENT)
}
