//! Servers that misbehave.

use super::*;
use axum::{
    Json,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};

#[tokio::test]
async fn what_is_no_mcp_server_counts_as_away() {
    for respond in [
        || StatusCode::FORBIDDEN.into_response(),
        || StatusCode::NOT_FOUND.into_response(),
        || ([(CONTENT_TYPE, "text/html")], "<p>hello").into_response(),
        || Json(json!({})).into_response(),
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
