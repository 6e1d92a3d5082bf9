//! Failed runs and their error events.

use crate::support::{
    Model, Reply, TestServer,
    events::*,
    provider::{delta, finish},
};
use serde_json::json;

#[tokio::test]
async fn each_fault_of_the_provider_has_its_code() {
    let body = |code: &str, message: &str| {
        json!({"error": {"message": message, "type": "x", "code": code}}).to_string()
    };
    let json_type = || vec![("content-type", "application/json".to_owned())];
    let rows = [
        (Reply::error(401, "bad key"), "provider_auth", false),
        (Reply::error(403, "no"), "provider_auth", false),
        (
            Reply::error(429, "slow down"),
            "provider_rate_limited",
            true,
        ),
        (
            Reply::Status(429, json_type(), body("insufficient_quota", "quota")),
            "provider_quota",
            false,
        ),
        (Reply::error(500, "oops"), "provider_unavailable", true),
        (
            Reply::Status(404, json_type(), body("model_not_found", "no such model")),
            "model_not_found",
            false,
        ),
        (
            Reply::Status(
                400,
                json_type(),
                body("context_length_exceeded", "too long"),
            ),
            "context_too_long",
            false,
        ),
        (
            Reply::Status(400, json_type(), body("content_filter", "filtered")),
            "content_filtered",
            false,
        ),
        (Reply::error(418, "teapot"), "provider_error", true),
        (
            Reply::Cut(vec![delta("half an ans")]),
            "provider_invalid_response",
            true,
        ),
        (
            Reply::Chunks(vec![delta("half"), json!({"error": {"message": "boom"}})]),
            "provider_error",
            true,
        ),
        (
            Reply::Chunks(vec![delta("half"), finish("content_filter")]),
            "content_filtered",
            false,
        ),
    ];
    for (reply, code, retryable) in rows {
        let model = Model::new([reply]).await;
        let server = TestServer::start(&model).await;
        let client = server.signed_in().await;
        let events = client.ask("Hi").await;
        let errors = of_kind(&events, "error");
        assert_eq!(errors.len(), 1, "{code}");
        assert_eq!(errors[0]["code"], code);
        assert_eq!(errors[0]["retryable"], retryable, "{code}");
        assert!(errors[0]["message"].as_str().unwrap().ends_with('.'));
        assert_eq!(done(&events)["status"], "failed");
        let thread = events[0]["thread_id"].as_str().unwrap();
        let detail = client.json(&format!("/api/threads/{thread}")).await;
        let answer = &detail["messages"][1];
        assert_eq!(answer["status"], "failed");
        assert_eq!(answer["content"], text(&events), "what was said stays");
        assert_eq!(answer["error"]["code"], code);
        assert_eq!(detail["active_run_id"], json!(null));
    }
}

#[tokio::test]
async fn retries_are_limited_and_before_the_first_output_only() {
    let model = Model::new([
        Reply::error(503, "busy"),
        Reply::error(500, "busy"),
        Reply::text("At last."),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    assert_eq!(text(&client.ask("Hi").await), "At last.");
    assert_eq!(model.requests().len(), 3);
    let model = Model::new([Reply::error(503, "busy")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    client.ask("Hi").await;
    assert_eq!(model.requests().len(), 3, "at most 2 retries");
    let model = Model::new([Reply::Cut(vec![delta("half")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    client.ask("Hi").await;
    assert_eq!(model.requests().len(), 1, "never after output");
}

#[tokio::test]
async fn retries_a_too_long_conversation_shortened() {
    let too_long = || {
        let body = json!({"error": {"message": "too long", "code": "context_length_exceeded"}});
        Reply::Status(
            400,
            vec![("content-type", "application/json".to_owned())],
            body.to_string(),
        )
    };
    let model = Model::new([
        Reply::text(&"word ".repeat(200)),
        too_long(),
        Reply::text("Short now."),
        too_long(),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let thread = client.ask("One").await[0]["thread_id"].clone();
    let again = |message: &str| client.chat(json!({"message": message, "thread_id": thread}));
    assert_eq!(text(&again("Two").await.rest().await), "Short now.");
    let requests = model.requests();
    assert_eq!(requests.len(), 3);
    let messages = |n: usize| requests[n]["messages"].as_array().unwrap().clone();
    assert_eq!(messages(1).len(), 4);
    assert_eq!(messages(2).len(), 2, "the oldest went");
    assert_eq!(messages(1)[0], messages(2)[0], "the system prompt stays");
    let events = again("Three").await.rest().await;
    assert_eq!(of_kind(&events, "error")[0]["code"], "context_too_long");
}

#[tokio::test]
async fn a_budget_cuts_the_history() {
    let model = Model::new([Reply::text(&"word ".repeat(1000))]).await;
    let server = TestServer::with(&model, &[("CONTEXT_TOKENS", "2500")]).await;
    let client = server.signed_in().await;
    let thread = client.ask("One").await[0]["thread_id"].clone();
    for message in ["Two", "Three"] {
        client
            .chat(json!({"message": message, "thread_id": thread}))
            .await
            .rest()
            .await;
    }
    let last = model.requests()[2]["messages"].clone();
    assert_eq!(last[0]["role"], "system");
    assert_eq!(last.as_array().unwrap().last().unwrap()["content"], "Three");
    assert!(!last.to_string().contains("One"));
}

#[tokio::test]
async fn an_answer_over_8_mib_is_stopped() {
    let piece = "x".repeat(512 * 1024);
    let model = Model::new([Reply::Stall(vec![delta(&piece); 17])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let events = client.ask("Hi").await;
    assert_eq!(of_kind(&events, "error")[0]["code"], "output_too_long");
    assert!(text(&events).len() <= 8 * 1024 * 1024);
    model.idle().await;
}

#[tokio::test]
async fn an_address_without_a_server_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let server = TestServer::at(&url, &[]).await;
    let client = server.client();
    client.sign_in().await;
    let saved = client
        .post("/api/settings", json!({"api_key": "sk-test"}))
        .await;
    crate::support::client::problem(saved, 502, "provider_unavailable").await;
}
