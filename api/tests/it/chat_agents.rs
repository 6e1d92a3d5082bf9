//! Turns: tools, handoffs, and mistakes of the model.

use crate::support::{AgentsFile, Client, Model, Reply, TestServer, events::*};
use serde_json::{Value, json};

const NOTE: &str = r#"{"title":"Demo","content":"The demo is on Friday."}"#;

async fn server(replies: Vec<Reply>) -> (Model, TestServer, Client) {
    let model = Model::new(replies).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    (model, server, client)
}

#[tokio::test]
async fn the_archivist_saves_a_note() {
    let (model, _server, client) = server(vec![
        Reply::calls(&[("handoff_to_archivist", "{}")]).with_usage(10, 1),
        Reply::calls(&[("save_note", NOTE)]).with_usage(20, 2),
        Reply::text("Saved it.").with_usage(30, 3),
        Reply::text("On Friday."),
    ])
    .await;
    let events = client
        .ask("Please keep a note that the demo is on Friday")
        .await;
    assert_eq!(
        kinds(&events),
        [
            "user_message",
            "agent_updated",
            "tool_call",
            "tool_result",
            "agent_updated",
            "tool_call",
            "tool_result",
            "content_delta",
            "done",
        ]
    );
    assert_eq!(events[2]["tool"], "handoff_to_archivist");
    assert_eq!(events[3]["result"], json!({"agent": "archivist"}));
    assert_eq!(events[3]["id"], events[2]["id"]);
    assert_eq!(events[4]["agent"], "archivist");
    assert_eq!(events[5]["arguments"]["title"], "Demo");
    assert_eq!(
        events[6]["result"],
        json!({"success": true, "title": "Demo"})
    );
    assert_eq!(events[6]["is_error"], false);
    assert_ne!(events[5]["id"], events[2]["id"]);
    assert_eq!(
        done(&events)["usage"],
        json!({"input_tokens": 60, "output_tokens": 6})
    );
    let notes = client.json("/api/notes").await;
    assert_eq!(notes["items"][0]["preview"], "The demo is on Friday.");

    let requests = model.requests();
    let names = |request: &Value| -> Vec<String> {
        let tools = request["tools"].as_array().unwrap().iter();
        tools
            .map(|tool| tool["function"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&requests[1]),
        [
            "handoff_to_concierge",
            "get_note",
            "list_titles",
            "save_note"
        ]
    );
    let roles: Vec<&str> = roles(&requests[1]);
    assert_eq!(
        roles,
        ["system", "user"],
        "no calls of another agent's tools"
    );

    // The thread remembers its agent.
    let thread = events[0]["thread_id"].clone();
    let more = client
        .chat(json!({"message": "When?", "thread_id": thread}))
        .await
        .rest()
        .await;
    assert_eq!(more[1]["agent"], "archivist");
    let requests = model.requests();
    let last = requests.last().unwrap();
    assert_eq!(
        roles_of(last),
        ["system", "user", "assistant", "tool", "assistant", "user"]
    );
    let call = &last["messages"][2]["tool_calls"][0];
    assert_eq!(call["id"], last["messages"][3]["tool_call_id"]);

    let detail = client
        .json(&format!("/api/threads/{}", thread.as_str().unwrap()))
        .await;
    let messages = detail["messages"].as_array().unwrap();
    let stretches: Vec<(&Value, usize)> = messages
        .iter()
        .map(|m| (&m["agent"], m["tool_calls"].as_array().unwrap().len()))
        .collect();
    assert_eq!(
        stretches,
        [
            (&Value::Null, 0),
            (&json!("concierge"), 1),
            (&json!("archivist"), 1),
            (&Value::Null, 0),
            (&json!("archivist"), 0)
        ],
        "one message per segment"
    );
    assert_eq!(
        messages[1]["usage"],
        json!({"input_tokens": 10, "output_tokens": 1})
    );
    assert_eq!(
        messages[2]["usage"],
        json!({"input_tokens": 50, "output_tokens": 5})
    );
    assert_eq!(detail["agent"], "archivist");
}

fn roles(request: &Value) -> Vec<&str> {
    request["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["role"].as_str().unwrap())
        .collect()
}

fn roles_of(request: &Value) -> Vec<&str> {
    roles(request)
}

#[tokio::test]
async fn mistakes_of_the_model_are_returned_to_it() {
    let (model, _server, client) = server(vec![
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[
            ("save_note", "{\"title\": \"cut"),
            ("save_note", "[1]"),
            ("save_note", "{\"title\": \"x\"}"),
            ("save_note", "{\"title\": 7, \"content\": \"x\"}"),
            ("save_note", "{\"title\": \"\", \"content\": \"x\"}"),
            ("get_note", "{\"title\": \"unknown\"}"),
            ("delete_everything", "{}"),
            ("list_titles", ""),
        ]),
        Reply::text("Sorry."),
    ])
    .await;
    let events = client.ask("note").await;
    let results = of_kind(&events, "tool_result");
    let failed: Vec<bool> = results
        .iter()
        .map(|r| r["is_error"].as_bool().unwrap())
        .collect();
    assert_eq!(
        failed,
        [false, true, true, true, true, true, true, true, false]
    );
    for result in &results {
        assert!(result["result"].is_object());
    }
    for call in of_kind(&events, "tool_call") {
        assert!(call["arguments"].is_object());
    }
    assert_eq!(results[8]["result"], json!({"titles": []}));
    assert!(of_kind(&events, "error").is_empty());
    assert_eq!(done(&events)["status"], "completed");
    let requests = model.requests();
    let last = requests.last().unwrap();
    for message in last["messages"].as_array().unwrap() {
        for call in message["tool_calls"].as_array().unwrap_or(&vec![]) {
            let arguments = call["function"]["arguments"].as_str().unwrap();
            assert!(
                serde_json::from_str::<Value>(arguments)
                    .unwrap()
                    .is_object(),
                "{arguments}"
            );
        }
    }
    assert!(
        last.to_string().contains("not a JSON object"),
        "the model can correct it"
    );
}

#[tokio::test]
async fn tools_run_before_the_first_handoff_and_others_are_refused() {
    let (_model, _server, client) = server(vec![
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::text_and_calls(
            "One moment. ",
            &[
                ("handoff_to_concierge", "{}"),
                ("save_note", NOTE),
                ("handoff_to_concierge", "{}"),
            ],
        ),
        Reply::text("Done."),
    ])
    .await;
    let events = client.ask("note, then chat").await;
    let tail: Vec<String> = events[5..]
        .iter()
        .map(|e| {
            format!(
                "{}:{}",
                e["type"].as_str().unwrap(),
                e["tool"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        tail,
        [
            "content_delta:",
            "tool_call:save_note",
            "tool_result:save_note",
            "tool_call:handoff_to_concierge",
            "tool_result:handoff_to_concierge",
            "tool_call:handoff_to_concierge",
            "tool_result:handoff_to_concierge",
            "agent_updated:",
            "content_delta:",
            "done:"
        ]
    );
    assert_eq!(events[9]["is_error"], true);
    assert_eq!(events[11]["result"], json!({"agent": "concierge"}));
}

#[tokio::test]
async fn handoffs_to_oneself_to_nobody_and_back_and_forth_are_refused() {
    let (_model, _server, client) = server(vec![
        Reply::calls(&[("handoff_to_concierge", "{}")]),
        Reply::calls(&[("handoff_to_nobody", "{}")]),
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("handoff_to_concierge", "{}")]),
        Reply::text("All right, then."),
    ])
    .await;
    let events = client.ask("hm").await;
    let refused: Vec<bool> = of_kind(&events, "tool_result")
        .iter()
        .map(|result| result["is_error"].as_bool().unwrap())
        .collect();
    assert_eq!(refused, [true, true, false, true]);
    assert_eq!(of_kind(&events, "agent_updated").len(), 2);
    assert_eq!(done(&events)["status"], "completed");
}

#[tokio::test]
async fn ends_after_ten_turns() {
    let (model, _server, client) = server(vec![Reply::calls(&[("handoff_to_nobody", "{}")])]).await;
    let events = client.ask("loop").await;
    assert_eq!(of_kind(&events, "error")[0]["code"], "max_iterations");
    assert_eq!(done(&events)["status"], "failed");
    assert_eq!(model.requests().len(), 10);
}

#[tokio::test]
async fn the_next_agent_sees_the_text_before_a_handoff() {
    let (model, _server, client) = server(vec![
        Reply::text_and_calls("Here is a joke. ", &[("handoff_to_archivist", "{}")]),
        Reply::text("Noted."),
    ])
    .await;
    let events = client.ask("joke and note").await;
    assert_eq!(text(&events), "Here is a joke. Noted.");
    let requests = model.requests();
    assert_eq!(roles_of(&requests[1]), ["system", "user"]);
    let system = requests[1]["messages"][0]["content"].as_str().unwrap();
    assert!(system.contains("Here is a joke."));
}

#[tokio::test]
async fn call_ids_are_unique_in_a_thread_whatever_the_provider_sends() {
    let (_model, _server, client) = server(vec![
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("list_titles", "{}")]),
        Reply::calls(&[("list_titles", "{}")]),
        Reply::text("Nothing."),
    ])
    .await;
    let events = client.ask("list").await;
    let mut ids: Vec<&str> = of_kind(&events, "tool_call")
        .iter()
        .map(|call| call["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn an_agents_effort_goes_with_its_own_model_only() {
    let agents = AgentsFile::with_one("model = \"own-model\"\neffort = \"low\"");
    let model = Model::new([Reply::text("Hi."), Reply::text("Hi.")]).await;
    let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
    let visitor = server.signed_in().await;
    visitor.ask("hello").await;
    let chosen = visitor.post("/api/settings", json!({"model": "chosen-model"}));
    assert_eq!(chosen.await.status(), 200);
    visitor.ask("hello").await;
    let asked: Vec<Value> = model
        .requests()
        .iter()
        .map(|request| json!([request["model"], request["reasoning_effort"]]))
        .collect();
    assert_eq!(
        asked,
        [json!(["own-model", "low"]), json!(["chosen-model", null])]
    );
}
