//! Servers' rules for conversations: names and ids of calls, alternating roles.

use super::server::{Answer, Asked, RuledProvider, Step};
use crate::support::{Client, TestServer, events::*};
use serde_json::{Value, json};

/// A provider that refuses requests in which `complaint` finds something, and otherwise answers
/// with `answers` in order, then with a short text.
async fn strict(
    complaint: impl Fn(&Value) -> Option<String> + Send + Sync + 'static,
    answers: Vec<Answer>,
) -> (RuledProvider, TestServer, Client) {
    let provider = RuledProvider::start(move |asked: &Asked, number| {
        if asked.path == "/models" {
            return Answer::models();
        }
        if let Some(complaint) = complaint(&asked.body) {
            let error = json!({"message": complaint, "type": "invalid_request_error"});
            return Answer::json(400, &json!({ "error": error }));
        }
        let text = || Answer::text("Here you are.");
        answers.get(number).cloned().unwrap_or_else(text)
    })
    .await;
    let server = TestServer::at(&provider.url, &[]).await;
    let client = server.signed_in().await;
    (provider, server, client)
}

fn messages(request: &Value) -> &[Value] {
    request["messages"].as_array().map_or(&[], Vec::as_slice)
}

fn calls(request: &Value) -> impl Iterator<Item = &Value> {
    let lists = messages(request)
        .iter()
        .filter_map(|message| message["tool_calls"].as_array());
    lists.flatten()
}

