//! A provider that answers by a test's rule, byte for byte, and records its requests.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Step {
    Send(String),
    /// The pause under test.
    Pause {
        pause_s: f64,
    },
    /// Silence until the client leaves.
    Hold {},
}

#[derive(Debug, Clone)]
pub enum Answer {
    Stream(Vec<Step>),
    /// A status, the type of its body, and the body.
    Whole(u16, String, String),
}

impl Answer {
    /// A complete answer of Chat Completions.
    pub fn text(text: &str) -> Self {
        Self::chat(&[json!({"content": text})], "stop")
    }

    /// An answer with one call.
    pub fn call(tool: &str, arguments: &str) -> Self {
        let call = json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": tool, "arguments": arguments}});
        Self::chat(&[json!({"tool_calls": [call]})], "tool_calls")
    }

    /// A streamed answer with these deltas.
    pub fn chat(deltas: &[Value], finish: &str) -> Self {
        let chunk = |delta: &Value, finish: Value| {
            let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
            Step::Send(format!("data: {}\n\n", json!({"choices": [choice]})))
        };
        let mut steps: Vec<Step> = deltas
            .iter()
            .map(|delta| chunk(delta, Value::Null))
            .collect();
        steps.push(chunk(&json!({}), json!(finish)));
        steps.push(Step::Send("data: [DONE]\n\n".to_owned()));
        Self::Stream(steps)
    }

    /// A complete answer of the Responses API.
    pub fn response(text: &str) -> Self {
        let events = [
            json!({"type": "response.output_text.delta", "delta": text}),
            json!({"type": "response.completed", "response": {"status": "completed"}}),
        ];
        let sent = |event: &Value| Step::Send(format!("data: {event}\n\n"));
        Self::Stream(events.iter().map(sent).collect())
    }

    /// A JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Whole(status, "application/json".to_owned(), body.to_string())
    }

    /// The list of models of a provider that accepts every key.
    pub fn models() -> Self {
        Self::json(200, &json!({"data": [{"id": "test-model"}]}))
    }
}

/// A request: its path without `/v1`, and its body or null.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub body: Value,
}

type Rule = dyn Fn(&Asked, usize) -> Answer + Send + Sync;

#[derive(Clone)]
pub struct RuledProvider {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    rule: Box<Rule>,
    asked: Mutex<Vec<Asked>>,
}

impl RuledProvider {
    /// Answers with `rule` of the request and the number of earlier ones, not counting requests for
    /// the list of models.
    pub async fn start(
        rule: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> RuledProvider {
        let inner = Arc::new(Inner {
            rule: Box::new(rule),
            asked: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner }
    }

    /// The requests for answers so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.inner.asked.lock().unwrap().clone()
    }
}

async fn answer(State(inner): State<Arc<Inner>>, uri: Uri, body: Bytes) -> Response {
    let asked = Asked {
        path: uri.path().trim_start_matches("/v1").to_owned(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let number = {
        let mut all = inner.asked.lock().unwrap();
        let number = all.len();
        // An empty request checks a key.
        if asked.path != "/models" && asked.body != json!({}) {
            all.push(asked.clone());
        }
        number
    };
    match (inner.rule)(&asked, number) {
        Answer::Stream(steps) => {
            let body = stream::unfold(steps.into_iter(), next);
            (
                [(CONTENT_TYPE, "text/event-stream")],
                Body::from_stream(body),
            )
                .into_response()
        }
        Answer::Whole(status, content_type, body) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(CONTENT_TYPE, content_type)], body).into_response()
        }
    }
}

async fn next(
    mut steps: std::vec::IntoIter<Step>,
) -> Option<(Result<Bytes, Infallible>, std::vec::IntoIter<Step>)> {
    loop {
        match steps.next()? {
            Step::Send(text) => return Some((Ok(Bytes::from(text)), steps)),
            Step::Pause { pause_s } => {
                // pause: the provider's, under test
                tokio::time::sleep(Duration::from_secs_f64(pause_s)).await;
            }
            Step::Hold {} => std::future::pending().await,
        }
    }
}
