//! Tokens for MCP clients: `/api/mcp-tokens`.

use crate::support::{Client, Model, TestServer, client::problem};
use reqwest::Response;
use serde_json::{Value, json};

async fn create(client: &Client) -> Value {
    let response = client.run(client.request("POST", "/api/mcp-tokens")).await;
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

async fn call(server: &TestServer, token: &str) -> Response {
    let client = server.client();
    let request = client.request("POST", "/mcp").bearer_auth(token);
    let request = request.header("accept", "application/json, text/event-stream");
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}});
    client.run(request.json(&list)).await
}

#[tokio::test]
async fn tokens_are_shown_once_and_then_listed() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.signed_in().await;
    assert_eq!(client.json("/api/mcp-tokens").await, json!({"items": []}));
    let made = create(&client).await;
    assert_eq!(made["url"], format!("{}/mcp", server.url));
    let token = made["token"].as_str().unwrap();
    assert_eq!(call(&server, token).await.status(), 200);

    let list = client.json("/api/mcp-tokens").await;
    assert!(!list.to_string().contains(token));
    let item = &list["items"][0];
    assert_eq!(item.as_object().unwrap().len(), 4, "{item}");
    assert_eq!(item["expires_at"], made["expires_at"]);
    assert!(item["last_used_at"].is_string());
    create(&client).await;
    let list = client.json("/api/mcp-tokens").await;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        list["items"][0]["last_used_at"],
        json!(null),
        "newest first"
    );
}

#[tokio::test]
async fn tokens_work_for_their_owner_and_mcp_only() {
    let server = TestServer::start(&Model::new([]).await).await;
    let (owner, stranger) = (server.signed_in().await, server.signed_in().await);
    let made = create(&owner).await;
    let token = made["token"].as_str().unwrap();
    let id = owner.json("/api/mcp-tokens").await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(stranger.json("/api/mcp-tokens").await["items"], json!([]));
    let path = format!("/api/mcp-tokens/{id}");
    problem(stranger.delete(&path).await, 404, "token_not_found").await;
    assert_eq!(call(&server, token).await.status(), 200);

    let request = stranger.request("GET", "/api/threads").bearer_auth(token);
    problem(stranger.run(request).await, 401, "not_signed_in").await;

    assert_eq!(owner.delete(&path).await.status(), 204);
    problem(owner.delete(&path).await, 404, "token_not_found").await;
    problem(
        owner.delete("/api/mcp-tokens/%ff").await,
        404,
        "token_not_found",
    )
    .await;
    assert_eq!(call(&server, token).await.status(), 401);
}

#[tokio::test]
async fn a_visitors_tokens_end_with_signing_out() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.signed_in().await;
    let made = create(&client).await;
    assert_eq!(client.post("/api/logout", json!({})).await.status(), 204);
    assert_eq!(
        call(&server, made["token"].as_str().unwrap())
            .await
            .status(),
        401
    );
}

#[tokio::test]
async fn the_address_is_the_one_that_the_caller_sees() {
    let model = Model::new([]).await;
    for (proxies, forwarded, scheme) in [
        ("127.0.0.1", "https", "https"),
        ("127.0.0.1", "HTTPS, http", "https"),
        ("127.0.0.1", "http, https", "http"),
        ("hops:1", "https", "https"),
        ("10.0.0.0/8", "https", "http"),
    ] {
        let server = TestServer::with(&model, &[("TRUSTED_PROXIES", proxies)]).await;
        let client = server.signed_in().await;
        let request = client
            .request("POST", "/api/mcp-tokens")
            .header("host", "chat.example:8443")
            .header("x-forwarded-proto", forwarded);
        let made: Value = client.run(request).await.json().await.unwrap();
        assert_eq!(
            made["url"],
            format!("{scheme}://chat.example:8443/mcp"),
            "{proxies} {forwarded}"
        );
    }
}

#[tokio::test]
async fn enforces_the_token_limit() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.signed_in().await;
    for _ in 0..50 {
        create(&client).await;
    }
    let more = client.run(client.request("POST", "/api/mcp-tokens")).await;
    problem(more, 409, "limit_reached").await;
}