fn bad_name(request: &Value) -> Option<String> {
    let is_good = |name: &str| {
        (1..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let mut names = calls(request).map(|call| call["function"]["name"].as_str().unwrap());
    let name = names.find(|name| !is_good(name))?;
    Some(format!(
        "Invalid 'tool_calls': '{name}' does not match '^[a-zA-Z0-9_-]{{1,64}}$'"
    ))
}

fn bad_id(request: &Value) -> Option<String> {
    let mut seen = std::collections::HashSet::new();
    for call in calls(request) {
        let id = call["id"].as_str().unwrap();
        let is_good = id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_good || !seen.insert(id) {
            return Some(format!(
                "Tool call id was {id} but must be 9 of a-z, A-Z, 0-9"
            ));
        }
    }
    let mut results = messages(request)
        .iter()
        .filter_map(|message| message["tool_call_id"].as_str());
    let lone = results.find(|id| !seen.contains(id))?;
    Some(format!("no call has the id {lone}"))
}

fn bad_turn(request: &Value) -> Option<String> {
    let mut roles = messages(request)
        .iter()
        .map(|message| message["role"].as_str().unwrap());
    let mut last = "";
    for role in roles.clone().filter(|role| *role != "system") {
        let is_again = role == last && role != "tool";
        if is_again || (last, role) == ("tool", "user") || (last, role) == ("", "assistant") {
            return Some(format!("roles must alternate: {role} after {last}"));
        }
        last = role;
    }
    let end = roles.next_back().unwrap_or_default();
    (end == "assistant").then(|| "the last message must be the user's or a tool's".to_owned())
}

async fn ask(client: &Client, thread: &Value, message: &str) -> Vec<Value> {
    let body = json!({"message": message, "thread_id": thread});
    client.chat(body).await.rest().await
}

fn completed(events: &[Value]) -> bool {
    done(events)["status"] == "completed" && !text(events).is_empty()
}

#[tokio::test]
async fn an_invented_tool_name_does_not_end_a_thread() {
    for name in [
        "functions.save_note".to_owned(),
        "save note".to_owned(),
        "notiz_hinzufügen".to_owned(),
        "notes/save_note:0".to_owned(),
        "save_note<|channel|>commentary".to_owned(),
        "x".repeat(100),
    ] {
        let answers = vec![Answer::call(&name, "{}")];
        let (_provider, _server, client) = strict(bad_name, answers).await;
        let events = client.ask("Hello").await;
        assert!(completed(&events), "{name}: {events:?}");
        let results = of_kind(&events, "tool_result");
        assert_eq!(results[0]["is_error"], true, "{name}");
        let next = ask(&client, &events[0]["thread_id"], "Go on").await;
        assert!(completed(&next), "{name}: {next:?}");
    }
}

#[tokio::test]
async fn a_run_that_was_stopped_before_any_text_does_not_end_a_thread() {
    for stops in 1..=4 {
        let held = Answer::Stream(vec![Step::Hold {}]);
        let (_provider, _server, client) = strict(bad_turn, vec![held; stops]).await;
        let mut thread = Value::Null;
        for _ in 0..stops {
            let mut body = json!({"message": "Hello"});
            if !thread.is_null() {
                body["thread_id"] = thread.clone();
            }
            let mut events = client.chat(body).await;
            let begun = events.until("agent_updated").await;
            let run = begun[0]["run_id"].as_str().unwrap();
            client
                .post(&format!("/api/runs/{run}/cancel"), json!({}))
                .await;
            assert_eq!(done(&events.rest().await)["status"], "cancelled");
            thread = begun[0]["thread_id"].clone();
        }
        let events = ask(&client, &thread, "Are you there?").await;
        assert!(completed(&events), "after {stops}: {events:?}");
    }
}

fn said_and_called(text: &str, tool: &str, arguments: &str) -> Answer {
    let call =
        json!({"index": 0, "id": "call_1", "function": {"name": tool, "arguments": arguments}});
    Answer::chat(
        &[json!({"content": text}), json!({"tool_calls": [call]})],
        "tool_calls",
    )
}

#[tokio::test]
async fn user_and_assistant_take_turns_whatever_happened() {
    let broken = || {
        Answer::Stream(vec![Step::Send(
        "data: {\"choices\":[{\"delta\":{\"content\":\"Half of\"}}]}\n\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n".to_owned(),
    )])
    };
    let handoff = |text: &str| said_and_called(text, "handoff_to_archivist", "{}");
    let rows = [
        ("words before a handoff", vec![handoff("One moment.")], true),
        ("a silent handoff", vec![handoff("")], true),
        (
            "words at each step",
            vec![
                handoff("One moment."),
                said_and_called("Let me look.", "list_titles", "{}"),
                Answer::text("Nothing yet."),
            ],
            true,
        ),
        (
            "there and back",
            vec![
                handoff("One moment."),
                said_and_called("Not for me.", "handoff_to_concierge", "{}"),
                Answer::text("So be it."),
            ],
            true,
        ),
        (
            "a call whose result was not answered",
            vec![
                handoff(""),
                said_and_called("", "list_titles", "{}"),
                Answer::json(400, &json!({"error": {"message": "no"}})),
            ],
            false,
        ),
        ("an answer that broke off", vec![broken()], false),
        ("an empty answer", vec![Answer::chat(&[], "stop"); 1], false),
    ];
    for (what, answers, is_good) in rows {
        let (_provider, _server, client) = strict(bad_turn, answers).await;
        let events = client.ask("Remember the milk").await;
        assert_eq!(completed(&events), is_good, "{what}: {events:?}");
        for message in ["Go on", "And then?"] {
            let next = ask(&client, &events[0]["thread_id"], message).await;
            assert!(completed(&next), "{what}: {next:?}");
        }
    }
}

#[tokio::test]
async fn ids_of_calls_are_of_the_strictest_form_whatever_the_provider_sends() {
    for id in [
        json!("call_1"),
        json!(""),
        json!(null),
        json!(7),
        json!("chatcmpl-tool-0123456789abcdef0123456789abcdef"),
        json!("functions.save_note:0"),
        json!("äöü"),
    ] {
        let call = |tool: &str, arguments: &str| {
            let call =
                json!({"index": 0, "id": id, "function": {"name": tool, "arguments": arguments}});
            Answer::chat(&[json!({"tool_calls": [call]})], "tool_calls")
        };
        let answers = vec![
            call("handoff_to_archivist", "{}"),
            call("save_note", r#"{"title":"T1","content":"milk"}"#),
            call("get_note", r#"{"title":"T1"}"#),
        ];
        let (_provider, _server, client) = strict(bad_id, answers).await;
        let events = client.ask("Remember the milk").await;
        assert!(completed(&events), "{id}: {events:?}");
        assert_eq!(client.json("/api/notes/T1").await["content"], "milk");
        let next = ask(&client, &events[0]["thread_id"], "Go on").await;
        assert!(completed(&next), "{id}: {next:?}");
    }
}

/// An answer of the Responses API with a thought.
fn thinking(thought: &str, text: &str, tool: &str, arguments: &str) -> Answer {
    let item =
        json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": thought});
    let call = json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": tool, "arguments": arguments});
    let events = [
        json!({"type": "response.output_item.done", "item": item}),
        json!({"type": "response.output_text.delta", "delta": text}),
        json!({"type": "response.output_item.done", "item": call}),
        json!({"type": "response.completed", "response": {"status": "completed"}}),
    ];
    let sent = |event: &Value| Step::Send(format!("data: {event}\n\n"));
    Answer::Stream(events.iter().map(sent).collect())
}

#[tokio::test]
async fn a_thought_returns_to_its_own_agent_within_the_run() {
    let provider = RuledProvider::start(|asked: &Asked, number| match number {
        _ if asked.path == "/models" => Answer::models(),
        0 => thinking("concierges", "One moment.", "handoff_to_archivist", "{}"),
        1 => thinking("archivists", "", "list_titles", "{}"),
        _ => Answer::response("Nothing yet."),
    })
    .await;
    let server = TestServer::at(&provider.url, &[("OPENAI_API", "responses")]).await;
    let client = server.signed_in().await;
    let events = client.ask("What did I note?").await;
    assert!(completed(&events), "{events:?}");
    let next = ask(&client, &events[0]["thread_id"], "Go on").await;
    assert!(completed(&next), "{next:?}");
    let sent = provider.asked().into_iter();
    let sent: Vec<[bool; 2]> = sent
        .map(|asked| {
            let body = asked.body.to_string();
            ["concierges", "archivists"].map(|thought| body.contains(thought))
        })
        .collect();
    let none = [false, false];
    assert_eq!(sent, [none, none, [false, true], none]);
    let thread = events[0]["thread_id"].as_str().unwrap();
    let kept = client.json(&format!("/api/threads/{thread}")).await;
    assert!(!kept.to_string().contains("archivists"), "{kept}");
}
