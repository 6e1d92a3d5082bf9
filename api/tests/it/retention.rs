//! `RETENTION_DAYS` deletes data that nobody has touched for so long, and nothing else.

use crate::{
    eventually::eventually,
    private_sqlite::PrivateFolder,
    support::{Client, Model, Reply, TestServer},
};
use serde_json::json;
use sqlx::{Connection, SqliteConnection};

fn saving(title: &str) -> Reply {
    let arguments = json!({"title": title, "content": "c"});
    Reply::calls(&[("save_note", &arguments.to_string())])
}

/// Titles of all threads and notes.
async fn titles(client: &Client) -> Vec<String> {
    let mut titles = Vec::new();
    for path in ["/api/threads", "/api/notes"] {
        let list = client.json(path).await;
        let items = list["items"].as_array().unwrap();
        titles.extend(
            items
                .iter()
                .map(|item| item["title"].as_str().unwrap().to_owned()),
        );
    }
    titles.sort();
    titles
}

#[tokio::test]
async fn deletes_untouched_data_at_the_start() {
    let folder = PrivateFolder::new();
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        saving("old note"),
        saving("new note"),
        Reply::text("Saved."),
    ])
    .await;
    let url = folder.url();
    let mut server = TestServer::with(&model, &[("DATABASE_URL", &url)]).await;
    let client = server.user().await;
    for message in ["old", "new", "to rename"] {
        client.ask(message).await;
    }
    let newest = client.json("/api/threads").await["items"][0]["id"].clone();
    let path = format!("/api/threads/{}", newest.as_str().unwrap());
    let rename = client
        .request("PATCH", &path)
        .json(&json!({"title": "renamed"}));
    assert_eq!(client.run(rename).await.status(), 200);
    server.stop.cancel();
    server.serving.take().unwrap().await.unwrap();

    // As if everything except one rename had happened two days ago.
    let mut file = SqliteConnection::connect(&format!("sqlite://{}", folder.file().display()))
        .await
        .unwrap();
    let two_days = 2 * 24 * 3600 * 1_000_000_i64;
    for sql in [
        "update threads set updated_at = updated_at - ?1 where title <> 'new'",
        "update threads set renamed_at = renamed_at - ?1 where title <> 'renamed'",
        "update notes set updated_at = updated_at - ?1 where title = 'old note'",
    ] {
        sqlx::query(sql)
            .bind(two_days)
            .execute(&mut file)
            .await
            .unwrap();
    }
    file.close().await.unwrap();

    let more = [("DATABASE_URL", &*url), ("RETENTION_DAYS", "1")];
    let server = TestServer::with(&model, &more).await;
    let client = server.user().await;
    let is_swept = async || titles(&client).await.len() <= 3;
    eventually("a sweep at the start", is_swept).await;
    assert_eq!(titles(&client).await, ["new", "new note", "renamed"]);
}
