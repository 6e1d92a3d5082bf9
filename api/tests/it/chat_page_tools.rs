//! Tools that run in the page around the chat.

use crate::support::{
    AgentsFile, Model, Reply, Shop, TestServer, client::problem, events::*, shop::*,
};
use serde_json::{Value, json};

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
    let interrupt = interrupt(&events);
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
        let interrupt = interrupt(&events);
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
async fn a_result_over_64_kib_is_refused_and_may_be_sent_again() {
    let calls = [("page__look", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Done.")]).await;
    let events = shop
        .send(json!({"message": "look", "page_tools": page_tools()}))
        .await;
    let interrupt = interrupt(&events);
    // One byte more than 64 KiB, with its quotes.
    let large = "x".repeat(64 * 1024 - 1);
    for payload in [
        json!({"result": large}),
        json!({"result": {"list": [large]}}),
        json!({"error": format!("{large}xx")}),
        json!({"result": 1, "error": "both"}),
        json!({"result": 1, "remember": "thread"}),
        json!({}),
        json!(null),
    ] {
        let answers = json!([answer(interrupt, payload)]);
        shop.refused(&events, answers, 422, "invalid_request").await;
    }
    assert_eq!(shop.thread(&events).await["interrupts"], json!([interrupt]));
    let fits = json!([answer(interrupt, json!({"result": large[1..]}))]);
    let resumed = shop.resume(&events, fits).await;
    // Wrapped in `value`, it exceeds the model's limit a little and is cut.
    let kept = resumed[1]["result"]["value"].as_str().unwrap();
    assert!(large.starts_with(kept) && kept.len() > large.len() - 16);
}

#[tokio::test]
async fn a_refused_page_tool_is_an_error_to_the_model() {
    let calls = [("page__add_to_cart", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("All right.")]).await;
    let events = shop
        .send(json!({"message": "buy", "page_tools": page_tools()}))
        .await;
    let resumed = shop
        .resume(&events, json!([cancel(interrupt(&events))]))
        .await;
    assert_eq!(resumed[1]["is_error"], true);
    assert_eq!(
        shop.last_results(),
        [r#"{"error":"The visitor did not allow this."}"#]
    );
}

#[tokio::test]
async fn the_context_of_the_page_is_data_for_one_run_and_is_not_stored() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__read", "{}")]),
        Reply::text("Found."),
        Reply::text("Hello."),
    ])
    .await;
    let body = json!({"message": "find", "page_context": "Fern, 12 cm"});
    let events = shop.send(body).await;
    shop.say(&events, "hello").await;
    let sent: Vec<bool> = shop
        .model
        .requests()
        .iter()
        .map(|request| request["messages"].to_string().contains("Fern, 12 cm"))
        .collect();
    assert_eq!(sent, [true, true, false]);
    let stored = shop.thread(&events).await.to_string();
    assert!(!stored.contains("Fern, 12 cm"), "{stored}");
}

#[tokio::test]
async fn agents_get_the_page_tools_that_their_file_names() {
    for (selectors, expected) in [
        ("", vec![]),
        ("\"save_note\"", vec!["save_note"]),
        ("\"page/look\"", vec!["page__look"]),
        ("\"page/*\"", vec!["page__add_to_cart", "page__look"]),
    ] {
        let agents = AgentsFile::with_one(&format!("tools = [{selectors}]"));
        let model = Model::new([Reply::text("Hi.")]).await;
        let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
        let body = json!({"message": "hi", "page_tools": page_tools()});
        let visitor = server.signed_in().await;
        visitor.chat(body).await.rest().await;
        let request = &model.requests()[0];
        let tools = request["tools"].as_array().into_iter().flatten();
        let names: Vec<_> = tools
            .map(|tool| tool["function"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected);
    }
}
