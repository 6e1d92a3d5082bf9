//! Runs that wait for the visitor or the page, and resume.

use crate::{
    private_sqlite::PrivateFolder,
    support::{Reply, Shop, client::problem, events::*, shop::*},
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

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
async fn what_is_not_open_in_this_thread_answers_nothing() {
    let write = || Reply::calls(&[("shop__write", "{}")]);
    let shop = Shop::open(vec![write()]).await;
    let here = shop.send(json!({"message": "write"})).await;
    let elsewhere = shop.send(json!({"message": "write"})).await;
    let stranger = shop.server.signed_in().await;
    let allowed = |events: &[Value]| json!([answer(interrupt(events), json!({"approved": true}))]);
    let forged = json!([{"interrupt_id": "forged", "status": "resolved",
        "payload": {"approved": true}}]);
    for answers in [forged, allowed(&elsewhere)] {
        shop.refused(&here, answers, 409, "interrupt_not_open")
            .await;
    }
    let body = json!({"thread_id": thread(&here), "resume": allowed(&here)});
    problem(
        stranger.post("/api/chat", body).await,
        404,
        "thread_not_found",
    )
    .await;
    assert_eq!(shop.tools.calls(), Vec::<String>::new());
    assert_eq!(
        shop.thread(&here).await["interrupts"],
        json!([interrupt(&here)])
    );
}

#[tokio::test]
async fn when_all_have_expired_only_a_message_goes_on() {
    let calls = [("page__look", "{}"), ("shop__write", "{}")];
    let replies = vec![Reply::calls(&calls), Reply::text("Let us go on.")];
    // Without a durable store, interrupts expire with their session, which is renewed when used.
    let shop = Shop::with(replies, &[("SESSION_TTL", "2")]).await;
    let events = shop
        .send(json!({"message": "both", "page_tools": page_tools()}))
        .await;
    let last = interrupts(&events)[1]["expires_at"].as_str().unwrap();
    let last: jiff::Timestamp = last.parse().unwrap();
    while jiff::Timestamp::now() <= last {
        assert_eq!(shop.client.get("/api/session").await.status(), 200);
        // pause: the expiry is under test
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(shop.thread(&events).await["interrupts"], json!([]));
    let late = json!([
        cancel(&interrupts(&events)[0]),
        cancel(&interrupts(&events)[1])
    ]);
    shop.refused(&events, late, 409, "interrupt_not_open").await;
    let next = shop.say(&events, "hello?").await;
    assert_eq!(done(&next)["status"], "completed");
    assert_eq!(shop.tools.calls(), Vec::<String>::new());
    let results = shop.last_results();
    assert!(
        results
            .iter()
            .all(|result| result.contains("did not allow")),
        "{results:?}"
    );
    assert_eq!(results.len(), 2);
}

#[tokio::test]
async fn a_message_that_replaces_an_earlier_one_cancels_what_waits() {
    let shop = Shop::open(vec![
        Reply::calls(&[("shop__write", "{}")]),
        Reply::text("All right."),
    ])
    .await;
    let events = shop.send(json!({"message": "write"})).await;
    let replace_from = &events[0]["message"]["id"];
    let body = json!({"thread_id": thread(&events), "message": "no", "replace_from": replace_from});
    assert_eq!(done(&shop.send(body).await)["status"], "completed");
    assert_eq!(shop.thread(&events).await["interrupts"], json!([]));
    let late = json!([cancel(interrupt(&events))]);
    shop.refused(&events, late, 409, "interrupt_not_open").await;
}

#[tokio::test]
async fn resumes_do_not_count_as_messages() {
    let calls = [("shop__write", "{}")];
    let replies = vec![Reply::calls(&calls), Reply::text("Done.")];
    let shop = Shop::with(replies, &[("MESSAGES_PER_MINUTE", "1")]).await;
    let events = shop.send(json!({"message": "write"})).await;
    let allowed = json!([answer(interrupt(&events), json!({"approved": true}))]);
    let resumed = shop.resume(&events, allowed).await;
    assert_eq!(done(&resumed)["status"], "completed");
    let next = json!({"message": "more", "thread_id": thread(&events)});
    problem(
        shop.client.post("/api/chat", next).await,
        429,
        "rate_limited",
    )
    .await;
}

#[tokio::test]
async fn of_several_resumes_at_once_one_goes_on() {
    let calls = [("shop__write", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Done.")]).await;
    let events = shop.send(json!({"message": "write"})).await;
    let allowed = answer(interrupt(&events), json!({"approved": true}));
    let body = json!({"thread_id": thread(&events), "resume": [allowed]});
    let resumes = (0..8).map(|_| shop.client.post("/api/chat", body.clone()));
    let mut taken = 0;
    for response in join_all(resumes).await {
        if response.status() == 200 {
            taken += 1;
            let events = crate::support::Events::of(response).rest().await;
            assert_eq!(done(&events)["status"], "completed");
        } else {
            assert_eq!(response.status(), 409);
        }
    }
    assert_eq!(taken, 1);
    assert_eq!(shop.tools.calls(), ["write"]);
}

#[tokio::test]
async fn an_idempotency_key_stands_for_one_resume() {
    let calls = [("shop__write", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Done.")]).await;
    let events = shop.send(json!({"message": "write"})).await;
    let keyed = |answer: Value| {
        let body = json!({"thread_id": thread(&events), "resume": [answer]});
        let request = shop.client.request("POST", "/api/chat").json(&body);
        shop.client.run(request.header("idempotency-key", "one"))
    };
    let first = keyed(cancel(interrupt(&events))).await;
    crate::support::Events::of(first).rest().await;
    let other = keyed(answer(interrupt(&events), json!({"approved": true}))).await;
    problem(other, 422, "invalid_request").await;
    assert_eq!(shop.tools.calls(), Vec::<String>::new());
}

/// With a durable store the visitor has a week, and the page 10 minutes. The state of a tool's
/// server is stored sealed.
#[tokio::test]
async fn interrupts_carry_what_a_card_needs_and_last_a_week() {
    let folder = PrivateFolder::new();
    let calls = [
        ("page__look", r#"{"at":"F12"}"#),
        ("shop__write", r#"{"n":1}"#),
        ("shop__ask", "{}"),
    ];
    let database = folder.url();
    let env = [("DATABASE_URL", database.as_str())];
    let shop = Shop::with(vec![Reply::calls(&calls)], &env).await;
    let body = json!({"message": "all", "page_tools": page_tools()});
    let events = shop.send(body).await;
    let minutes = |n: i64| SignedDuration::from_mins(n);
    let week = minutes(7 * 24 * 60);
    let common = [
        "arguments",
        "expires_at",
        "id",
        "message",
        "reason",
        "schema",
        "tool",
        "tool_call_id",
    ];
    for (interrupt, (reason, lifetime, arguments)) in interrupts(&events).iter().zip([
        ("page_tool", minutes(10), json!({"at": "F12"})),
        ("approval", week, json!({"n": 1})),
        ("question", week, json!({})),
    ]) {
        assert_eq!(interrupt["reason"], reason);
        assert_eq!(interrupt["arguments"], arguments);
        let mut fields: Vec<_> = interrupt.as_object().unwrap().keys().collect();
        fields.retain(|field| *field != "read_only");
        assert_eq!(fields, common, "{reason}");
        assert_eq!(interrupt["read_only"].is_boolean(), reason == "page_tool");
        let expires: Timestamp = interrupt["expires_at"].as_str().unwrap().parse().unwrap();
        let left = expires.duration_since(Timestamp::now());
        assert!(
            left <= lifetime && left > lifetime - minutes(1),
            "{reason}: {left}"
        );
    }
    assert_eq!(interrupts(&events).len(), 3);
    for name in folder.names() {
        let bytes = std::fs::read(folder.path().join(&name)).unwrap();
        let state = b"step-2";
        assert!(!bytes.windows(state.len()).any(|at| at == state), "{name}");
    }
}

#[tokio::test]
async fn a_chat_request_may_have_160_kib() {
    let calls = [("page__look", "{}"), ("page__look", "{}")];
    let shop = Shop::open(vec![Reply::calls(&calls), Reply::text("Seen.")]).await;
    let body = json!({"message": "look", "page_tools": page_tools()});
    let events = shop.send(body).await;
    let resume = |length: usize| {
        let result = json!({"result": "x".repeat(length)});
        let answers: Vec<_> = interrupts(&events)
            .iter()
            .map(|one| answer(one, result.clone()))
            .collect();
        json!({"thread_id": thread(&events), "resume": answers})
    };
    let large = shop.client.post("/api/chat", resume(82 * 1024)).await;
    problem(large, 413, "payload_too_large").await;
    let fits = shop.send(resume(64 * 1024 - 2)).await;
    assert_eq!(done(&fits)["status"], "completed");
}
