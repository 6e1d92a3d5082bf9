//! The provider over real sockets, against a server that answers exact bytes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod calls;
mod classify;
mod cuts;
mod ends;
mod failures;
mod forms;
mod lenient;
mod linear;
mod list;
mod network;
mod requests;
mod responses;
mod safety;
mod sse;
mod tls;
mod wire_error;

use super::{answer::Answer, form::Protocol, transport::Body, *};
use crate::domain::{ApiKey, ToolSpec};
use futures_util::StreamExt;
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    /// Repeats this until nothing is read for half a second, then reports how much was sent.
    Flood(Vec<u8>),
    /// Keeps the connection open until the client leaves, then reports.
    Hold,
    Again,
}

#[derive(Debug)]
enum Seen {
    Request { head: String, body: String },
    Flooded(usize),
    ClientLeft,
}

struct Mock {
    url: String,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl Mock {
    /// A server that plays one script per connection, in order, and then refuses connections.
    async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (report, seen) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(play(socket, script, report.clone()));
            }
        });
        Self { url, seen }
    }

    fn provider(&self) -> Provider {
        self.provider_by(Api::Auto)
    }

    fn provider_by(&self, api: Api) -> Provider {
        let mut options = ProviderOptions::new(&self.url);
        options.api = api;
        Provider::new(options).unwrap()
    }

    async fn seen(&mut self) -> Seen {
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, self.seen.recv())
            .await
            .expect("the server saw nothing")
            .expect("the server is gone")
    }

    async fn request(&mut self) -> (String, String) {
        match self.seen().await {
            Seen::Request { head, body } => (head, body),
            other => panic!("no request but {other:?}"),
        }
    }

    fn requests(&mut self) -> usize {
        std::iter::from_fn(|| self.seen.try_recv().ok())
            .filter(|seen| matches!(seen, Seen::Request { .. }))
            .count()
    }
}

async fn play(mut socket: TcpStream, script: Vec<Step>, report: mpsc::UnboundedSender<Seen>) {
    if !read_request(&mut socket, &report).await {
        return;
    }
    for step in script {
        match step {
            Step::Send(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    let _ = report.send(Seen::ClientLeft);
                    return;
                }
            }
            Step::Flood(bytes) => {
                let mut taken = 0;
                let still = Duration::from_millis(500);
                while let Ok(Ok(())) = tokio::time::timeout(still, socket.write_all(&bytes)).await {
                    taken += bytes.len();
                }
                let _ = report.send(Seen::Flooded(taken));
            }
            Step::Hold => {
                let mut rest = [0; 64];
                while matches!(socket.read(&mut rest).await, Ok(read) if read > 0) {}
                let _ = report.send(Seen::ClientLeft);
            }
            Step::Again => {
                if !read_request(&mut socket, &report).await {
                    return;
                }
            }
        }
    }
}

/// Reads one request, by its Content-Length; `false` if the client has left.
async fn read_request(
    socket: &mut (impl AsyncRead + Unpin),
    report: &mpsc::UnboundedSender<Seen>,
) -> bool {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_lowercase()
                .split_once("content-length: ")
                .map_or(0, |(_, rest)| {
                    rest.lines().next().unwrap_or("0").parse().unwrap_or(0)
                });
            if body.len() >= length {
                let (head, body) = (head.to_owned(), body.to_owned());
                let _ = report.send(Seen::Request { head, body });
                return true;
            }
        }
        match socket.read(&mut piece).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&piece[..read]),
            _ => return false,
        }
    }
}

/// A response that ends with the connection.
fn ok(content_type: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

fn sse(body: impl AsRef<[u8]>) -> Vec<u8> {
    ok("text/event-stream", body)
}

fn refusal(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    vec![Step::Send([head.as_bytes(), body.as_bytes()].concat())]
}

/// `body` as one chunk. Without [`LAST_CHUNK`] the connection is cut.
fn chunked(body: &str) -> Vec<u8> {
    format!("{:x}\r\n{body}\r\n", body.len()).into_bytes()
}

const CHUNKED_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

const HI: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n\
    data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn key() -> ApiKey {
    "sk-test-7".parse().unwrap()
}

fn request() -> ModelRequest {
    ModelRequest {
        model: "m".parse().unwrap(),
        effort: None,
        system: "s".into(),
        messages: vec![ModelMessage::User("hello".into())],
        tools: vec![],
    }
}

fn request_with_tools() -> ModelRequest {
    ModelRequest {
        tools: vec![ToolSpec {
            name: "save_note".into(),
            description: "Saves a note.".into(),
            parameters: serde_json::json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "type": "object",
                "additionalProperties": false,
                "properties": {"title": {"type": "string", "format": "title"}},
            }),
        }],
        ..request()
    }
}

/// An answer in one line: its text, its calls, and how it ended.
async fn summary(mut stream: ModelStream) -> String {
    let mut said = String::new();
    while let Some(events) = stream.next().await {
        add(&mut said, events);
    }
    said
}

/// The same for an answer in pieces, without a connection.
async fn read_pieces(protocol: Protocol, pieces: Vec<Vec<u8>>) -> String {
    let pieces = pieces.into_iter().map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    let options = ProviderOptions::new("http://localhost/v1");
    let response = http::Response::new(body).into();
    let body = Body::new(response, &options, tokio::time::Instant::now());
    let offered = ["save_note", "list_titles"].map(str::to_owned).to_vec();
    let mut answer = Answer::new(body, protocol, offered);
    let mut said = String::new();
    while let Some(events) = answer.next().await {
        add(&mut said, events);
    }
    said
}

/// Adds events to a summary: text as it is, thoughts in brackets, calls as `<name arguments>`.
fn add(said: &mut String, events: Result<Vec<ModelEvent>, ProviderError>) {
    match events {
        Ok(events) => events.into_iter().for_each(|event| add_event(said, event)),
        Err(error) => said.push_str(&format!(" !{:?}", error.kind)),
    }
}

fn add_event(said: &mut String, event: ModelEvent) {
    match event {
        ModelEvent::Text(text) => said.push_str(&text),
        ModelEvent::Reasoning(text) => {
            // Joins the pieces of a thought.
            match said.strip_suffix(']') {
                Some(before) => *said = format!("{before}{text}]"),
                None => said.push_str(&format!("[{text}]")),
            }
        }
        ModelEvent::TextWasReasoning => *said = format!("[{said}]"),
        ModelEvent::WithoutTools => said.push_str("(without tools) "),
        ModelEvent::ToolCall(call) => {
            said.push_str(&format!(" <{} {}>", call.name, call.arguments));
        }
        ModelEvent::End(AnswerEnd { reason, usage, .. }) => {
            said.push_str(&format!(" {reason:?}"));
            if let Some(usage) = usage {
                said.push_str(&format!(" {}+{}", usage.input_tokens, usage.output_tokens));
            }
        }
    }
}

async fn read(answer: Vec<u8>) -> String {
    let mock = Mock::start(vec![vec![Step::Send(answer)]]).await;
    summary(mock.provider().stream(&key(), request())).await
}
