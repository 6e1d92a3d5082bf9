//! Servers that misbehave.

use super::{server::Respond, *};
use axum::{
    body::Body,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};
use futures_util::{StreamExt, future::join_all, stream};

fn json_text(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

fn result(id: Value, result: Value) -> Response {
    json_text(json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string())
}

fn text_result(text: &str) -> Value {
    json!({"resultType": "complete", "content": [{"type": "text", "text": text}]})
}

/// An event stream that begins with these messages and does not end.
fn endless_events(messages: Vec<Value>) -> Response {
    let events = messages
        .into_iter()
        .map(|message| format!("data: {message}\n\n"));
    let body = stream::iter(events).chain(stream::pending());
    let body = Body::from_stream(body.map(Ok::<_, std::io::Error>));
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

const ANSWERS: [(&str, Respond); 16] = [
    ("a redirect", |_| {
        Redirect::temporary("/elsewhere").into_response()
    }),
    ("401", |_| StatusCode::UNAUTHORIZED.into_response()),
    ("403", |_| StatusCode::FORBIDDEN.into_response()),
    ("500", |_| StatusCode::INTERNAL_SERVER_ERROR.into_response()),
    ("404", |_| StatusCode::NOT_FOUND.into_response()),
    ("202", |_| StatusCode::ACCEPTED.into_response()),
    ("a page", |_| {
        ([(CONTENT_TYPE, "text/html")], "<p>hello").into_response()
    }),
    ("no JSON", |_| json_text("{".to_owned())),
    ("nested too deeply", |_| json_text("[".repeat(100_000))),
    ("8 MiB", |id| result(id, text_result(&"x".repeat(8 << 20)))),
    ("100 MiB of unknown length", |_| {
        let piece = "x".repeat(64 * 1024);
        let pieces = stream::iter(vec![piece; 1600]).map(Ok::<_, std::io::Error>);
        let body = stream::iter([Ok("\"".to_owned())]).chain(pieces);
        let body = Body::from_stream(body);
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    }),
    ("half of it", |_| {
        let broken = Err(std::io::Error::other("closed"));
        let body = stream::iter([Ok("{\"jsonrpc\":"), broken]);
        (
            [(CONTENT_TYPE, "application/json")],
            Body::from_stream(body),
        )
            .into_response()
    }),
    ("another id", |_| {
        result(json!(987_654), text_result("forged"))
    }),
    ("a result of another kind", |id| {
        result(id, json!(["forged"]))
    }),
    ("byte by byte, without an end", |_| {
        let bytes = stream::repeat(" ").then(|byte| async move {
            // pause: it is the server that is slow
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, std::io::Error>(byte)
        });
        (
            [(CONTENT_TYPE, "application/json")],
            Body::from_stream(bytes),
        )
            .into_response()
    }),
    ("requests of its own", |_| {
        let sampling = json!({"messages": [], "maxTokens": 1});
        let form = json!({"mode": "form", "message": "?", "requestedSchema": {"type": "object",
            "properties": {}}});
        endless_events(vec![
            json!({"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": sampling}),
            json!({"jsonrpc": "2.0", "id": 2, "method": "elicitation/create", "params": form}),
            json!({"jsonrpc": "2.0", "id": 3, "method": "unknown/method"}),
        ])
    }),
];

/// The model reads an error within the time limit, and the next call works.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_an_outcome_and_the_next_call_works() {
    let cases = [false, true]
        .into_iter()
        .flat_map(|legacy| ANSWERS.iter().map(move |answer| (legacy, answer)));
    // Boxed, since all of them together do not fit on a stack.
    join_all(cases.map(|(legacy, answer)| Box::pin(survives(legacy, answer)))).await;
}

async fn survives(legacy: bool, (name, respond): &(&str, Respond)) {
    let server = TestServer::start().await;
    server.switches.legacy.store(legacy, Ordering::Relaxed);
    let mut spec = spec(&server.url);
    spec.timeout = Duration::from_secs(1);
    let servers = servers(spec);
    *server.switches.hostile.lock().unwrap() = Some(*respond);
    let failed = outcome(&servers, "write").await;
    assert!(failed.outcome.is_error, "{legacy} {name}: {failed:?}");
    let shown = json!(failed.outcome.result).to_string();
    assert!(!shown.contains("forged"), "{legacy} {name}: {shown}");
    eventually(
        &format!("{legacy} {name}: the next call works"),
        async || !outcome(&servers, "read").await.outcome.is_error,
    )
    .await;
    assert_eq!(server.switches.redirected.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_is_no_mcp_server_counts_as_away() {
    for respond in [
        || StatusCode::FORBIDDEN.into_response(),
        || StatusCode::NOT_FOUND.into_response(),
        || ([(CONTENT_TYPE, "text/html")], "<p>hello").into_response(),
        || json_text("{}".to_owned()),
    ] as [fn() -> Response; 4]
    {
        let router = axum::Router::new().fallback(move || async move { respond() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let _serving = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        }));
        assert_eq!(servers(spec(&url)).offer(&all()).await.away, ["shop"]);
    }
}

#[tokio::test]
async fn a_strange_list_is_offered_under_sound_and_different_names() {
    let server = TestServer::start().await;
    let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
    let long = "n".repeat(120);
    let names = [
        "read",
        "read",
        "a.b",
        "a_b",
        "a b",
        "",
        "pay\u{202e}",
        "pay\u{200b}",
        "ünï",
        "\n\n",
        "shop__read",
        long.as_str(),
    ];
    *server.switches.listed.lock().unwrap() = Some(names.map(tool).as_slice().into());
    let offer = servers(spec(&server.url)).offer(&all()).await;
    let mut offered: Vec<_> = offer
        .tools
        .iter()
        .map(|tool| tool.spec.name.as_str())
        .collect();
    for name in &offered {
        let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        assert!(name.len() <= 64 && name.bytes().all(is_sound), "{name}");
    }
    // One of the two `read` and the nameless one are left out.
    assert_eq!(offered.len(), names.len() - 2, "{offered:?}");
    offered.sort_unstable();
    offered.dedup();
    assert_eq!(offered.len(), names.len() - 2, "{offered:?}");
}

#[tokio::test]
async fn a_server_is_used_once_it_is_there() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let servers = servers(spec(&format!("http://{address}/mcp")));
    assert_eq!(servers.offer(&all()).await.away, ["shop"]);
    let _server = TestServer::start_on(&address).await;
    eventually("its tools are offered", async || {
        servers.offer(&all()).await.away.is_empty()
    })
    .await;
}
