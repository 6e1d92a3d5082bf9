//! The stand-in itself: its replies, and its record of clients.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{
    directives::{Directives, Fault},
    notes::{Wish, best_title, note, wish},
    *,
};
use serde_json::{Value, json};
use std::time::Duration;

struct Server {
    url: String,
    http: reqwest::Client,
}

async fn start() -> Server {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(Standin::new(Duration::ZERO))).await });
    Server {
        url,
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

impl Server {
    async fn post(&self, body: Value) -> reqwest::Response {
        let url = format!("{}/v1/chat/completions", self.url);
        let body = serde_json::to_vec(&body).unwrap();
        self.http
            .post(url)
            .bearer_auth("sk-test-1")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn seen(&self) -> Value {
        let body = self
            .http
            .get(format!("{}/_seen", self.url))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The message of a complete answer.
    async fn message(&self, messages: Value, tools: &[&str]) -> Value {
        let tools: Vec<Value> = tools
            .iter()
            .map(|name| json!({"type": "function", "function": {"name": name}}))
            .collect();
        let answer = self
            .post(json!({"model": "m", "messages": messages, "tools": tools}))
            .await
            .bytes()
            .await
            .unwrap();
        serde_json::from_slice::<Value>(&answer).unwrap()["choices"][0]["message"].take()
    }
}

const CONCIERGE: &[&str] = &["handoff_to_archivist"];
const ARCHIVIST: &[&str] = &[
    "save_note",
    "get_note",
    "list_titles",
    "handoff_to_concierge",
];

/// The only call of a message: its tool and arguments.
fn call(message: &Value) -> (String, Value) {
    let function = &message["tool_calls"][0]["function"];
    let arguments = serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
    (function["name"].as_str().unwrap().to_owned(), arguments)
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn called(tool: &str, arguments: &Value, result: &Value) -> [Value; 2] {
    let function = json!({"name": tool, "arguments": arguments.to_string()});
    [
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": function}]}),
        json!({"role": "tool", "tool_call_id": "c", "content": result.to_string()}),
    ]
}

#[test]
fn recognises_requests_about_notes() {
    let rows = [
        ("Please keep a note that the demo is on Friday", Wish::Save),
        ("Remember the milk", Wish::Save),
        ("Note that I should read the contract", Wish::Save),
        ("Save a note called Shopping: milk and eggs", Wish::Save),
        ("What notes do I have?", Wish::List),
        ("Please list my notes", Wish::List),
        ("And what did I ask you to note?", Wish::Recall),
        ("Can you read the note about the demo?", Wish::Recall),
        ("Tell me a joke", Wish::Other),
        ("hello", Wish::Other),
        ("How do I take good meeting notes?", Wish::Other),
        ("long 300", Wish::Other),
        ("What is the time?", Wish::Other),
    ];
    for (message, expected) in rows {
        assert_eq!(wish(message), expected, "{message}");
    }
}

#[test]
fn makes_a_note_of_a_message() {
    let rows = [
        (
            "Please keep a note that the demo is on Friday",
            "The demo is on Friday",
            "The demo is on Friday.",
        ),
        ("Remember to buy milk!", "Buy milk", "Buy milk!"),
        (
            "Save a note called Shopping: milk and eggs",
            "Shopping",
            "Milk and eggs.",
        ),
        ("Note: pay rent", "Pay rent", "Pay rent."),
        (
            "note down über alles Ökologie",
            "Über alles Ökologie",
            "Über alles Ökologie.",
        ),
        ("save a note", "Save a note", "Save a note."),
    ];
    for (message, title, content) in rows {
        assert_eq!(
            note(message),
            (title.to_owned(), content.to_owned()),
            "{message}"
        );
    }
    assert!(
        note(&format!("Remember {}", "word ".repeat(50)))
            .0
            .chars()
            .count()
            <= 60
    );
    let titles = [
        "Shopping list".to_owned(),
        "The demo is on Friday".to_owned(),
    ];
    assert_eq!(
        best_title("What was the note about the demo?", &titles),
        Some(&titles[1])
    );
    assert_eq!(best_title("What did I ask you to note?", &titles), None);
}

#[test]
fn takes_directives_out_of_a_message() {
    let (directives, said) =
        Directives::split("Hello [[fault:429-once]] there [[pace:5]] [[odd]] [[open");
    assert_eq!(said, "Hello  there   [[open");
    let expected = Directives {
        pace: Some(Duration::from_millis(5)),
        fault: Some(Fault::Once(429)),
        ..Directives::default()
    };
    assert_eq!(directives, expected);
    assert_eq!(Directives::split("[[fault:200]]").0.fault, None);
    assert_eq!(
        Directives::split("[[fault:context:6]]").0.fault,
        Some(Fault::Context(6))
    );
}

#[tokio::test]
async fn plays_the_note_from_the_wish_to_the_answer() {
    let server = start().await;
    let wish = user("Please keep a note that the demo is on Friday");
    let concierge = server.message(json!([wish]), CONCIERGE).await;
    assert_eq!(call(&concierge), ("handoff_to_archivist".into(), json!({})));
    assert!(!concierge["content"].as_str().unwrap().is_empty());

    let (tool, arguments) = call(&server.message(json!([wish]), ARCHIVIST).await);
    assert_eq!(
        (tool.as_str(), &arguments["title"]),
        ("save_note", &json!("The demo is on Friday"))
    );
    let [made, result] = called(
        "save_note",
        &arguments,
        &json!({"success": true, "title": "The demo is on Friday"}),
    );
    let saved = server.message(json!([wish, made, result]), ARCHIVIST).await;
    assert!(saved["tool_calls"].is_null());
    assert!(
        saved["content"]
            .as_str()
            .unwrap()
            .contains("The demo is on Friday")
    );

    let question = user("And what did I ask you to note?");
    let mut talk = vec![wish.clone(), made.clone(), result.clone(), saved, question];
    assert_eq!(
        call(&server.message(json!(talk), ARCHIVIST).await).0,
        "list_titles"
    );
    talk.extend(called(
        "list_titles",
        &json!({}),
        &json!({"titles": ["Another", "The demo is on Friday"]}),
    ));
    let (tool, arguments) = call(&server.message(json!(talk), ARCHIVIST).await);
    assert_eq!(
        (tool.as_str(), &arguments),
        ("get_note", &json!({"title": "The demo is on Friday"}))
    );
    talk.extend(called(
        "get_note",
        &arguments,
        &json!({"title": "The demo is on Friday", "content": "The demo is on Friday."}),
    ));
    let read = server.message(json!(talk), ARCHIVIST).await;
    assert!(
        read["content"]
            .as_str()
            .unwrap()
            .contains("> The demo is on Friday.")
    );

    // A refusal is reported, and the call is not repeated.
    let [made, result] = called(
        "save_note",
        &json!({}),
        &json!({"error": "Too many notes."}),
    );
    let refused = server.message(json!([wish, made, result]), ARCHIVIST).await;
    assert!(
        refused["tool_calls"].is_null()
            && refused["content"].as_str().unwrap().contains("save_note")
    );
}

#[tokio::test]
async fn hands_back_what_is_not_about_notes() {
    let server = start().await;
    let joke = user("Tell me a joke");
    assert_eq!(
        call(&server.message(json!([joke]), ARCHIVIST).await).0,
        "handoff_to_concierge"
    );
    let answer = server.message(json!([joke]), CONCIERGE).await;
    assert!(
        answer["tool_calls"].is_null() && answer["content"].as_str().unwrap().contains("script")
    );
}

#[tokio::test]
async fn repairs_bad_arguments_and_calls_unknown_tools() {
    let server = start().await;
    let wish = user("Remember the milk [[fault:bad-args]]");
    let first = server.message(json!([wish]), ARCHIVIST).await;
    let broken = first["tool_calls"][0]["function"]["arguments"]
        .as_str()
        .unwrap();
    assert!(serde_json::from_str::<Value>(broken).is_err());
    let [made, result] = called("save_note", &json!({}), &json!({"error": "not JSON"}));
    let repaired = server.message(json!([wish, made, result]), ARCHIVIST).await;
    assert_eq!(call(&repaired).1["title"], "The milk");

    let odd = server
        .message(json!([user("hi [[fault:unknown-tool]]")]), CONCIERGE)
        .await;
    assert_eq!(call(&odd).0, "shred_everything");
}

#[tokio::test]
async fn refuses_once_and_then_answers() {
    let server = start().await;
    let request =
        json!({"model": "m", "stream": true, "messages": [user("hi [[fault:429-once]]")]});
    for _ in 0..2 {
        let refused = server.post(request.clone()).await;
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        assert_eq!(server.post(request.clone()).await.status(), 200);
    }
}

#[tokio::test]
async fn streams_the_requested_number_of_chunks() {
    let server = start().await;
    let request = json!({"model": "m", "stream": true, "messages": [user("[[chunks:1000]]")]});
    let body = server.post(request).await.text().await.unwrap();
    assert_eq!(body.matches("\"content\":\"word \"").count(), 1000);
    assert!(body.ends_with("data: [DONE]\n\n"));
    let seen = server.seen().await;
    assert_eq!(
        (
            &seen["requests"][0]["chunks_sent"],
            &seen["requests"][0]["complete"]
        ),
        (&json!(1000), &json!(true))
    );
    assert_eq!(seen["open_streams"], 0);
}

#[tokio::test]
async fn sees_a_client_leave() {
    let server = start().await;
    let request =
        json!({"model": "m", "stream": true, "messages": [user("hello [[fault:stall-mid]]")]});
    let mut answer = server.post(request).await;
    answer.chunk().await.unwrap();
    assert_eq!(server.seen().await["open_streams"], 1);
    drop(answer);
    let left = async {
        while server.seen().await["requests"][0]["disconnected"] != true {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), left)
        .await
        .expect("the client left unseen");
    assert_eq!(server.seen().await["open_streams"], 0);
}

#[tokio::test]
async fn accepts_test_keys_only_and_never_shows_them() {
    let server = start().await;
    for (key, status) in [
        ("sk-demo", 200),
        ("sk-test-secret", 200),
        ("sk-bad-1", 401),
        ("other", 401),
    ] {
        let models = server
            .http
            .get(format!("{}/v1/models", server.url))
            .bearer_auth(key)
            .send()
            .await
            .unwrap();
        assert_eq!(models.status().as_u16(), status, "{key}");
    }
    server
        .post(json!({"model": "m", "messages": [user("hi")]}))
        .await;
    let seen = server.seen().await.to_string();
    assert!(
        seen.contains("\"key\":\"test\"") && !seen.contains("sk-"),
        "{seen}"
    );
}
