//! Shutdown: runs end with an event, and the process stops in time.

use crate::support::{Model, Reply, TestServer, client::problem, events::*, provider::delta};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn live_runs_end_with_shutting_down() {
    let model = Model::new([Reply::Stall(vec![delta("What was said")])]).await;
    let mut server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    events.until("content_delta").await;
    let asked = Instant::now();
    server.stop.cancel();
    let rest = events.rest().await;
    assert_eq!(kinds(&rest), ["error", "done"]);
    assert_eq!(rest[0]["code"], "shutting_down");
    assert_eq!(done(&rest)["status"], "failed");
    model.idle().await;
    server.serving.take().unwrap().await.unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
}

#[tokio::test]
async fn a_stalled_reader_does_not_delay_shutdown() {
    let chunks = vec![delta(&"x".repeat(256 * 1024)); 30];
    let model = Model::new([Reply::Stall(chunks)]).await;
    let mut server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let stalled = client.post("/api/chat", json!({"message": "much"})).await;
    let serving = server.serving.take().unwrap();
    server.stop.cancel();
    tokio::time::timeout(Duration::from_secs(15), serving)
        .await
        .expect("in 15 s")
        .unwrap();
    drop(stalled);
}

#[tokio::test]
async fn new_runs_are_refused_meanwhile() {
    let model = Model::new([Reply::text("ok")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let chat = client.post("/api/chat", json!({"message": "hello"})).await;
    assert_eq!(chat.status(), 200);
    server.stop.cancel();
    // The listener may close first; either way the request is refused.
    let request = client
        .request("POST", "/api/chat")
        .json(&json!({"message": "hello"}));
    if let Ok(response) = request.send().await {
        assert!(response.headers().contains_key("retry-after"));
        problem(response, 503, "shutting_down").await;
    }
}
