//! `/api/notes`: the notes panel.

use crate::support::{Model, Reply, TestServer, client::problem};
use serde_json::{Value, json};

#[tokio::test]
async fn notes_are_listed_and_deleted_by_title() {
    let save = |title: &str| {
        let arguments = json!({"title": title, "content": "x"}).to_string();
        Reply::calls(&[("save_note", arguments.as_str())])
    };
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        save("first"),
        save("a/b? ü%#"),
        Reply::text("Saved both."),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    assert_eq!(client.json("/api/notes").await["items"], json!([]));
    client.ask("note").await;
    let notes = client.json("/api/notes").await;
    let titles: Vec<&Value> = notes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| &n["title"])
        .collect();
    assert_eq!(titles, ["a/b? ü%#", "first"], "newest first");
    assert!(
        notes["items"][0]["updated_at"]
            .as_str()
            .unwrap()
            .ends_with('Z')
    );
    let stranger = server.signed_in().await;
    problem(
        stranger.delete("/api/notes/first").await,
        404,
        "note_not_found",
    )
    .await;
    assert_eq!(stranger.json("/api/notes").await["items"], json!([]));
    let path = "/api/notes/a%2Fb%3F%20%C3%BC%25%23";
    assert_eq!(client.delete(path).await.status(), 204);
    problem(client.delete(path).await, 404, "note_not_found").await;
    problem(client.delete("/api/notes/%FF").await, 404, "note_not_found").await;
    assert_eq!(
        client.json("/api/notes").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let nobody = server.client();
    problem(nobody.get("/api/notes").await, 401, "not_signed_in").await;
    problem(
        nobody.delete("/api/notes/first").await,
        401,
        "not_signed_in",
    )
    .await;
}
