//! The life of a run: resuming, several readers, cancelling, the grace period.

use crate::support::{
    Events, Model, Reply, TestServer, client::problem, events::*, provider::delta,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[tokio::test]
async fn every_reader_gets_the_same_bytes_from_any_point() {
    let model = Model::new([Reply::text("one two three four five six seven")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut first = client.chat(json!({"message": "count"})).await;
    let events = first.rest().await;
    let run = events[0]["run_id"].as_str().unwrap();
    let whole = String::from_utf8(first.raw.clone()).unwrap();
    let last = first.last;
    for after in [None, Some(0), Some(1), Some(5), Some(last - 1)] {
        let response = client.follow(run, after).await;
        assert_eq!(response.status(), 200);
        let mut reader = Events::after(response, after.unwrap_or(0));
        let rest = reader.rest().await;
        assert_eq!(rest, events[after.unwrap_or(0) as usize..]);
        assert!(whole.ends_with(std::str::from_utf8(&reader.raw).unwrap()));
    }
    for after in [last, last + 1, u64::MAX] {
        assert_eq!(client.follow(run, Some(after)).await.status(), 204);
    }
    let request = client.request("GET", &format!("/api/runs/{run}/events"));
    let odd = client.run(request.header("last-event-id", "x")).await;
    problem(odd, 422, "invalid_request").await;
}

#[tokio::test]
async fn readers_reconnect_to_a_live_run() {
    let model = Model::new([Reply::Stall(vec![delta("one "), delta("two ")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut first = client.chat(json!({"message": "count"})).await;
    let begun = first.until("content_delta").await;
    let run = begun[0]["run_id"].as_str().unwrap().to_owned();
    let seen = first.last;
    drop(first);
    let mut back = Events::after(client.follow(&run, Some(seen)).await, seen);
    assert_eq!(back.next().await.unwrap()["delta"], "two ");
    let mut second = Events::of(client.follow(&run, None).await);
    second.until("content_delta").await;
    assert_eq!(
        client
            .post(&format!("/api/runs/{run}/cancel"), json!({}))
            .await
            .status(),
        204
    );
    for reader in [&mut back, &mut second] {
        assert_eq!(done(&reader.rest().await)["status"], "cancelled");
    }
}

#[tokio::test]
async fn cancelling_drops_the_provider_request_and_keeps_the_text() {
    let model = Model::new([Reply::Stall(vec![delta("What was said")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "go on"})).await;
    let begun = events.until("content_delta").await;
    let run = begun[0]["run_id"].as_str().unwrap();
    let asked = Instant::now();
    let path = format!("/api/runs/{run}/cancel");
    assert_eq!(client.post(&path, json!({})).await.status(), 204);
    let rest = events.rest().await;
    model.idle().await;
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(kinds(&rest), ["done"]);
    assert_eq!(done(&rest)["status"], "cancelled");
    assert_eq!(
        client.post(&path, json!({})).await.status(),
        204,
        "also when it has ended"
    );
    let thread = begun[0]["thread_id"].as_str().unwrap();
    let detail = client.json(&format!("/api/threads/{thread}")).await;
    assert_eq!(detail["messages"][1]["content"], "What was said");
    assert_eq!(detail["messages"][1]["status"], "cancelled");
}

#[tokio::test]
async fn cancels_runs_without_readers() {
    let model = Model::new([Reply::Stall(vec![delta("Anybody?")])]).await;
    let server = TestServer::with(&model, &[("RUN_GRACE", "1")]).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    let begun = events.until("content_delta").await;
    let read = tokio::time::timeout(Duration::from_millis(1500), events.next()).await;
    assert!(read.is_err(), "{read:?}");
    assert_eq!(model.open(), 1);
    drop(events);
    model.idle().await;
    let run = begun[0]["run_id"].as_str().unwrap();
    let rest = Events::of(client.follow(run, None).await).rest().await;
    assert_eq!(done(&rest)["status"], "cancelled");
}

#[tokio::test]
async fn a_quiet_stream_carries_comments() {
    let model = Model::new([Reply::Stall(vec![])]).await;
    let server = TestServer::with(&model, &[("RUN_GRACE", "1")]).await;
    let client = server.signed_in().await;
    let mut response = client.post("/api/chat", json!({"message": "hello"})).await;
    let mut text = String::new();
    while !text.contains("\n: \n\n") && !text.contains("\n\n: ") {
        let chunk = tokio::time::timeout(Duration::from_secs(10), response.chunk()).await;
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap().unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_strangers_run_does_not_exist() {
    let model = Model::new([Reply::Stall(vec![delta("secret")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    let run = events.until("content_delta").await[0]["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let stranger = server.signed_in().await;
    for run in [run.as_str(), "unknown", "a.b", "%20"] {
        problem(stranger.follow(run, None).await, 404, "run_not_found").await;
        let cancel = stranger
            .post(&format!("/api/runs/{run}/cancel"), json!({}))
            .await;
        problem(cancel, 404, "run_not_found").await;
    }
    assert_eq!(model.open(), 1, "and goes on");
}

#[tokio::test]
async fn signing_out_ends_runs_and_streams() {
    let model = Model::new([Reply::Stall(vec![delta("on and on")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    events.until("content_delta").await;
    assert_eq!(client.post("/api/logout", json!({})).await.status(), 204);
    model.idle().await;
    let rest: Vec<Value> = events.rest().await;
    assert!(rest.is_empty() || done(&rest)["status"] == "cancelled");
}

#[tokio::test]
async fn a_stalled_reader_delays_nobody() {
    let piece = "x".repeat(64 * 1024);
    let chunks: Vec<Value> = (0..100).map(|_| delta(&piece)).collect();
    let model = Model::new([Reply::Chunks(
        chunks
            .into_iter()
            .chain([crate::support::provider::finish("stop")])
            .collect(),
    )])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut stalled = client.chat(json!({"message": "much"})).await;
    let run = stalled.next().await.unwrap()["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let rest = Events::of(client.follow(&run, None).await).rest().await;
    assert_eq!(done(&rest)["status"], "completed");
    assert_eq!(text(&rest).len(), 6_400 * 1024);
    let late = stalled.rest().await;
    assert_eq!(
        text(&late).len(),
        6_400 * 1024,
        "and nothing is lost for it"
    );
}
