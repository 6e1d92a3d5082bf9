//! `/api/notes`: the notes, for the panel next to the chat.

use super::{
    error::{ApiError, Problem},
    extract::{NoBody, Query, SignedIn},
    paging,
    state::Api,
};
use crate::{
    domain::{Note, NoteSummary},
    notes::Cursor,
};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Also the default.
const PAGE_MAX: usize = 100;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, delete))
}

/// A page of the notes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// 1–100.
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<usize>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of notes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoteList {
    /// Newest first.
    items: Vec<NoteSummary>,
    /// The cursor of the next page; null on the last one.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// List the notes, without their contents.
#[utoipa::path(
    get,
    operation_id = "list_notes",
    path = "/api/notes",
    tag = "notes",
    params(Page),
    responses(
        (status = 200, body = NoteList),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(api): State<Api>,
    signed_in: SignedIn,
    Query(page): Query<Page>,
) -> Result<Response, ApiError> {
    let limit = paging::limit(page.limit, PAGE_MAX, 1..=PAGE_MAX)?;
    let cursor = paging::cursor(page.cursor.as_deref(), |text| {
        let (updated_at, title) = text.split_once(' ')?;
        Some(Cursor {
            updated_at: updated_at.parse().ok()?,
            title: title.to_owned(),
        })
    })?;
    let owner = &signed_in.session.owner;
    let turn = api.answers().turn(owner).await?;
    let mut items = api.notes.list(owner, limit + 1, cursor.as_ref()).await?;
    let next_cursor = paging::cut(&mut items, limit, |last| {
        format!("{} {}", last.updated_at, last.title)
    });
    turn.json(&NoteList { items, next_cursor })
}

/// Read a note.
#[utoipa::path(
    get,
    operation_id = "get_note",
    path = "/api/notes/{title}",
    tag = "notes",
    params(("title" = String, Path, description = "The note's title, percent-encoded")),
    responses(
        (status = 200, body = Note),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`note_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get(
    State(api): State<Api>,
    signed_in: SignedIn,
    title: Result<Path<String>, PathRejection>,
) -> Result<Response, ApiError> {
    // A title is UTF-8.
    let Path(title) = title.map_err(|_| ApiError::NoteNotFound)?;
    let owner = &signed_in.session.owner;
    let turn = api.answers().turn(owner).await?;
    let note = api.notes.get(owner, &title).await?;
    turn.json(&note.ok_or(ApiError::NoteNotFound)?)
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
    title: Result<Path<String>, PathRejection>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    let Path(title) = title.map_err(|_| ApiError::NoteNotFound)?;
    if api.notes.delete(&signed_in.session.owner, &title).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoteNotFound)
    }
}
