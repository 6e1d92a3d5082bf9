//! `/api/notes`: what the agents keep, for the page beside the chat.

use super::{
    error::{ApiError, Problem},
    extract::{NoBody, SignedIn},
    state::Api,
};
use crate::domain::Note;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(delete))
}

/// All notes of an owner.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoteList {
    /// Newest first.
    items: Vec<Note>,
}

/// List the notes.
#[utoipa::path(
    get,
    operation_id = "list_notes",
    path = "/api/notes",
    tag = "notes",
    responses(
        (status = 200, body = NoteList),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(api): State<Api>, signed_in: SignedIn) -> Result<Json<NoteList>, ApiError> {
    let items = api.notes.list(&signed_in.session.owner).await?;
    Ok(Json(NoteList { items }))
}

/// Delete a note.
#[utoipa::path(
    delete,
    operation_id = "delete_note",
    path = "/api/notes/{title}",
    tag = "notes",
    params(("title" = String, Path, description = "The note's title, percent-encoded")),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`note_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete(
    State(api): State<Api>,
    signed_in: SignedIn,
    title: Result<Path<String>, axum::extract::rejection::PathRejection>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    // What is not UTF-8 is nobody's title.
    let Path(title) = title.map_err(|_| ApiError::NoteNotFound)?;
    if api.notes.delete(&signed_in.session.owner, &title).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoteNotFound)
    }
}
