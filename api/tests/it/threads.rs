//! `/api/threads`: list, open, rename, delete, edit.

use crate::support::{
    Client, Model, Reply, TestServer, client::problem, events::*, provider::delta,
};
use serde_json::{Value, json};

async fn ask_in(client: &Client, thread: &Value, message: &str) -> Vec<Value> {
    client
        .chat(json!({"message": message, "thread_id": thread}))
        .await
        .rest()
        .await
}

#[tokio::test]
async fn threads_are_listed_newest_first_by_pages() {
    let model = Model::new([Reply::text("ok")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut threads = Vec::new();
    for n in 0..5 {
        threads.insert(
            0,
            client.ask(&format!("message {n}")).await[0]["thread_id"].clone(),
        );
    }
    let page = client.json("/api/threads?limit=2").await;
    assert_eq!(page["items"][0]["title"], "message 4");
    let mut seen = Vec::new();
    let mut path = "/api/threads?limit=2".to_owned();
    loop {
        let page = client.json(&path).await;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/threads?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, threads);
    ask_in(&client, &threads[4], "again").await;
    assert_eq!(
        client.json("/api/threads").await["items"][0]["id"],
        threads[4]
    );
    for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "page=2"] {
        let response = client.get(&format!("/api/threads?{query}")).await;
        problem(response, 422, "invalid_request").await;
    }
}

#[tokio::test]
async fn a_thread_can_be_opened_renamed_and_deleted() {
    let model = Model::new([Reply::text("ok")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let events = client.ask("  What is\nthis about?  ").await;
    let path = format!("/api/threads/{}", events[0]["thread_id"].as_str().unwrap());
    let detail = client.json(&path).await;
    assert_eq!(detail["title"], "What is this about?");
    assert_eq!(detail["agent"], "concierge");
    assert_eq!(detail["active_run_id"], Value::Null);
    assert_eq!(detail["messages"][0]["content"], "  What is\nthis about?  ");
    assert_eq!(detail["messages"][0]["agent"], Value::Null);
    assert_eq!(detail["messages"][1]["role"], "assistant");
    let renamed = client.send("PATCH", &path, json!({"title": "Other"})).await;
    assert_eq!(renamed.status(), 200);
    let renamed: Value = renamed.json().await.unwrap();
    assert_eq!(renamed["title"], "Other");
    assert!(renamed.get("messages").is_none());
    for body in [
        json!({"title": ""}),
        json!({"title": " "}),
        json!({}),
        json!({"title": "x".repeat(201)}),
    ] {
        problem(
            client.send("PATCH", &path, body).await,
            422,
            "invalid_request",
        )
        .await;
    }
    let wide = json!({"title": "ä".repeat(200)});
    assert_eq!(client.send("PATCH", &path, wide).await.status(), 200);
    assert_eq!(client.delete(&path).await.status(), 204);
    problem(client.get(&path).await, 404, "thread_not_found").await;
    problem(client.delete(&path).await, 404, "thread_not_found").await;
    problem(
        client.send("PATCH", &path, json!({"title": "x"})).await,
        404,
        "thread_not_found",
    )
    .await;
}

#[tokio::test]
async fn a_strangers_thread_does_not_exist() {
    let model = Model::new([Reply::text("ok")]).await;
    let server = TestServer::start(&model).await;
    let thread = server.signed_in().await.ask("mine").await[0]["thread_id"].clone();
    let stranger = server.signed_in().await;
    for id in [thread.as_str().unwrap(), "unknown", "a.b"] {
        let path = format!("/api/threads/{id}");
        problem(stranger.get(&path).await, 404, "thread_not_found").await;
        problem(stranger.delete(&path).await, 404, "thread_not_found").await;
        let rename = stranger.send("PATCH", &path, json!({"title": "x"})).await;
        problem(rename, 404, "thread_not_found").await;
    }
    let chat = stranger
        .post("/api/chat", json!({"message": "x", "thread_id": thread}))
        .await;
    problem(chat, 404, "thread_not_found").await;
    assert_eq!(stranger.json("/api/threads").await["items"], json!([]));
}

#[tokio::test]
async fn deleting_a_thread_stops_its_run() {
    let model = Model::new([Reply::Stall(vec![delta("on and on")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    let begun = events.until("content_delta").await;
    let path = format!("/api/threads/{}", begun[0]["thread_id"].as_str().unwrap());
    assert_eq!(
        client.json(&path).await["active_run_id"],
        begun[0]["run_id"]
    );
    assert_eq!(client.delete(&path).await.status(), 204);
    assert_eq!(done(&events.rest().await)["status"], "cancelled");
    model.idle().await;
    problem(client.get(&path).await, 404, "thread_not_found").await;
}

#[tokio::test]
async fn edit_replaces_a_message_and_all_after_it() {
    let model = Model::new([
        Reply::text("First."),
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::text("Second."),
        Reply::text("Third."),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let first = client.ask("One").await;
    let thread = &first[0]["thread_id"];
    let second = ask_in(&client, thread, "Two").await;
    let path = format!("/api/threads/{}", thread.as_str().unwrap());
    assert_eq!(client.json(&path).await["agent"], "archivist");
    let replace = |id: &Value| json!({"message": "Two!", "thread_id": thread, "replace_from": id});
    let unknown = client.post("/api/chat", replace(&json!("unknown"))).await;
    problem(unknown, 404, "message_not_found").await;
    let answer = client.json(&path).await["messages"][1]["id"].clone();
    problem(
        client.post("/api/chat", replace(&answer)).await,
        422,
        "invalid_request",
    )
    .await;
    let events = client
        .chat(replace(&second[0]["message"]["id"]))
        .await
        .rest()
        .await;
    assert_eq!(
        events[1]["agent"], "concierge",
        "the agent that had it has it again"
    );
    let detail = client.json(&path).await;
    let said: Vec<&str> = detail["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["One", "First.", "Two!", "Third."]);
}

#[tokio::test]
async fn refuses_the_201st_thread() {
    let model = Model::new([Reply::text("ok")]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    for _ in 0..200 {
        client.ask("x").await;
    }
    let refused = client.post("/api/chat", json!({"message": "x"})).await;
    problem(refused, 409, "limit_reached").await;
    assert_eq!(model.requests().len(), 200);
}
