//! Limits of the memory stores, and of output that is buffered for a slow reader.

use crate::{
    eventually::eventually,
    support::{Client, Events, Model, Raw, Reply, TestServer, client::problem, provider::*},
};
use serde_json::{Value, json};

fn large_answer() -> Reply {
    let mut chunks: Vec<Value> = (0..8).map(|_| delta(&"x".repeat(1_000_000))).collect();
    chunks.push(finish("stop"));
    Reply::Chunks(chunks)
}

fn cookie(client: &Client) -> String {
    let name = "__Host-so_session";
    format!("cookie: {name}={}", client.cookie(name).unwrap())
}

/// Sends a `GET` and reads only the head of the response.
async fn unread(server: &TestServer, client: &Client, path: &str) -> (Raw, String) {
    let mut raw = Raw::with_small_buffer(server.address).await;
    let cookie = cookie(client);
    raw.send(&format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\n{cookie}\r\n\r\n"
    ))
    .await;
    let head = raw.head().await;
    (raw, head)
}

/// A visitor with a thread of 8 MB.
async fn with_a_large_thread(server: &TestServer) -> (Client, String) {
    let client = server.signed_in().await;
    client.ask("Say a lot").await;
    let threads = client.json("/api/threads").await;
    let id = threads["items"][0]["id"].as_str().unwrap();
    (client, format!("/api/threads/{id}"))
}

#[tokio::test]
async fn an_owner_has_8_mib_of_unread_answers() {
    let server = TestServer::start(&Model::new([large_answer()]).await).await;
    let (client, thread) = with_a_large_thread(&server).await;
    let other = server.signed_in().await;
    let (_first, head) = unread(&server, &client, &thread).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    for _ in 0..5 {
        let (_, head) = unread(&server, &client, &thread).await;
        assert!(head.starts_with("http/1.1 429"), "{head}");
        assert!(head.contains("retry-after: "), "{head}");
    }
    assert_eq!(other.get("/api/threads").await.status(), 200);
}

#[tokio::test]
async fn an_owner_has_512_event_streams() {
    let model = Model::new([Reply::Stall(vec![delta("Hello")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let (stalls, other) = (json!({"message": "Say"}), server.signed_in().await);
    let mut live = Events::of(client.post("/api/chat", stalls.clone()).await);
    let seen = live.until("content_delta").await;
    let run = seen[0]["run_id"].as_str().unwrap();
    let mut readers = Vec::new();
    let refused = loop {
        let reader = client.follow(run, None).await;
        if reader.status() != 200 {
            break reader;
        }
        readers.push(reader);
        assert!(readers.len() < 600, "it has a limit");
    };
    assert_eq!(readers.len(), 511);
    problem(refused, 429, "rate_limited").await;
    let refused = client.post("/api/chat", stalls.clone()).await;
    problem(refused, 429, "rate_limited").await;
    assert_eq!(other.post("/api/chat", stalls).await.status(), 200);
    // The server finds out that nobody reads them any more.
    drop(readers);
    let is_free = async || client.follow(run, None).await.status() == 200;
    eventually("another stream", is_free).await;
    let threads = client.json("/api/threads").await;
    let threads = threads["items"].as_array().unwrap();
    assert_eq!(threads.len(), 1, "nothing of what was refused is stored");
}

#[tokio::test]
async fn an_owner_has_one_export_at_a_time() {
    let server = TestServer::start(&Model::new([large_answer()]).await).await;
    let (client, _) = with_a_large_thread(&server).await;
    let (first, head) = unread(&server, &client, "/api/me/export").await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let refused = client.get("/api/me/export").await;
    assert!(refused.headers().contains_key("retry-after"));
    problem(refused, 429, "rate_limited").await;
    let other = server.signed_in().await;
    assert_eq!(other.get("/api/me/export").await.status(), 200);
    // The server notices that the first client has left.
    drop(first);
    let is_free = async || client.get("/api/me/export").await.status() == 200;
    eventually("another export", is_free).await;
}

#[tokio::test]
async fn a_repeat_whose_log_was_dropped_starts_nothing() {
    let model = Model::new([large_answer()]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let first = || {
        let request = client.request("POST", "/api/chat");
        let request = request.header("idempotency-key", "first");
        client.run(request.json(&json!({"message": "Say a lot"})))
    };
    let answer = Events::of(first().await).rest().await;
    let again = Events::of(first().await).rest().await;
    assert_eq!(answer, again, "a repeat reads the same run");
    // Two logs of 8 MB exceed the owner's limit.
    client.ask("Say more").await;
    problem(first().await, 404, "run_not_found").await;
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn full_memory_refuses_only_what_would_add() {
    let model = Model::new([large_answer()]).await;
    let server = TestServer::with(&model, &[("MEMORY_LIMIT", "64")]).await;
    let visitors = [server.signed_in().await, server.signed_in().await];
    // No answer is cut off before the limit, and none is lost.
    let mut answers = 0;
    let refused = loop {
        let client = &visitors[answers % visitors.len()];
        let response = client
            .post("/api/chat", json!({"message": "Say a lot"}))
            .await;
        if response.status() != 200 {
            break response;
        }
        let events = Events::of(response).rest().await;
        assert_eq!(events.last().unwrap()["status"], "completed");
        answers += 1;
        assert!(answers < 12, "it has a limit");
    };
    assert!(answers >= 6, "{answers}");
    problem(refused, 503, "overloaded").await;
    let [first, second] = &visitors;
    problem(
        first.post("/api/mcp-tokens", json!({})).await,
        503,
        "overloaded",
    )
    .await;

    let newcomer = server.signed_in().await;
    let refused = newcomer
        .post("/api/chat", json!({"message": "Hello"}))
        .await;
    problem(refused, 503, "overloaded").await;
    let kept: usize = {
        let mut kept = 0;
        for client in &visitors {
            kept += client.json("/api/threads").await["items"]
                .as_array()
                .unwrap()
                .len();
        }
        kept
    };
    assert_eq!(kept, answers, "nothing of what was refused is stored");
    assert_eq!(second.post("/api/logout", json!({})).await.status(), 204);
    // The freed memory can be used.
    newcomer.ask("Hello").await;
}
