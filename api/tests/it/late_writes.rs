//! Requests whose body arrives after the sign-out change nothing.

use crate::support::{Client, Model, Raw, Reply, TestServer};
use serde_json::{Value, json};

/// An accepted request whose body the server waits for.
struct Late {
    raw: Raw,
    body: String,
}

impl Late {
    async fn begin(server: &TestServer, line: &str, credential: &str, body: &Value) -> Self {
        let mut raw = Raw::connect(server.address).await;
        let body = body.to_string();
        let length = body.len();
        raw.send(&format!(
            "{line} HTTP/1.1\r\nhost: x\r\n{credential}\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\
             expect: 100-continue\r\n\r\n"
        ))
        .await;
        // The server asks for the body after all other checks.
        let (head, _) = raw.answer().await;
        assert!(head.starts_with("http/1.1 100"), "{line}: {head}");
        Self { raw, body }
    }

    /// Sends the body; returns the status.
    async fn end(mut self) -> String {
        self.raw.send(&self.body).await;
        let (head, _) = self.raw.answer().await;
        head.split(' ').nth(1).unwrap().to_owned()
    }
}

fn cookie(client: &Client) -> String {
    let name = "__Host-so_session";
    format!("cookie: {name}={}", client.cookie(name).unwrap())
}

/// A server with a user who has a note and a thread, and the thread's path.
async fn with_a_note() -> (TestServer, Model, String) {
    let save = json!({"title": "Demo", "content": "Friday"}).to_string();
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &save)]),
        Reply::text("Saved."),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let user = server.user().await;
    user.ask("Keep a note").await;
    let threads = user.json("/api/threads").await;
    let thread = format!(
        "/api/threads/{}",
        threads["items"][0]["id"].as_str().unwrap()
    );
    (server, model, thread)
}

/// All of a user's data, as the page shows it.
async fn everything(client: &Client) -> Vec<Value> {
    let mut all = Vec::new();
    for path in ["/api/threads", "/api/notes", "/api/mcp-tokens"] {
        all.push(client.json(path).await);
    }
    all
}

#[tokio::test]
async fn a_session_that_ends_before_the_body_arrives_changes_nothing() {
    let (server, model, thread) = with_a_note().await;
    let laptop = server.user().await;
    let before = (everything(&laptop).await, model.requests().len());
    for (line, body) in [
        ("POST /api/chat".to_owned(), json!({"message": "late"})),
        ("POST /api/mcp-tokens".to_owned(), json!({})),
        ("POST /api/settings".to_owned(), json!({"model": "late"})),
        (format!("PATCH {thread}"), json!({"title": "late"})),
        (format!("DELETE {thread}"), json!({})),
        ("DELETE /api/notes/Demo".to_owned(), json!({})),
        ("DELETE /api/settings".to_owned(), json!({})),
        ("DELETE /api/me".to_owned(), json!({})),
    ] {
        let phone = server.user().await;
        let late = Late::begin(&server, &line, &cookie(&phone), &body).await;
        assert_eq!(phone.post("/api/logout", json!({})).await.status(), 204);
        assert_eq!(late.end().await, "401", "{line}");
        let after = (everything(&laptop).await, model.requests().len());
        assert_eq!(after, before, "{line}");
    }
}

#[tokio::test]
async fn a_visitors_late_requests_are_refused_after_signing_out() {
    let model = Model::new([]).await;
    let server = TestServer::start(&model).await;
    for (line, body) in [
        ("POST /api/chat", json!({"message": "late"})),
        ("POST /api/mcp-tokens", json!({})),
        ("POST /api/settings", json!({"api_key": "sk-test-late"})),
    ] {
        let visitor = server.signed_in().await;
        let late = Late::begin(&server, line, &cookie(&visitor), &body).await;
        assert_eq!(visitor.post("/api/logout", json!({})).await.status(), 204);
        assert_eq!(late.end().await, "401", "{line}");
    }
    assert_eq!(model.requests().len(), 0);
}

#[tokio::test]
async fn a_token_revoked_before_the_body_arrives_saves_nothing() {
    let (server, _model, _) = with_a_note().await;
    let user = server.user().await;
    let save = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "save_note", "arguments": {"title": "Late", "content": "late"},
    }});
    for revoke in [true, false] {
        let token: Value = user
            .post("/api/mcp-tokens", json!({}))
            .await
            .json()
            .await
            .unwrap();
        let credential = format!("authorization: Bearer {}", token["token"].as_str().unwrap());
        let late = Late::begin(&server, "POST /mcp", &credential, &save).await;
        let notes = user.json("/api/notes").await;
        if revoke {
            let tokens = user.json("/api/mcp-tokens").await;
            let id = tokens["items"][0]["id"].as_str().unwrap();
            let revoked = user.delete(&format!("/api/mcp-tokens/{id}")).await;
            assert_eq!(revoked.status(), 204);
            assert_eq!(late.end().await, "401");
            assert_eq!(user.json("/api/notes").await, notes);
        } else {
            assert_eq!(user.delete("/api/me").await.status(), 204);
            assert_eq!(late.end().await, "401");
            let again = server.user().await;
            assert_eq!(again.json("/api/notes").await["items"], json!([]));
        }
    }
}

#[tokio::test]
async fn late_requests_of_other_devices_are_refused_after_a_deletion() {
    let (server, model, thread) = with_a_note().await;
    let asked = model.requests().len();
    let laptop = server.user().await;
    let mut late = Vec::new();
    for (line, body) in [
        ("POST /api/chat", json!({"message": "late"})),
        ("POST /api/mcp-tokens", json!({})),
        (&*format!("PATCH {thread}"), json!({"title": "late"})),
    ] {
        let phone = server.user().await;
        late.push(Late::begin(&server, line, &cookie(&phone), &body).await);
    }
    assert_eq!(laptop.delete("/api/me").await.status(), 204);
    for late in late {
        assert_eq!(late.end().await, "401");
    }
    let again = server.user().await;
    for list in everything(&again).await {
        assert_eq!(list["items"], json!([]));
    }
    assert_eq!(model.requests().len(), asked);
}
