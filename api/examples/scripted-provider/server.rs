//! The routes: models, answers, and the record of requests.

use super::{
    conversation::ChatRequest,
    dialect::{Dialect, Shape},
    directives::{Directives, Fault},
    manner::{Api, Manner},
    player::{Writer, play},
    responses::{Responses, as_chat},
    script::{Reply, reply},
    seen::{Seen, SeenRequest},
    shop::split_page,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Clones share the state.
#[derive(Debug, Clone)]
pub(crate) struct Standin {
    pace: Duration,
    seen: Seen,
    answers: Arc<AtomicUsize>,
    /// Messages that were refused once, as requested.
    refused_once: Arc<Mutex<HashSet<String>>>,
}

impl Standin {
    /// `pace` is the pause between two words.
    pub(crate) fn new(pace: Duration) -> Self {
        Self {
            pace,
            seen: Seen::default(),
            answers: Arc::default(),
            refused_once: Arc::default(),
        }
    }

    /// True the first time, the third, the fifth.
    fn refuses_now(&self, message: String) -> bool {
        let mut refused = self
            .refused_once
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if refused.remove(&message) {
            false
        } else {
            refused.insert(message)
        }
    }
}

pub(crate) fn router(standin: Standin) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(chat))
        .route("/v1/responses", post(responses))
        .route("/_seen", get(seen))
        .with_state(standin)
}

async fn seen(State(standin): State<Standin>) -> Json<Value> {
    Json(standin.seen.to_json())
}

async fn models(State(standin): State<Standin>, headers: HeaderMap) -> Response {
    standin.seen.listed_models();
    if key_kind(&headers) == REFUSED {
        return bad_key();
    }
    let model =
        |id: &str| json!({"id": id, "object": "model", "created": 0, "owned_by": "scripted"});
    Json(json!({"object": "list", "data": [model("scripted-1"), model("scripted-2")]}))
        .into_response()
}

async fn chat(State(standin): State<Standin>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&standin, &headers, &body, Api::Chat)
}

async fn responses(State(standin): State<Standin>, headers: HeaderMap, body: Bytes) -> Response {
    answer(&standin, &headers, &body, Api::Responses)
}

fn answer(standin: &Standin, headers: &HeaderMap, body: &[u8], api: Api) -> Response {
    let parsed = serde_json::from_slice::<Value>(body).and_then(|body| {
        let request = match api {
            Api::Chat => serde_json::from_value::<ChatRequest>(body.clone())?,
            Api::Responses => serde_json::from_value::<ChatRequest>(as_chat(&body))?,
        };
        Ok((body, request))
    });
    let (body, request) = match parsed {
        Ok(parsed) => parsed,
        Err(fault) => {
            return error(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "invalid_json",
                &fault.to_string(),
            );
        }
    };
    let manner = Manner::of(&request.model);
    let last_user = request.last_user();
    let key = key_kind(headers);
    let (directives, said) = Directives::split(&last_user);
    let (said, page) = split_page(&said);
    let refusal = if key == REFUSED {
        Some(bad_key())
    } else if let Some((status, body)) = manner.refusal(api, &body) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Some((status, Json(body)).into_response())
    } else {
        refusal(standin, &request, &directives, &last_user)
    };
    let number = standin.seen.add(SeenRequest {
        model: request.model.clone(),
        messages: request.messages.len(),
        tools: request.tools(),
        last_user,
        key,
        status: refusal
            .as_ref()
            .map_or(200, |refusal| refusal.status().as_u16()),
        chunks_sent: 0,
        complete: refusal.is_some(),
        disconnected: false,
    });
    if let Some(refusal) = refusal {
        return refusal;
    }
    let reply = reply(&request, &directives, &said, &page);
    let pace = directives.pace.unwrap_or(if directives.chunks.is_some() {
        Duration::ZERO
    } else {
        standin.pace
    });
    let shape = directives.shape.unwrap_or(manner.shape());
    let thinks = manner.thinks() || directives.thinks || said.to_lowercase().contains("joke");
    let id = format!(
        "scripted-{}",
        standin.answers.fetch_add(1, Ordering::Relaxed)
    );
    let model = request.model.clone();
    let usage =
        (request.wants_usage() && !directives.no_usage).then(|| (request.tokens(), tokens(&reply)));
    let writer = match api {
        Api::Chat => Writer::Chat(Dialect {
            shape,
            id,
            model,
            usage,
            thinks,
        }),
        Api::Responses => {
            let is_sparse = manner == Manner::LlamaCpp;
            Writer::Responses(Responses::new(id, model, usage, thinks, is_sparse))
        }
    };
    let mut stream = standin.seen.open(number);
    if directives.fault == Some(Fault::Html) {
        stream.complete();
        return (
            [(header::CONTENT_TYPE, "text/html")],
            "<!doctype html><title>Welcome</title>",
        )
            .into_response();
    }
    if !request.stream || shape == Shape::Json {
        stream.complete();
        let document = writer.document(&reply);
        return ([(header::CONTENT_TYPE, "application/json")], document).into_response();
    }
    let body = play(&reply, writer, &directives, pace, stream);
    (
        [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        body,
    )
        .into_response()
}

/// The refusal that the message requests, or that the request deserves.
fn refusal(
    standin: &Standin,
    request: &ChatRequest,
    directives: &Directives,
    message: &str,
) -> Option<Response> {
    if request.model.starts_with("missing-") {
        let text = format!("The model `{}` does not exist.", request.model);
        return Some(error(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            "model_not_found",
            &text,
        ));
    }
    match directives.fault.as_ref()? {
        Fault::Status(status) => Some(refused(*status)),
        Fault::Once(status) if standin.refuses_now(message.to_owned()) => {
            let mut refusal = refused(*status);
            if *status == 429 {
                refusal
                    .headers_mut()
                    .insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
            }
            Some(refusal)
        }
        Fault::Quota => {
            let text =
                "You exceeded your current quota, please check your plan and billing details.";
            Some(error(
                StatusCode::TOO_MANY_REQUESTS,
                "insufficient_quota",
                "insufficient_quota",
                text,
            ))
        }
        Fault::Context(most) if request.messages.len() > *most => {
            let text = "This model's maximum context length is shorter than this conversation.";
            Some(error(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                "context_length_exceeded",
                text,
            ))
        }
        _ => None,
    }
}

fn refused(status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, code) = match status.as_u16() {
        401 => ("invalid_request_error", "invalid_api_key"),
        404 => ("invalid_request_error", "model_not_found"),
        429 => ("requests", "rate_limit_exceeded"),
        400..=499 => ("invalid_request_error", "refused_as_asked"),
        _ => ("server_error", "failed_as_asked"),
    };
    error(status, kind, code, "Refused, as the message asked.")
}

fn error(status: StatusCode, kind: &str, code: &str, message: &str) -> Response {
    let body = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    (status, Json(body)).into_response()
}

fn bad_key() -> Response {
    error(
        StatusCode::UNAUTHORIZED,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided.",
    )
}

const REFUSED: &str = "refused";

fn key_kind(headers: &HeaderMap) -> &'static str {
    let header = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    match header.and_then(|header| header.strip_prefix("Bearer ")) {
        Some("sk-demo") => "demo",
        Some(key) if key.starts_with("sk-test-") => "test",
        _ => REFUSED,
    }
}

fn tokens(reply: &Reply) -> usize {
    let calls: usize = reply
        .calls
        .iter()
        .map(|call| call.tool.len() + call.arguments.len())
        .sum();
    (reply.text.len() + calls).div_ceil(4)
}
