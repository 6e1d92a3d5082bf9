//! `POST /api/chat`: requests and successful runs.

use crate::support::{Events, Model, Reply, TestServer, client::problem, events::*};
use serde_json::{Value, json};

#[tokio::test]
async fn streams_the_events_of_an_answer() {
    let model = Model::new([Reply::text("Hello there, friend.").with_usage(11, 5)]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let response = client.post("/api/chat", json!({"message": "Hi"})).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let events = Events::of(response).rest().await;
    assert_eq!(
        kinds(&events),
        ["user_message", "agent_updated", "content_delta", "done"]
    );
    let first = &events[0];
    for id in [
        &first["run_id"],
        &first["thread_id"],
        &first["message"]["id"],
    ] {
        assert!((1..=64).contains(&id.as_str().unwrap().len()));
    }
    assert_eq!(first["message"]["role"], "user");
    assert_eq!(first["message"]["content"], "Hi");
    assert!(
        first["message"]["created_at"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    assert_eq!(events[1]["agent"], "concierge");
    assert_eq!(text(&events), "Hello there, friend.");
    let done = done(&events);
    assert_eq!(done["status"], "completed");
    assert_eq!(done["truncated"], false);
    assert_eq!(
        done["usage"],
        json!({"input_tokens": 11, "output_tokens": 5})
    );
    let request = &model.requests()[0];
    assert_eq!(request["model"], "test-model");
    assert_eq!(request["stream"], true);
    assert_eq!(request["messages"][0]["role"], "system");
    assert_eq!(
        request["messages"][1],
        json!({"role": "user", "content": "Hi"})
    );
    let tools: Vec<&str> = request["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(tools, ["handoff_to_archivist"]);
}

#[tokio::test]
async fn refuses_in_the_contracts_order() {
    let model = Model::new([]).await;
    let server = TestServer::start(&model).await;
    let stranger = server.client();
    let body = json!({"message": "Hi"});
    problem(
        stranger.post("/api/chat", body.clone()).await,
        401,
        "not_signed_in",
    )
    .await;
    let keyless = server.client();
    keyless.sign_in().await;
    problem(
        keyless.post("/api/chat", body.clone()).await,
        403,
        "api_key_required",
    )
    .await;
    let client = server.signed_in().await;
    let wide = "ä".repeat(16 * 1024);
    let rows: Vec<(Value, u16, &str)> = vec![
        (json!({"message": ""}), 422, "invalid_request"),
        (json!({"message": " \n\t\u{2003}"}), 422, "invalid_request"),
        (
            json!({"message": "\u{200b}\u{2800}\u{7}"}),
            422,
            "invalid_request",
        ),
        (json!({}), 422, "invalid_request"),
        (json!({"message": 7}), 422, "invalid_request"),
        (
            json!({"message": "x", "model": "y"}),
            422,
            "invalid_request",
        ),
        (
            json!({"message": "x", "thread_id": "nope"}),
            404,
            "thread_not_found",
        ),
        (
            json!({"message": "x", "replace_from": "nope"}),
            422,
            "invalid_request",
        ),
        (
            json!({"message": format!("{wide}x")}),
            413,
            "payload_too_large",
        ),
        (
            json!({"message": "x".repeat(70 * 1024)}),
            413,
            "payload_too_large",
        ),
    ];
    for (body, status, code) in rows {
        problem(client.post("/api/chat", body).await, status, code).await;
    }
    let request = client
        .request("POST", "/api/chat")
        .body("{\"message\":\"x\"}");
    problem(client.run(request).await, 415, "unsupported_media_type").await;
    let request = client
        .request("POST", "/api/chat")
        .header("content-type", "application/json")
        .body("{");
    problem(client.run(request).await, 400, "malformed_json").await;
    assert!(model.requests().is_empty());
    assert_eq!(
        client.json("/api/threads").await["items"],
        json!([]),
        "nothing was stored"
    );
    let events = client.ask(&wide).await;
    assert_eq!(done(&events)["status"], "completed", "32 KiB are allowed");
}

#[tokio::test]
async fn continues_a_thread_with_its_history() {
    let model = Model::new([Reply::text("First."), Reply::text("Second.")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let events = client.ask("One").await;
    let thread = events[0]["thread_id"].clone();
    let events = client
        .chat(json!({"message": "Two", "thread_id": thread}))
        .await
        .rest()
        .await;
    assert_eq!(events[0]["thread_id"], thread);
    let messages = model.requests()[1]["messages"].as_array().unwrap()[1..].to_vec();
    let said: Vec<(&str, &str)> = messages
        .iter()
        .map(|m| (m["role"].as_str().unwrap(), m["content"].as_str().unwrap()))
        .collect();
    assert_eq!(
        said,
        [("user", "One"), ("assistant", "First."), ("user", "Two")]
    );
}

#[tokio::test]
async fn a_repeated_request_reads_the_same_run() {
    let model = Model::new([Reply::text("Once only.")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let send = |key: &'static str, message: &'static str| {
        let client = client.clone();
        async move {
            let request = client
                .request("POST", "/api/chat")
                .header("idempotency-key", key);
            client.run(request.json(&json!({"message": message}))).await
        }
    };
    let mut first = Events::of(send("key-1", "Hi").await);
    first.rest().await;
    let mut again = Events::of(send("key-1", "Hi").await);
    again.rest().await;
    assert_eq!(first.raw, again.raw, "the same bytes");
    assert_eq!(model.requests().len(), 1);
    problem(send("key-1", "Ho").await, 422, "invalid_request").await;
    for bad in ["", "a b", "ä", &"x".repeat(65)] {
        let request = client
            .request("POST", "/api/chat")
            .header("idempotency-key", bad.as_bytes());
        let response = client.run(request.json(&json!({"message": "Hi"}))).await;
        problem(response, 422, "invalid_request").await;
    }
    let other = server.signed_in().await;
    let request = other
        .request("POST", "/api/chat")
        .header("idempotency-key", "key-1");
    let events = Events::of(other.run(request.json(&json!({"message": "Ho"}))).await)
        .rest()
        .await;
    assert_eq!(
        done(&events)["status"],
        "completed",
        "a key is the session's own"
    );
    // Also when many arrive at once.
    let all = futures_util::future::join_all((0..8).map(|_| send("key-2", "Hey"))).await;
    let mut runs = Vec::new();
    for response in all {
        runs.push(Events::of(response).rest().await[0]["run_id"].clone());
    }
    runs.dedup();
    assert_eq!(runs.len(), 1);
    assert_eq!(model.requests().len(), 3);
}

#[tokio::test]
async fn one_run_at_a_time_in_a_thread() {
    let model = Model::new([Reply::Stall(vec![provider_delta("Thinking")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "One"})).await;
    let begun = events.until("content_delta").await;
    let thread = begun[0]["thread_id"].clone();
    let second = client
        .post("/api/chat", json!({"message": "Two", "thread_id": thread}))
        .await;
    problem(second, 409, "run_in_progress").await;
    let mut elsewhere = client.chat(json!({"message": "Three"})).await;
    elsewhere.until("content_delta").await;
}

fn provider_delta(text: &str) -> Value {
    crate::support::provider::delta(text)
}

#[tokio::test]
async fn enforces_the_run_limit() {
    let model = Model::new([Reply::Stall(vec![])]).await;
    let server = TestServer::with(&model, &[("MAX_RUNS", "2")]).await;
    let client = server.signed_in().await;
    let _one = client.chat(json!({"message": "One"})).await;
    let mut two = client.chat(json!({"message": "Two"})).await;
    let third = client.post("/api/chat", json!({"message": "Three"})).await;
    assert!(third.headers().contains_key("retry-after"));
    problem(third, 503, "overloaded").await;
    assert_eq!(
        client.json("/api/threads").await["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let run = two.next().await.unwrap()["run_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        client
            .post(&format!("/api/runs/{run}/cancel"), json!({}))
            .await
            .status(),
        204
    );
    two.rest().await;
    client
        .chat(json!({"message": "Three"}))
        .await
        .next()
        .await
        .unwrap();
}

#[tokio::test]
async fn reports_a_length_limit() {
    let model = Model::new([Reply::Chunks(vec![
        provider_delta("Cut he"),
        crate::support::provider::finish("length"),
    ])])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let events = client.ask("Hi").await;
    let done = done(&events);
    assert_eq!(
        (&done["status"], &done["truncated"]),
        (&json!("completed"), &json!(true))
    );
    assert_eq!(
        done["usage"],
        Value::Null,
        "null when the provider gives none"
    );
}

/// JavaScript can cut a string inside a character.
#[tokio::test]
async fn reads_lone_surrogates_as_the_replacement_character() {
    let server = TestServer::start(&Model::new([Reply::text("ok")]).await).await;
    let client = server.signed_in().await;
    let request = client
        .request("POST", "/api/chat")
        .header("content-type", "application/json")
        .body(r#"{"message": "cut \ud83d"}"#);
    let response = client.run(request).await;
    assert_eq!(response.status(), 200);
    let events = Events::of(response).rest().await;
    assert_eq!(events[0]["message"]["content"], "cut \u{fffd}");
}
