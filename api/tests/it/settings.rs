//! The API key and the model: `/api/settings` and `/api/models`.

use crate::support::{Client, TestServer, client::problem};
use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A provider whose response depends on the key: for `sk-500` it is 500.
async fn provider() -> String {
    async fn models(headers: HeaderMap) -> Response {
        let key = headers["authorization"]
            .to_str()
            .unwrap()
            .trim_start_matches("Bearer sk-");
        match key.parse().map(StatusCode::from_u16) {
            Ok(Ok(status)) => (status, "hush: a body of the provider's").into_response(),
            _ => {
                axum::Json(json!({"data": [{"id": "model-a"}, {"id": "model-b"}]})).into_response()
            }
        }
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(StatusCode::BAD_REQUEST));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn start() -> (TestServer, Client) {
    let server = TestServer::at(&provider().await, &[]).await;
    let client = server.client();
    client.sign_in().await;
    (server, client)
}

#[tokio::test]
async fn checks_keys_first_and_never_shows_them() {
    let (_server, client) = start().await;
    let response = client
        .post("/api/settings", json!({"api_key": "sk-good-key"}))
        .await;
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(!text.contains("good-key"), "{text}");
    let body: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&body["has_api_key"], &body["key_source"]),
        (&json!(true), &json!("user"))
    );
    assert_eq!(client.json("/api/session").await["has_api_key"], true);
    let models = json!({"items": [
        {"id": "model-a", "shutdown_date": null},
        {"id": "model-b", "shutdown_date": null},
    ], "default": null});
    assert_eq!(client.json("/api/models").await, models);
}

#[tokio::test]
async fn keys_are_judged_by_the_providers_response() {
    let (_server, client) = start().await;
    for (key, status, code) in [
        ("sk-401", 422, "api_key_rejected"),
        ("sk-403", 422, "api_key_rejected"),
        ("sk-429", 502, "provider_unavailable"),
        ("sk-500", 502, "provider_unavailable"),
        ("sk-503", 502, "provider_unavailable"),
        ("sk-302", 502, "provider_unavailable"),
    ] {
        for before in [false, true] {
            let response = client.post("/api/settings", json!({"api_key": key})).await;
            let body = problem(response, status, code).await;
            assert!(!body.to_string().contains("hush") && !body.to_string().contains(key));
            let session = client.json("/api/session").await;
            assert_eq!(
                session["has_api_key"], before,
                "{key}: what was there stays"
            );
            if !before {
                client.save_key("sk-good").await;
            }
        }
        assert_eq!(
            client.json("/api/models").await["items"][0]["id"],
            "model-a"
        );
        assert_eq!(client.delete("/api/settings").await.status(), 204);
    }
    for key in ["sk-404", "sk-405"] {
        client.save_key(key).await;
        assert_eq!(
            client.json("/api/models").await["items"],
            json!([]),
            "{key}: no such route"
        );
    }
}

#[tokio::test]
async fn reports_an_unavailable_provider() {
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let server = TestServer::at(&format!("http://{gone}/v1"), &[]).await;
    let client = server.client();
    client.sign_in().await;
    let response = client
        .post("/api/settings", json!({"api_key": "sk-good"}))
        .await;
    problem(response, 502, "provider_unavailable").await;
    assert_eq!(client.json("/api/session").await["has_api_key"], false);
}

#[tokio::test]
async fn refuses_invalid_keys_and_models() {
    let (_server, client) = start().await;
    for settings in [
        json!({}),
        json!({"api_key": null}),
        json!({"api_key": ""}),
        json!({"api_key": "sk key"}),
        json!({"api_key": "sk-secret\n"}),
        json!({"api_key": "sk-secret\u{0}"}),
        json!({"api_key": "schlüssel"}),
        json!({"api_key": "x".repeat(501)}),
        json!({"api_key": 5}),
        json!({"model": ""}),
        json!({"model": "a b"}),
        json!({"model": "x".repeat(201)}),
        json!({"api_key": "sk-good", "model": "a b"}),
        json!({"api_key": "sk-good", "base_url": "https://stranger.example"}),
    ] {
        let response = client.post("/api/settings", settings.clone()).await;
        let body = problem(response, 422, "invalid_request").await;
        assert!(!body.to_string().contains("secret"), "{body}");
    }
    let session = client.json("/api/session").await;
    assert_eq!(
        (&session["has_api_key"], &session["model"]),
        (&json!(false), &json!("test-model"))
    );
}

#[tokio::test]
async fn the_model_changes_with_or_without_a_key() {
    let (_server, client) = start().await;
    let model = async || client.json("/api/session").await["model"].clone();
    assert_eq!(
        client
            .post("/api/settings", json!({"model": "mine"}))
            .await
            .status(),
        200
    );
    assert_eq!(model().await, "mine");
    client.save_key("sk-good").await;
    assert_eq!(model().await, "mine", "a key alone leaves it");
    let both = json!({"api_key": "sk-good", "model": "x".repeat(200)});
    assert_eq!(client.post("/api/settings", both).await.status(), 200);
    assert_eq!(model().await, "x".repeat(200));
}

#[tokio::test]
async fn changes_at_once_lose_nothing() {
    let (_server, client) = start().await;
    let (key, model) = tokio::join!(
        client.post("/api/settings", json!({"api_key": "sk-good"})),
        client.post("/api/settings", json!({"model": "mine"})),
    );
    assert_eq!(
        (key.status(), model.status()),
        (StatusCode::OK, StatusCode::OK)
    );
    let session = client.json("/api/session").await;
    assert_eq!(
        (&session["has_api_key"], &session["model"]),
        (&json!(true), &json!("mine"))
    );
}

#[tokio::test]
async fn deletes_the_key() {
    let (_server, client) = start().await;
    problem(client.get("/api/models").await, 403, "api_key_required").await;
    client.save_key("sk-good").await;
    for _ in 0..2 {
        assert_eq!(client.delete("/api/settings").await.status(), 204);
        let session = client.json("/api/session").await;
        assert_eq!(
            (&session["has_api_key"], &session["key_source"]),
            (&json!(false), &json!(null))
        );
    }
    let response = client.post("/api/chat", json!({"message": "Hello"})).await;
    problem(response, 403, "api_key_required").await;
}
