//! Questions of a tool's server to the visitor.

use crate::support::{Reply, Shop, client::problem, events::*, shop::*};
use serde_json::{Value, json};

#[tokio::test]
async fn answers_are_checked_and_returned_with_the_servers_state() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__ask", "{}")]),
        Reply::text("Fine."),
    ])
    .await;
    let events = shop.send(json!({"message": "ask"})).await;
    let interrupt = interrupt(&events);
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
async fn a_tool_may_ask_again() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__insist", "{}"), ("shop__write", "{}")]),
        Reply::text("Fine."),
    ])
    .await;
    shop.tools.offer("insist", "Asks twice.");
    let events = shop.send(json!({"message": "ask"})).await;
    let [question, approval] = interrupts(&events) else {
        panic!("two interrupts")
    };
    let size = |size: &str| json!({"size": size});
    let answers = json!([answer(question, size("S")), cancel(approval)]);
    let resumed = shop.resume(&events, answers).await;
    assert_eq!(kinds(&resumed), ["resumed", "tool_result", "done"]);
    assert_eq!(resumed[1]["id"], approval["tool_call_id"]);
    let again = interrupt(&resumed);
    assert_eq!(again["tool_call_id"], question["tool_call_id"]);
    assert_ne!(again["id"], question["id"]);

    let old = json!([answer(question, size("S"))]);
    shop.refused(&events, old, 409, "interrupt_not_open").await;
    let finished = shop
        .resume(&events, json!([answer(again, size("M"))]))
        .await;
    assert_eq!(finished[1]["id"], question["tool_call_id"]);
    let said = finished[1]["result"]["text"].as_str().unwrap();
    assert!(said.contains("step-3") && said.contains("\"M\""), "{said}");
    assert_eq!(done(&finished)["status"], "completed");
    assert_eq!(shop.tools.calls(), ["insist", "insist", "insist"]);
}

#[tokio::test]
async fn a_question_may_ask_to_open_an_address() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__open", "{}")]),
        Reply::text("Paid."),
    ])
    .await;
    shop.tools.offer("open", "Takes money.");
    let events = shop.send(json!({"message": "pay"})).await;
    let interrupt = interrupt(&events);
    assert_eq!(interrupt["url"], "https://pay.example/7");
    assert_eq!(interrupt["schema"], Value::Null);
    assert_eq!(interrupt["message"], "Pay there.");
    let bad = json!([answer(interrupt, json!("paid"))]);
    shop.refused(&events, bad, 422, "invalid_request").await;
    let resumed = shop
        .resume(&events, json!([answer(interrupt, json!({}))]))
        .await;
    let said = resumed[1]["result"]["text"].as_str().unwrap();
    assert!(said.contains(r#""action":"accept""#), "{said}");
}
