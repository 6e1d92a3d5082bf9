//! The first conversation of a new user with models that behave like real ones: an answer, a
//! handoff, a saved note, and a follow-up.

use crate::{
    provider::scripted_provider::{Standin, router},
    support::{Client, TestServer, events::*, python},
};
use serde_json::{Value, json};
use std::time::Duration;

async fn standin() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(Standin::new(Duration::ZERO))).await });
    url
}

async fn visitor(manner: &str, api: &str) -> (TestServer, Client, String) {
    let standin = standin().await;
    let env = [("OPENAI_MODEL", manner), ("OPENAI_API", api)];
    let server = TestServer::at(&format!("{standin}/v1"), &env).await;
    let client = server.client();
    client.sign_in().await;
    client.save_key("sk-test-manners").await;
    // The list does not contain these models.
    client.post("/api/settings", json!({"model": manner})).await;
    (server, client, standin)
}

fn tools(events: &[Value]) -> Vec<String> {
    let calls = of_kind(events, "tool_call").into_iter();
    calls
        .map(|call| call["tool"].as_str().unwrap().to_owned())
        .collect()
}

async fn ask(client: &Client, thread: &str, message: &str) -> Vec<Value> {
    let body = json!({"message": message, "thread_id": thread});
    client.chat(body).await.rest().await
}

/// Sends a greeting, has a note saved, and asks for it.
async fn converse(client: &Client, what: &str) -> Vec<Value> {
    let greeting = client.ask("Hello").await;
    assert_eq!(
        done(&greeting)["status"],
        "completed",
        "{what}: {greeting:?}"
    );
    assert!(text(&greeting).contains("Good to see you"), "{what}");
    let thread = greeting[0]["thread_id"].as_str().unwrap();

    let saving = ask(
        client,
        thread,
        "Please keep a note that the demo is on Friday",
    )
    .await;
    assert_eq!(done(&saving)["status"], "completed", "{what}: {saving:?}");
    assert_eq!(
        tools(&saving),
        ["handoff_to_archivist", "save_note"],
        "{what}"
    );
    let notes = client.json("/api/notes").await;
    assert_eq!(
        notes["items"][0]["title"], "The demo is on Friday",
        "{what}"
    );

    let recall = ask(client, thread, "What did I ask you to note?").await;
    assert_eq!(done(&recall)["status"], "completed", "{what}: {recall:?}");
    assert_eq!(tools(&recall), ["list_titles", "get_note"], "{what}");
    assert!(text(&recall).contains("The demo is on Friday"), "{what}");

    let back = ask(client, thread, "Tell me a joke").await;
    assert_eq!(tools(&back), ["handoff_to_concierge"], "{what}");
    assert_eq!(done(&back)["status"], "completed", "{what}: {back:?}");
    assert!(
        !text(&back).contains("think"),
        "{what}: reasoning is not text"
    );
    [greeting, saving, recall, back].concat()
}

#[tokio::test]
async fn converses_with_models_of_every_kind() {
    for (manner, api) in [
        ("scripted-1", "auto"),
        ("scripted-1", "responses"),
        ("like-openai", "auto"),
        ("like-openai", "chat"),
        ("like-openai", "responses"),
        ("like-ollama", "auto"),
        ("like-mistral", "auto"),
        ("like-deepseek", "auto"),
        ("like-gemini", "auto"),
        ("like-llamacpp", "auto"),
        ("like-llamacpp", "responses"),
    ] {
        let what = format!("{manner}, {api}");
        let (_server, client, _) = visitor(manner, api).await;
        let events = converse(&client, &what).await;
        let thinks = matches!(
            (manner, api),
            ("like-openai", _) | ("like-deepseek" | "like-mistral", _)
        );
        // Every model reasons about the joke; only reasoning models reason about the greeting.
        let mut greeting = events.iter().take_while(|event| event["type"] != "done");
        let has_thought = greeting.any(|event| event["type"] == "reasoning_delta");
        assert_eq!(has_thought, thinks, "{what}");
        assert_eq!(of_kind(&events, "error").len(), 0, "{what}");
    }
}

#[tokio::test]
async fn learns_the_form_of_a_model_once() {
    let (_server, client, standin) = visitor("like-openai", "auto").await;
    converse(&client, "like-openai").await;
    let seen: Value = reqwest::get(format!("{standin}/_seen"))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let refused = seen["requests"].as_array().unwrap().iter();
    let refused: Vec<&Value> = refused.filter(|request| request["status"] != 200).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[tokio::test]
async fn every_run_of_a_model_without_tools_has_a_notice() {
    let (_server, client, _) = visitor("like-vllm", "auto").await;
    let mut thread = Value::Null;
    for message in [
        "Hello",
        "Please keep a note that the demo is on Friday",
        "What did I ask you to note?",
    ] {
        let mut body = json!({"message": message});
        if !thread.is_null() {
            body["thread_id"] = thread;
        }
        let events = client.chat(body).await.rest().await;
        thread = events[0]["thread_id"].clone();
        assert_eq!(done(&events)["status"], "completed", "{events:?}");
        let notices = of_kind(&events, "notice");
        let codes: Vec<&Value> = notices.iter().map(|notice| &notice["code"]).collect();
        assert_eq!(
            codes
                .iter()
                .filter(|code| **code == "model_without_tools")
                .count(),
            1,
            "{events:?}"
        );
        assert!(!text(&events).is_empty());
    }
}

/// Runs the official `openai` package if it can be installed; reports if not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_python_package_reads_the_standin() {
    let version = "3.57.0";
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/openai_sdk.py");
    let Some(python) = python::with("openai", version).await else {
        eprintln!("NOT RUN: the Python package openai=={version} could not be installed here.");
        return;
    };
    let url = format!("{}/v1", standin().await);
    let run = tokio::process::Command::new(python)
        .args([script, &url])
        .output()
        .await
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr),
    );
    assert!(
        run.status.success() && out.ends_with("ok\n"),
        "{out}\n{err}"
    );
}
