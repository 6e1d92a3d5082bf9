//! `/api/me`: exporting and deleting one's own data.

use crate::support::{
    Client, Model, Reply, SITE_SECRET, Shape, Shapes, TestServer, client::problem,
};
use serde_json::{Value, json};

/// Signs the same user in on another device.
async fn device(server: &TestServer, user: &str) -> Client {
    let body = json!({"site_id": "shop", "api_key": "sk-test-site", "user_id": user});
    let client = server.client();
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(SITE_SECRET);
    let made: Value = client.run(request.json(&body)).await.json().await.unwrap();
    let login = json!({"client_secret": made["client_secret"]});
    assert_eq!(client.post("/api/login", login).await.status(), 200);
    client
}

fn saving(title: &str) -> Reply {
    let arguments = json!({"title": title, "content": format!("content of {title}")});
    Reply::calls(&[("save_note", &arguments.to_string())])
}

#[tokio::test]
async fn the_export_is_complete_and_has_no_secrets_in_every_shape() {
    let replies = [
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        saving("one"),
        saving("two"),
        Reply::text("Saved."),
        Reply::text("Hello again."),
    ];
    let model = Model::new(replies.iter().cycle().take(4 * replies.len()).cloned()).await;
    for shape in &Shapes::start(&model, &[]).await.all {
        export_has_everything(shape.server()).await;
    }
}

async fn export_has_everything(server: &TestServer) {
    let client = server.signed_in().await;
    client.ask("Keep two notes").await;
    client.ask("Hello").await;
    let token = client.post("/api/mcp-tokens", json!({})).await;
    let token: Value = token.json().await.unwrap();
    let token = token["token"].as_str().unwrap();

    let response = client.get("/api/me/export").await;
    assert_eq!(response.status(), 200);
    let headers = response.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    let disposition = headers["content-disposition"].to_str().unwrap();
    assert!(disposition.starts_with("attachment;"), "{disposition}");
    let text = response.text().await.unwrap();
    assert!(!text.contains(token));
    let export: Value = serde_json::from_str(&text).unwrap();
    let of = |part: &str| export[part].as_array().unwrap().clone();
    assert_eq!(export.as_object().unwrap().len(), 3);
    assert_eq!(of("threads").len(), 2);
    assert!(of("threads").iter().all(|thread| {
        let id = thread["id"].as_str().unwrap();
        !id.is_empty() && thread["messages"][0]["role"] == "user"
    }));
    let notes: Vec<Value> = of("notes");
    let contents: Vec<&str> = notes
        .iter()
        .filter_map(|note| note["content"].as_str())
        .collect();
    assert_eq!(contents, ["content of one", "content of two"]);
    assert_eq!(of("tokens").len(), 1);
    assert!(of("tokens")[0]["id"].is_string());

    // A visitor without data has three empty lists.
    let stranger = server.signed_in().await;
    let empty = json!({"threads": [], "notes": [], "tokens": []});
    assert_eq!(stranger.json("/api/me/export").await, empty);
    problem(
        server.client().get("/api/me/export").await,
        401,
        "not_signed_in",
    )
    .await;
}

#[tokio::test]
async fn deleting_ends_everything_on_every_device_in_every_shape() {
    let model = Model::new([Reply::text("Hello.")]).await;
    for shape in &Shapes::start(&model, &[]).await.all {
        deleting_ends_everything(shape).await;
    }
}

async fn deleting_ends_everything(shape: &Shape) {
    let server = shape.server();
    let phone = device(server, "jo").await;
    let laptop = shape.elsewhere(&device(server, "jo").await);
    let other = device(server, "jay").await;
    let events = phone.ask("Hello").await;
    let run = events[0]["run_id"].as_str().unwrap();
    other.ask("Hello").await;
    let token = phone.post("/api/mcp-tokens", json!({})).await;
    let token: Value = token.json().await.unwrap();

    assert_eq!(phone.delete("/api/me").await.status(), 204);
    assert_eq!(phone.cookie("__Host-so_session"), None);
    for device in [&phone, &laptop] {
        assert_eq!(
            device.json("/api/session").await,
            json!({"signed_in": false})
        );
    }
    assert_eq!(other.json("/api/session").await["signed_in"], true);
    let mcp = laptop
        .request("POST", "/mcp")
        .bearer_auth(token["token"].as_str().unwrap())
        .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
    problem(laptop.run(mcp).await, 401, "not_signed_in").await;

    let again = device(server, "jo").await;
    assert_eq!(again.json("/api/threads").await["items"], json!([]));
    problem(again.follow(run, None).await, 404, "run_not_found").await;
    assert_eq!(
        other.json("/api/threads").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    problem(
        server.client().delete("/api/me").await,
        401,
        "not_signed_in",
    )
    .await;
}
