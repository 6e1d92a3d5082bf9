//! Models: the list, the choice, and notices about retiring ones.

use crate::support::{Client, Reply, SITE_SECRET, TestServer, client::problem, events::*};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A provider with this list of models. Its answers name the requested model.
async fn provider(list: Value) -> String {
    async fn models(State(list): State<Arc<Mutex<Value>>>) -> Json<Value> {
        Json(list.lock().unwrap().clone())
    }
    async fn answer(Json(request): Json<Value>) -> impl IntoResponse {
        let Reply::Chunks(chunks) = Reply::text(request["model"].as_str().unwrap()) else {
            unreachable!("a text is chunks")
        };
        let body: String = chunks
            .iter()
            .map(|chunk| format!("data: {chunk}\n\n"))
            .collect();
        (
            [("content-type", "text/event-stream")],
            format!("{body}data: [DONE]\n\n"),
        )
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(answer))
        .with_state(Arc::new(Mutex::new(list)));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn signed_in(list: Value) -> (TestServer, Client) {
    let server = TestServer::at(&provider(list).await, &[]).await;
    let client = server.signed_in().await;
    (server, client)
}

fn in_days(days: i64) -> String {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.saturating_add(days.days()).to_string()
}

fn retiring(events: &[Value]) -> Vec<String> {
    of_kind(events, "notice")
        .into_iter()
        .filter(|notice| notice["code"] == "model_retiring")
        .map(|notice| notice["message"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn offers_chat_models_with_the_day_they_shut_down() {
    let (_server, client) = signed_in(json!({"data": [
        {"id": "text-embedding-3-small"},
        {"id": "test-model", "shutdown_date": "2027-01-14"},
        {"id": "tts-1"},
        {"id": "other-model", "shutdown_date": null},
    ]}))
    .await;
    assert_eq!(
        client.json("/api/models").await,
        json!({"items": [
            {"id": "test-model", "shutdown_date": "2027-01-14"},
            {"id": "other-model", "shutdown_date": null},
        ], "default": "test-model"})
    );
    let (_server, client) = signed_in(json!({"data": [{"id": "tts-1"}]})).await;
    assert_eq!(client.json("/api/models").await["items"][0]["id"], "tts-1");
}

#[tokio::test]
async fn only_the_default_model_is_replaced() {
    let list = json!({"data": [{"id": "whisper-1"}, {"id": "first"}, {"id": "second"}]});
    let (server, client) = signed_in(list).await;
    assert_eq!(client.json("/api/models").await["default"], json!(null));
    assert_eq!(client.json("/api/session").await["model"], "first");
    let events = client.ask("Hi").await;
    assert_eq!(
        (text(&events).as_str(), retiring(&events).len()),
        ("first", 0)
    );
    client.delete("/api/settings").await;
    assert_eq!(client.json("/api/session").await["model"], "test-model");

    // The visitor's choice stays, with one notice that it is no longer offered.
    let client = server.client();
    client.sign_in().await;
    client.post("/api/settings", json!({"model": "mine"})).await;
    client.save_key("sk-test-other").await;
    assert_eq!(client.json("/api/session").await["model"], "mine");
    let events = client.ask("Hi").await;
    assert_eq!(text(&events), "mine");
    assert!(
        retiring(&events)[0].contains("does not offer the model mine"),
        "{events:?}"
    );
    assert_eq!(retiring(&client.ask("Again").await), Vec::<String>::new());
}

#[tokio::test]
async fn notifies_once_per_session_that_its_model_retires() {
    let soon = in_days(59);
    let list = json!({"data": [{"id": "test-model", "shutdown_date": soon}]});
    let (server, client) = signed_in(list.clone()).await;
    let events = client.ask("Hi").await;
    assert!(retiring(&events)[0].contains(&soon), "{events:?}");
    assert_eq!(done(&events)["status"], "completed");
    assert_eq!(retiring(&client.ask("Again").await).len(), 0);
    let another = server.signed_in().await;
    assert_eq!(retiring(&another.ask("Hi").await).len(), 1);

    let later = json!({"data": [{"id": "test-model", "shutdown_date": in_days(90)}]});
    let (_server, client) = signed_in(later).await;
    assert_eq!(retiring(&client.ask("Hi").await).len(), 0);
}

#[tokio::test]
async fn reports_a_wrong_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(|| async { (StatusCode::NOT_FOUND, "404 page not found") });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let server = TestServer::at(&url, &[]).await;
    let client = server.client();
    client.sign_in().await;
    let refused = client
        .post("/api/settings", json!({"api_key": "sk-good"}))
        .await;
    let problem = problem(refused, 502, "provider_unavailable").await;
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("OPENAI_BASE_URL"),
        "{problem}"
    );
    assert_eq!(client.json("/api/session").await["has_api_key"], false);

    let visitor = server.client();
    let asked = visitor
        .request("POST", "/api/client-secrets")
        .bearer_auth(SITE_SECRET);
    let body = json!({"site_id": "shop", "api_key": "sk-good"});
    let secret: Value = visitor.run(asked.json(&body)).await.json().await.unwrap();
    let secret = &secret["client_secret"];
    visitor
        .post("/api/login", json!({"client_secret": secret}))
        .await;
    let events = visitor.ask("Hi").await;
    let error = of_kind(&events, "error")[0];
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("provider_error"), &json!(false))
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("OPENAI_BASE_URL"),
        "{error}"
    );
}
