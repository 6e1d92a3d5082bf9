//! `/api/threads`: conversations.

use super::{
    error::{ApiError, Problem},
    extract::{Body, NoBody, PathId, Query, SignedIn},
    paging,
    state::Api,
};
use crate::{
    domain::{
        MessageId, OwnerId, THREAD_TITLE_MAX_CHARS, Thread, ThreadDetail, ThreadId, is_blank,
    },
    threads::{
        self, Cursor,
        search::{self, SearchCursor},
    },
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Default and maximum page size.
const THREADS: usize = 30;
const THREADS_MAX: usize = 100;
/// Default and maximum page size.
const MESSAGES: usize = 100;
const MESSAGES_MAX: usize = 200;
const QUERY_MAX_CHARS: usize = 200;

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get, rename, delete))
}

/// A page of threads.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ThreadPage {
    /// Only threads whose title and messages together contain all of these words, best first;
    /// 1–200 characters.
    #[param(min_length = 1, max_length = 200)]
    q: Option<String>,
    /// 1–100.
    #[param(minimum = 1, maximum = 100, default = 30)]
    limit: Option<usize>,
    /// The `next_cursor` of the previous page.
    cursor: Option<String>,
}

/// A page of a thread's messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MessagePage {
    /// Only messages before this one: the `next_before` of the page after.
    before: Option<MessageId>,
    /// 1–200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<usize>,
}

/// A page of threads.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ThreadList {
    /// Newest first; for a search, best first.
    items: Vec<Thread>,
    /// The cursor of the next page; null on the last one.
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

/// List the threads, or search them.
#[utoipa::path(
    get,
    operation_id = "list_threads",
    path = "/api/threads",
    tag = "threads",
    params(ThreadPage),
    responses(
        (status = 200, body = ThreadList),
        (status = 401, description = "`not_signed_in`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`invalid_request`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(api): State<Api>,
    signed_in: SignedIn,
    Query(page): Query<ThreadPage>,
) -> Result<Response, ApiError> {
    let owner = &signed_in.session.owner;
    let limit = paging::limit(page.limit, THREADS, 1..=THREADS_MAX)?;
    let cursor = page.cursor.as_deref();
    let turn = api.answers().turn(owner).await?;
    turn.json(&match page.q {
        Some(q) => found(&api, owner, &q, limit, cursor).await?,
        None => newest(&api, owner, limit, cursor).await?,
    })
}

async fn newest(
    api: &Api,
    owner: &OwnerId,
    limit: usize,
    cursor: Option<&str>,
) -> Result<ThreadList, ApiError> {
    let cursor = paging::cursor(cursor, |text| {
        let (updated_at, id) = text.split_once(' ')?;
        Some(Cursor {
            updated_at: updated_at.parse().ok()?,
            id: id.parse().ok()?,
        })
    })?;
    let threads = api.engine.list_threads(owner, limit + 1, cursor.as_ref());
    let mut items = threads.await?;
    let next_cursor = paging::cut(&mut items, limit, |last| {
        format!("{} {}", last.updated_at, last.id)
    });
    Ok(ThreadList { items, next_cursor })
}

async fn found(
    api: &Api,
    owner: &OwnerId,
    text: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<ThreadList, ApiError> {
    if is_blank(text) || text.chars().count() > QUERY_MAX_CHARS {
        return Err(ApiError::invalid("q: give 1 to 200 characters."));
    }
    let cursor = paging::cursor(cursor, |text| {
        let (score, id) = text.strip_prefix("found ")?.split_once(' ')?;
        Some(SearchCursor {
            score: score.parse().ok()?,
            id: id.parse().ok()?,
        })
    })?;
    let query = search::Query::parse(text);
    let found = api
        .engine
        .search_threads(owner, &query, limit + 1, cursor.as_ref());
    let mut found = found.await?;
    let next_cursor = paging::cut(&mut found, limit, |last| {
        let SearchCursor { score, id } = last.cursor();
        format!("found {score} {id}")
    });
    Ok(ThreadList {
        items: found.into_iter().map(|found| found.thread).collect(),
        next_cursor,
    })
}

/// Open a thread.
///
/// Returns the last messages, or those before a given one.
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
    let page = threads::Page {
        before: page.before,
        limit: paging::limit(page.limit, MESSAGES, 1..=MESSAGES_MAX)?,
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
/// Its live run is stopped.
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
