//! A scripted model that records its requests.

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::watch};

#[derive(Clone)]
pub enum Reply {
    /// These chunks, then `[DONE]`.
    Chunks(Vec<Value>),
    /// These chunks, then silence.
    Stall(Vec<Value>),
    /// These chunks, then the body ends.
    Cut(Vec<Value>),
    /// A status with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
}

impl Reply {
    /// A text answer, with one chunk per word.
    pub fn text(text: &str) -> Self {
        let mut chunks: Vec<Value> = text.split_inclusive(' ').map(delta).collect();
        chunks.push(finish("stop"));
        Self::Chunks(chunks)
    }

    /// Calls, each in one chunk; `arguments` is sent as it is.
    pub fn calls(calls: &[(&str, &str)]) -> Self {
        Self::text_and_calls("", calls)
    }

    /// Text, then calls.
    pub fn text_and_calls(text: &str, calls: &[(&str, &str)]) -> Self {
        let mut chunks = Vec::new();
        if !text.is_empty() {
            chunks.push(delta(text));
        }
        for (index, (name, arguments)) in calls.iter().enumerate() {
            chunks.push(json!({"choices": [{"index": 0, "delta": {"tool_calls": [{
                "index": index, "id": format!("call_{index}"), "type": "function",
                "function": {"name": name, "arguments": arguments},
            }]}}]}));
        }
        chunks.push(finish("tool_calls"));
        Self::Chunks(chunks)
    }

    /// The same, with token counts at the end.
    pub fn with_usage(self, input: u64, output: u64) -> Self {
        match self {
            Self::Chunks(mut chunks) => {
                chunks.push(json!({"choices": [], "usage": {
                    "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
                }}));
                Self::Chunks(chunks)
            }
            other => other,
        }
    }

    pub fn error(status: u16, message: &str) -> Self {
        let body = json!({"error": {"message": message, "type": "error", "code": null}});
        Self::Status(
            status,
            vec![("content-type", "application/json".to_owned())],
            body.to_string(),
        )
    }
}

/// A chunk of text.
pub fn delta(text: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}}]})
}

/// The chunk that ends an answer.
pub fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

struct Inner {
    replies: Mutex<VecDeque<Reply>>,
    otherwise: Reply,
    requests: Mutex<Vec<Value>>,
    open: watch::Sender<usize>,
}

#[derive(Clone)]
pub struct Model {
    pub url: String,
    inner: Arc<Inner>,
}

impl Model {
    /// Answers the first requests with `replies`, and all later ones with the last of them.
    pub async fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let otherwise = if replies.len() == 1 {
            replies.pop_front()
        } else {
            replies.back().cloned()
        };
        let inner = Arc::new(Inner {
            replies: Mutex::new(replies),
            otherwise: otherwise.unwrap_or_else(|| Reply::text("Hello there.")),
            requests: Mutex::default(),
            open: watch::channel(0).0,
        });
        let router = Router::new()
            .route("/v1/models", get(models))
            .route("/v1/chat/completions", post(complete))
            .with_state(Arc::clone(&inner));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    /// The bodies of all requests so far.
    pub fn requests(&self) -> Vec<Value> {
        self.inner.requests.lock().unwrap().clone()
    }

    /// Resolves when no answer is being sent.
    pub async fn idle(&self) {
        let mut open = self.inner.open.subscribe();
        let idle = open.wait_for(|open| *open == 0);
        tokio::time::timeout(std::time::Duration::from_secs(10), idle)
            .await
            .unwrap()
            .unwrap();
    }

    /// Number of answers being sent.
    pub fn open(&self) -> usize {
        *self.inner.open.borrow()
    }
}

async fn models(headers: HeaderMap) -> Response {
    match headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
    {
        Some("Bearer sk-bad") | None => (
            StatusCode::UNAUTHORIZED,
            Json(json!({"error": {"message": "bad key"}})),
        )
            .into_response(),
        Some(_) => {
            Json(json!({"data": [{"id": "test-model"}, {"id": "other-model"}]})).into_response()
        }
    }
}

async fn complete(State(inner): State<Arc<Inner>>, Json(request): Json<Value>) -> Response {
    inner.requests.lock().unwrap().push(request);
    let reply = inner.replies.lock().unwrap().pop_front();
    let (chunks, end) = match reply.unwrap_or_else(|| inner.otherwise.clone()) {
        Reply::Status(status, headers, body) => {
            let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            return response;
        }
        Reply::Chunks(chunks) => (chunks, Some("data: [DONE]\n\n")),
        Reply::Cut(chunks) => (chunks, None),
        Reply::Stall(chunks) => {
            return sse(&inner, lines(chunks).chain(stream::pending()));
        }
    };
    let end = stream::iter(end.map(|text| Ok(Bytes::from_static(text.as_bytes()))));
    sse(&inner, lines(chunks).chain(end))
}

type Line = Result<Bytes, Infallible>;

fn lines(chunks: Vec<Value>) -> impl Stream<Item = Line> + Send + 'static {
    stream::iter(chunks).map(|chunk| Ok(Bytes::from(format!("data: {chunk}\n\n"))))
}

fn sse(inner: &Arc<Inner>, lines: impl Stream<Item = Line> + Send + 'static) -> Response {
    let guard = Open::new(Arc::clone(inner));
    let lines = lines.inspect(move |_| {
        let _alive = &guard;
    });
    (
        [("content-type", "text/event-stream")],
        Body::from_stream(lines),
    )
        .into_response()
}

/// Counts an answer as open until its body is dropped.
struct Open(Arc<Inner>);

impl Open {
    fn new(inner: Arc<Inner>) -> Self {
        inner.open.send_modify(|open| *open += 1);
        Self(inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}
