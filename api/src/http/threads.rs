//! `/api/threads`: what was said.

use super::{
    error::{ApiError, Problem},
    extract::{Body, NoBody, PathId, Query, SignedIn},
    state::Api,
};
use crate::{
    domain::{MessageId, THREAD_TITLE_MAX_CHARS, Thread, ThreadDetail, ThreadId, is_blank},
    threads::{self, Cursor},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Threads of a page, when the request does not say.
const PAGE: usize = 30;
/// Most threads of a page.
const PAGE_MAX: usize = 100;

/// Messages of a page, when the request does not say.
const MESSAGES: usize = 100;
/// Most messages of a page.
const MESSAGES_MAX: usize = 200;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, rename, delete))
}

/// Which page of the threads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Page {
    /// 1–100.
    #[param(minimum = 1, maximum = 100, default = 30)]
    limit: Option<usize>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which messages of a thread.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessagePage {
    /// The `next_before` of the page after: the messages before that one.
    before: Option<MessageId>,
    /// 1–200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<usize>,
}

/// A page of threads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThreadList {
    /// Newest first.
    items: Vec<Thread>,
    /// Where the next page begins; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A thread's new title.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ThreadTitle {
    /// 1–200 characters.
    #[schema(min_length = 1, max_length = 200)]
    title: String,
}

/// List the threads.
#[utoipa::path(
    get,
    operation_id = "list_threads",
    path = "/api/threads",
    tag = "threads",
    params(Page),
    responses(
        (status = 200, body = ThreadList),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(api): State<Api>,
    signed_in: SignedIn,
    Query(page): Query<Page>,
) -> Result<Json<ThreadList>, ApiError> {
    let limit = page.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(ApiError::invalid("limit: give a number from 1 to 100."));
    }
    let cursor = page.cursor.as_deref().map(|text| {
        read_cursor(text)
            .ok_or_else(|| ApiError::invalid("cursor: give the next_cursor of a page."))
    });
    let cursor = cursor.transpose()?;
    // One more than asked for tells whether there is another page.
    let mut items = api
        .engine
        .list_threads(&signed_in.session.owner, limit + 1, cursor.as_ref())
        .await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(write_cursor);
    Ok(Json(ThreadList { items, next_cursor }))
}

fn write_cursor(last: &Thread) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {}", last.updated_at, last.id))
}

fn read_cursor(text: &str) -> Option<Cursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (updated_at, id) = text.split_once(' ')?;
    Some(Cursor {
        updated_at: updated_at.parse::<Timestamp>().ok()?,
        id: id.parse().ok()?,
    })
}

/// Open a thread.
///
/// Gives the last messages, or those before one.
#[utoipa::path(
    get,
    operation_id = "get_thread",
    path = "/api/threads/{thread_id}",
    tag = "threads",
    params(("thread_id" = String, Path), MessagePage),
    responses(
        (status = 200, body = ThreadDetail),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`thread_not_found`, `message_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn get(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(id): PathId<ThreadId>,
    Query(page): Query<MessagePage>,
) -> Result<Response, ApiError> {
    let limit = page.limit.unwrap_or(MESSAGES);
    if !(1..=MESSAGES_MAX).contains(&limit) {
        return Err(ApiError::invalid("limit: give a number from 1 to 200."));
    }
    let page = threads::Page {
        before: page.before,
        limit,
    };
    let owner = &signed_in.session.owner;
    let turn = api.answers().turn(owner).await?;
    let thread = api.engine.thread(owner, &id, &page).await?;
    turn.json(&thread.ok_or(ApiError::ThreadNotFound)?)
}

/// Rename a thread.
#[utoipa::path(
    patch,
    operation_id = "rename_thread",
    path = "/api/threads/{thread_id}",
    tag = "threads",
    params(("thread_id" = String, Path)),
    request_body = ThreadTitle,
    responses(
        (status = 200, body = Thread),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`thread_not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn rename(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(id): PathId<ThreadId>,
    Body(ThreadTitle { title }): Body<ThreadTitle>,
) -> Result<Json<Thread>, ApiError> {
    if is_blank(&title) || title.chars().count() > THREAD_TITLE_MAX_CHARS {
        return Err(ApiError::invalid("title: give 1 to 200 characters."));
    }
    let thread = api
        .engine
        .rename_thread(&signed_in.session.owner, &id, &title)
        .await?;
    thread.map(Json).ok_or(ApiError::ThreadNotFound)
}

/// Delete a thread.
///
/// A run under way in it is stopped.
#[utoipa::path(
    delete,
    operation_id = "delete_thread",
    path = "/api/threads/{thread_id}",
    tag = "threads",
    params(("thread_id" = String, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`origin_not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`thread_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn delete(
    State(api): State<Api>,
    signed_in: SignedIn,
    PathId(id): PathId<ThreadId>,
    _: NoBody,
) -> Result<StatusCode, ApiError> {
    if api
        .engine
        .delete_thread(&signed_in.session.owner, &id)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::ThreadNotFound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let now = Timestamp::now();
        let thread = Thread {
            id: ThreadId::generate(),
            title: String::new(),
            created_at: now,
            updated_at: now,
        };
        let cursor = Cursor {
            updated_at: now,
            id: thread.id.clone(),
        };
        assert_eq!(read_cursor(&write_cursor(&thread)), Some(cursor));
        for bad in ["", "x", "AAAA", &URL_SAFE_NO_PAD.encode("now x"), "ä"] {
            assert_eq!(read_cursor(bad), None, "{bad}");
        }
    }
}
