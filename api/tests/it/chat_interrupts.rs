//! Runs that wait for the visitor or the page, and resume.

use crate::support::{
    AgentsFile, Client, Model, Reply, TestServer, ToolServer, client::problem, events::*,
};
use serde_json::{Value, json};

struct Shop {
    model: Model,
    tools: ToolServer,
    _agents: AgentsFile,
    _server: TestServer,
    client: Client,
}

impl Shop {
    async fn open(replies: Vec<Reply>) -> Self {
        let model = Model::new(replies).await;
        let tools = ToolServer::start().await;
        let agents = AgentsFile::with_clerk(&tools.url);
        let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
        let client = server.signed_in().await;
        Self {
            model,
            tools,
            _agents: agents,
            _server: server,
            client,
        }
    }

    async fn send(&self, body: Value) -> Vec<Value> {
        self.client.chat(body).await.rest().await
    }

    /// Answers the interrupts of a run's last event.
    async fn resume(&self, events: &[Value], answers: Value) -> Vec<Value> {
        self.send(json!({"thread_id": thread(events), "resume": answers}))
            .await
    }

    async fn thread(&self, events: &[Value]) -> Value {
        let path = format!("/api/threads/{}", thread(events));
        self.client.json(&path).await
    }

    /// The results in the model's last request.
    fn last_results(&self) -> Vec<String> {
        let requests = self.model.requests();
        let messages = requests.last().unwrap()["messages"].as_array().unwrap();
        let results = messages.iter().filter(|message| message["role"] == "tool");
        results
            .map(|message| message["content"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn thread(events: &[Value]) -> &str {
    events[0]["thread_id"].as_str().unwrap()
}

fn interrupts(events: &[Value]) -> &[Value] {
    let done = done(events);
    assert_eq!(done["status"], "interrupted");
    done["interrupts"].as_array().unwrap()
}

fn page_tools() -> Value {
    json!([
        {"name": "add_to_cart", "description": "Adds.", "parameters": {"type": "object"}},
        {"name": "look", "description": "Looks.", "parameters": {"type": "object"}, "read_only": true},
    ])
}

fn answer(interrupt: &Value, payload: Value) -> Value {
    json!({"interrupt_id": interrupt["id"], "status": "resolved", "payload": payload})
}

fn cancel(interrupt: &Value) -> Value {
    json!({"interrupt_id": interrupt["id"], "status": "cancelled"})
}

#[tokio::test]
async fn the_model_gets_the_result_of_a_page_tool() {
    let shop = Shop::open(vec![
        Reply::text_and_calls("One moment.", &[("page__add_to_cart", r#"{"sku":"F12"}"#)]),
        Reply::text("It is in your cart."),
    ])
    .await;
    let body = json!({"message": "buy", "page_tools": page_tools(), "page_context": "Fern, 12 cm"});
    let events = shop.send(body).await;
    let expected = [
        "user_message",
        "agent_updated",
        "content_delta",
        "tool_call",
        "done",
    ];
    assert_eq!(kinds(&events), expected);
    let call = of_kind(&events, "tool_call")[0];
    assert_eq!(
        (&call["tool"], &call["origin"]),
        (&json!("page__add_to_cart"), &json!("page"))
    );
    let [interrupt] = interrupts(&events) else {
        panic!("one interrupt")
    };
    assert_eq!(interrupt["reason"], "page_tool");
    assert_eq!(interrupt["tool_call_id"], call["id"]);
    assert_eq!(interrupt["arguments"], json!({"sku": "F12"}));
    assert_eq!(interrupt["read_only"], false);
    assert_eq!(interrupt["schema"], Value::Null);

    let request = &shop.model.requests()[0];
    let names: Vec<&str> = request["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["function"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "handoff_to_helper",
            "save_note",
            "page__add_to_cart",
            "page__look",
            "shop__read",
            "shop__write",
            "shop__ask"
        ]
    );
    let sent = request["messages"].to_string();
    assert!(
        sent.contains("<page_context>") && sent.contains("Fern, 12 cm"),
        "{sent}"
    );

    let stored = shop.thread(&events).await;
    assert_eq!(stored["interrupts"], json!([interrupt]));
    assert_eq!(stored["active_run_id"], Value::Null);
    let message = &stored["messages"][1];
    assert_eq!(message["status"], "interrupted");
    assert_eq!(message["tool_calls"][0]["result"], Value::Null);
    assert_eq!(message["tool_calls"][0]["is_error"], false);

    let answers = json!([answer(interrupt, json!({"result": {"ok": true}}))]);
    let resumed = shop.resume(&events, answers.clone()).await;
    let expected = [
        "resumed",
        "tool_result",
        "agent_updated",
        "content_delta",
        "done",
    ];
    assert_eq!(kinds(&resumed), expected);
    assert_eq!(thread(&resumed), thread(&events));
    assert_eq!(resumed[1]["id"], call["id"]);
    assert_eq!(resumed[1]["result"], json!({"ok": true}));
    assert_eq!(done(&resumed)["status"], "completed");
    assert_eq!(shop.last_results(), [r#"{"ok":true}"#]);
    let sent = shop.model.requests()[1]["messages"].to_string();
    assert!(
        !sent.contains("page_context"),
        "a resume without a context has none"
    );

    let stored = shop.thread(&events).await;
    assert_eq!(stored["interrupts"], json!([]));
    assert_eq!(
        stored["messages"][1]["tool_calls"][0]["result"],
        json!({"ok": true})
    );
    assert_eq!(stored["messages"][2]["content"], "It is in your cart.");
    let again = json!({"thread_id": thread(&events), "resume": answers});
    problem(
        shop.client.post("/api/chat", again).await,
        409,
        "interrupt_not_open",
    )
    .await;
}

#[tokio::test]
async fn results_of_the_page_are_objects_errors_or_values() {
    for (payload, result, is_error) in [
        (json!({"result": {"a": 1}}), json!({"a": 1}), false),
        (json!({"result": [1, 2]}), json!({"value": [1, 2]}), false),
        (json!({"result": null}), json!({"value": null}), false),
        (
            json!({"error": "It broke."}),
            json!({"error": "It broke."}),
            true,
        ),
    ] {
        let calls = [("page__look", "{}")];
        let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Done.")]).await;
        let events = shop
            .send(json!({"message": "look", "page_tools": page_tools()}))
            .await;
        let [interrupt] = interrupts(&events) else {
            panic!("one interrupt")
        };
        assert_eq!(interrupt["read_only"], true);
        let resumed = shop
            .resume(&events, json!([answer(interrupt, payload)]))
            .await;
        assert_eq!(
            (&resumed[1]["result"], &resumed[1]["is_error"]),
            (&result, &json!(is_error))
        );
    }
}

#[tokio::test]
async fn writing_tools_are_called_once_and_only_with_permission() {
    let write = || Reply::calls(&[("shop__write", r#"{"n":1}"#), ("shop__read", "{}")]);
    let shop = Shop::open(vec![
        write(),
        Reply::text("No."),
        write(),
        Reply::text("Yes."),
    ])
    .await;
    let events = shop.send(json!({"message": "write"})).await;
    let [interrupt] = interrupts(&events) else {
        panic!("one interrupt")
    };
    assert_eq!(
        (&interrupt["reason"], &interrupt["tool"]),
        (&json!("approval"), &json!("shop__write"))
    );
    assert!(interrupt["message"].as_str().unwrap().starts_with("Clerk "));
    assert_eq!(
        shop.tools.calls(),
        ["read"],
        "what needs nobody runs at once"
    );
    let refused = json!([answer(interrupt, json!({"approved": false}))]);
    let resumed = shop.resume(&events, refused).await;
    assert_eq!(resumed[1]["is_error"], true);
    assert_eq!(
        resumed[1]["result"],
        json!({"error": "The visitor did not allow this."})
    );
    assert_eq!(shop.tools.calls(), ["read"]);

    let again = json!({"message": "write", "thread_id": thread(&events)});
    let events = shop.send(again).await;
    let allowed = json!([answer(&interrupts(&events)[0], json!({"approved": true}))]);
    let resumed = shop.resume(&events, allowed).await;
    assert_eq!(resumed[1]["result"], json!({"text": r#"write {"n":1}"#}));
    assert_eq!(shop.tools.calls(), ["read", "read", "write"]);
    assert!(
        shop.last_results()
            .iter()
            .any(|result| result.contains("write"))
    );
}

#[tokio::test]
async fn approvals_are_remembered_for_the_thread_only() {
    let write = || Reply::calls(&[("shop__write", "{}")]);
    let shop = Shop::open(vec![
        write(),
        Reply::text("Done."),
        write(),
        Reply::text("Done again."),
        write(),
    ])
    .await;
    let events = shop.send(json!({"message": "write"})).await;
    let payload = json!({"approved": true, "remember": "thread"});
    let allowed = json!([answer(&interrupts(&events)[0], payload)]);
    assert_eq!(
        done(&shop.resume(&events, allowed).await)["status"],
        "completed"
    );
    let here = json!({"message": "again", "thread_id": thread(&events)});
    assert_eq!(done(&shop.send(here).await)["status"], "completed");
    assert_eq!(shop.tools.calls(), ["write", "write"]);
    let elsewhere = shop.send(json!({"message": "elsewhere"})).await;
    assert_eq!(interrupts(&elsewhere).len(), 1);
}

#[tokio::test]
async fn answers_are_checked_and_returned_with_the_servers_state() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__ask", "{}")]),
        Reply::text("Fine."),
    ])
    .await;
    let events = shop.send(json!({"message": "ask"})).await;
    let [interrupt] = interrupts(&events) else {
        panic!("one interrupt")
    };
    assert_eq!(
        (&interrupt["reason"], &interrupt["message"]),
        (&json!("question"), &json!("Which size?"))
    );
    assert_eq!(
        interrupt["schema"]["properties"]["size"]["enum"],
        json!(["S", "M"])
    );
    let bad =
        json!({"thread_id": thread(&events), "resume": [answer(interrupt, json!({"size": "L"}))]});
    problem(
        shop.client.post("/api/chat", bad).await,
        422,
        "invalid_request",
    )
    .await;
    let resumed = shop
        .resume(&events, json!([answer(interrupt, json!({"size": "M"}))]))
        .await;
    let said = resumed[1]["result"]["text"].as_str().unwrap();
    let said: Value = serde_json::from_str(said).unwrap();
    assert_eq!(said["state"], "step-2");
    assert_eq!(
        said["answers"]["size"],
        json!({"action": "accept", "content": {"size": "M"}})
    );
    assert_eq!(shop.tools.calls(), ["ask", "ask"]);
}

#[tokio::test]
async fn a_cancelled_question_tells_the_server() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__ask", "{}")]),
        Reply::text("Fine."),
    ])
    .await;
    let events = shop.send(json!({"message": "ask"})).await;
    let resumed = shop
        .resume(&events, json!([cancel(&interrupts(&events)[0])]))
        .await;
    let said = resumed[1]["result"]["text"].as_str().unwrap();
    assert!(said.contains(r#""action":"cancel""#), "{said}");
}

#[tokio::test]
async fn all_open_interrupts_must_be_answered_at_once() {
    let calls = [("page__look", "{}"), ("shop__write", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Done.")]).await;
    let events = shop
        .send(json!({"message": "both", "page_tools": page_tools()}))
        .await;
    let [page, approval] = interrupts(&events) else {
        panic!("two interrupts")
    };
    let page_ok = answer(page, json!({"result": 1}));
    let allowed = answer(approval, json!({"approved": true}));
    let large = "x".repeat(64 * 1024 + 1);
    for (answers, status, code) in [
        (json!([page_ok]), 422, "invalid_request"),
        (json!([page_ok, allowed, allowed]), 422, "invalid_request"),
        (
            json!([page_ok, answer(approval, json!({}))]),
            422,
            "invalid_request",
        ),
        (
            json!([
                page_ok,
                answer(approval, json!({"approved": false, "remember": "thread"}))
            ]),
            422,
            "invalid_request",
        ),
        (
            json!([page_ok, {"interrupt_id": approval["id"], "status": "resolved"}]),
            422,
            "invalid_request",
        ),
        (
            json!([page_ok, {"interrupt_id": approval["id"], "status": "cancelled", "payload": {}}]),
            422,
            "invalid_request",
        ),
        (
            json!([answer(page, json!({"result": large})), allowed]),
            422,
            "invalid_request",
        ),
        (
            json!([page_ok, allowed, {"interrupt_id": "unknown", "status": "cancelled"}]),
            409,
            "interrupt_not_open",
        ),
    ] {
        let body = json!({"thread_id": thread(&events), "resume": answers});
        let refused = problem(shop.client.post("/api/chat", body).await, status, code).await;
        if answers.as_array().unwrap().len() == 1 {
            let left_out = approval["id"].as_str().unwrap();
            assert!(refused["detail"].as_str().unwrap().contains(left_out));
        }
    }
    assert_eq!(shop.tools.calls(), Vec::<String>::new());
    assert_eq!(
        shop.thread(&events).await["interrupts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let resumed = shop.resume(&events, json!([allowed, page_ok])).await;
    let expected = [
        "resumed",
        "tool_result",
        "tool_result",
        "agent_updated",
        "content_delta",
        "done",
    ];
    assert_eq!(kinds(&resumed), expected);
    let body = json!({"thread_id": "nowhere", "resume": [page_ok]});
    problem(
        shop.client.post("/api/chat", body).await,
        404,
        "thread_not_found",
    )
    .await;
}

#[tokio::test]
async fn a_new_message_cancels_waiting_calls() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__write", "{}")]),
        Reply::text("All right."),
    ])
    .await;
    let events = shop.send(json!({"message": "write"})).await;
    let interrupt = interrupts(&events)[0].clone();
    let next = json!({"message": "never mind", "thread_id": thread(&events)});
    assert_eq!(done(&shop.send(next).await)["status"], "completed");
    assert_eq!(shop.tools.calls(), Vec::<String>::new());
    let stored = shop.thread(&events).await;
    assert_eq!(stored["interrupts"], json!([]));
    let call = &stored["messages"][1]["tool_calls"][0];
    assert_eq!(
        call["result"],
        json!({"error": "The visitor did not allow this."})
    );
    assert_eq!(call["is_error"], true);
    assert!(shop.last_results()[0].contains("did not allow"));
    let late = json!({"thread_id": thread(&events), "resume": [cancel(&interrupt)]});
    problem(
        shop.client.post("/api/chat", late).await,
        409,
        "interrupt_not_open",
    )
    .await;
}

#[tokio::test]
async fn a_handoff_waits_for_the_other_calls_of_its_answer() {
    let calls = [("handoff_to_helper", "{}"), ("shop__write", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Hello.")]).await;
    let events = shop.send(json!({"message": "both"})).await;
    assert_eq!(
        kinds(&events),
        ["user_message", "agent_updated", "tool_call", "done"]
    );
    assert_eq!(shop.thread(&events).await["agent"], "clerk");
    let resumed = shop
        .resume(&events, json!([cancel(&interrupts(&events)[0])]))
        .await;
    let expected = [
        "resumed",
        "tool_result",
        "tool_call",
        "tool_result",
        "agent_updated",
        "content_delta",
        "done",
    ];
    assert_eq!(kinds(&resumed), expected);
    assert_eq!(resumed[2]["tool"], "handoff_to_helper");
    assert_eq!(resumed[4]["agent"], "helper");
}

#[tokio::test]
async fn the_26th_consecutive_resumption_fails_with_its_results_stored() {
    let shop = Shop::open(vec![Reply::calls(&[("page__look", "{}")])]).await;
    let body = json!({"message": "look", "page_tools": page_tools()});
    let mut events = shop.send(body).await;
    for n in 1..=26 {
        let answers = json!([answer(&interrupts(&events)[0], json!({"result": n}))]);
        let body =
            json!({"thread_id": thread(&events), "resume": answers, "page_tools": page_tools()});
        events = shop.send(body).await;
    }
    assert_eq!(kinds(&events), ["resumed", "tool_result", "error", "done"]);
    assert_eq!(events[1]["result"], json!({"value": 26}));
    assert_eq!(events[2]["code"], "max_iterations");
    assert_eq!(shop.thread(&events).await["interrupts"], json!([]));
}

#[tokio::test]
async fn a_repeated_resume_reads_the_same_run() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__write", "{}")]),
        Reply::text("Done."),
    ])
    .await;
    let events = shop.send(json!({"message": "write"})).await;
    let allowed = answer(&interrupts(&events)[0], json!({"approved": true}));
    let body = json!({"thread_id": thread(&events), "resume": [allowed]});
    let mut runs = Vec::new();
    for _ in 0..2 {
        let request = shop.client.request("POST", "/api/chat").json(&body);
        let response = shop
            .client
            .run(request.header("idempotency-key", "k"))
            .await;
        let events = crate::support::Events::of(response).rest().await;
        assert_eq!(done(&events)["status"], "completed");
        runs.push(events);
    }
    assert_eq!(runs[0], runs[1]);
    assert_eq!(shop.tools.calls(), ["write"]);
}

#[tokio::test]
async fn agents_work_without_an_unavailable_server() {
    let model = Model::new([Reply::text("Hello.")]).await;
    let agents = AgentsFile::with_clerk("http://127.0.0.1:9/mcp");
    let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
    let events = server.signed_in().await.ask("hello").await;
    assert_eq!(
        kinds(&events),
        [
            "user_message",
            "agent_updated",
            "notice",
            "content_delta",
            "done"
        ]
    );
    assert_eq!(events[2]["code"], "tools_unavailable");
}
