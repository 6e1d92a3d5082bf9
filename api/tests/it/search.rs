//! `GET /api/threads?q=`: the same answers in every shape.

use crate::support::{Client, Model, Reply, Shape, Shapes, TestServer, client::problem};
use serde_json::{Value, json};

/// For use in a URL.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Titles of the results, in order.
async fn found(client: &Client, query: &str) -> Vec<String> {
    let found = client
        .json(&format!("/api/threads?q={}", encoded(query)))
        .await;
    titles(&found)
}

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

/// A visitor with one conversation per message, each renamed to its title.
async fn talker(server: &TestServer, talks: &[(&str, &str)]) -> Client {
    let client = server.signed_in().await;
    for (title, message) in talks {
        let thread = client.ask(message).await[0]["thread_id"].clone();
        let path = format!("/api/threads/{}", thread.as_str().unwrap());
        let renamed = client.send("PATCH", &path, json!({"title": title})).await;
        assert_eq!(renamed.status(), 200);
    }
    client
}

#[tokio::test]
async fn every_shape_finds_conversations_by_their_words() {
    let model = Model::new([Reply::text("Ferns like shade, 東京タワーも.")]).await;
    let shapes = Shapes::start(&model, &[]).await;
    for shape in &shapes.all {
        words(shape).await;
        best_first(shape).await;
        refusals(shape.server()).await;
    }
}

async fn words(shape: &Shape) {
    let client = talker(
        shape.server(),
        &[
            ("garden", "Which FERNS are running there?"),
            ("cafe\u{301}", "Die große Straße 🎉🎊"),
            ("旅行", "京都は"),
            ("many", &many()),
        ],
    )
    .await;
    // Other owners have the same words, and their conversations are not found.
    let stranger = talker(shape.server(), &[("theirs", "garden cafe\u{301} 旅行")]).await;
    let client = shape.elsewhere(&client);
    let many_and_one = format!("{} zz", many());
    for (query, expected) in [
        // All words, in title, messages and answers together.
        ("garden ferns shade", vec!["garden"]),
        ("garden große", vec![]),
        // Case, in any script.
        ("GARDEN Ferns", vec!["garden"]),
        ("STRASSE GROSSE", vec!["cafe\u{301}"]),
        // Composed and decomposed.
        ("café", vec!["cafe\u{301}"]),
        ("cafe\u{301}", vec!["cafe\u{301}"]),
        ("cafe", vec![]),
        // Whole words: no stemming, no stop words.
        ("run", vec![]),
        ("running", vec!["garden"]),
        ("fern", vec![]),
        ("are there which", vec!["garden"]),
        // Any part, in scripts without spaces, and emoji.
        ("京都", vec!["旅行"]),
        ("行", vec!["旅行"]),
        ("京タ 都は", vec!["旅行"]),
        ("🎊", vec!["cafe\u{301}"]),
        ("🎊🎉", vec![]),
        // Every word counts, however many there are.
        (&many(), vec!["many"]),
        (&many_and_one, vec![]),
        ("theirs", vec![]),
        ("%", vec![]),
    ] {
        let name = shape.name;
        assert_eq!(found(&client, query).await, expected, "{name}: {query}");
    }
    assert_eq!(found(&stranger, "garden").await, ["theirs"]);
    assert!(found(&stranger, "große").await.is_empty());
}

/// One word fewer than fit into a query.
fn many() -> String {
    let words: Vec<String> = (10..59).map(|n| format!("w{n}")).collect();
    words.join(" ")
}

async fn best_first(shape: &Shape) {
    let client = talker(
        shape.server(),
        &[
            ("once", "apple"),
            ("twice", "apple apple"),
            ("Apple", "pie"),
            ("again", "apple"),
        ],
    )
    .await;
    let best_first = ["Apple", "twice", "again", "once"];
    assert_eq!(found(&client, "apple").await, best_first, "{}", shape.name);
    for limit in 1..=4 {
        let (mut seen, mut more) = (Vec::new(), String::new());
        loop {
            let page = client
                .json(&format!("/api/threads?q=apple&limit={limit}{more}"))
                .await;
            assert!(page["items"].as_array().unwrap().len() <= limit);
            seen.extend(titles(&page));
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            more = format!("&cursor={cursor}");
        }
        assert_eq!(seen, best_first, "{}, by {limit}", shape.name);
    }
}

async fn refusals(server: &TestServer) {
    let client = server.signed_in().await;
    let longest = "東".repeat(200);
    assert!(found(&client, &longest).await.is_empty());
    for query in ["", " ", "\u{3000}\t", "\u{200b}", &format!("{longest}x")] {
        let path = format!("/api/threads?q={}", encoded(query));
        problem(client.get(&path).await, 422, "invalid_request").await;
    }
    // A cursor of the list is not a cursor of a search.
    let client = talker(server, &[("one", "x"), ("two", "x")]).await;
    let list = client.json("/api/threads?limit=1").await;
    let cursor = list["next_cursor"].as_str().unwrap();
    for query in [
        "q=x&cursor=x",
        &format!("q=x&cursor={cursor}"),
        "q=x&limit=0",
    ] {
        let refused = client.get(&format!("/api/threads?{query}")).await;
        problem(refused, 422, "invalid_request").await;
    }
    problem(
        server.client().get("/api/threads?q=x").await,
        401,
        "not_signed_in",
    )
    .await;
}
