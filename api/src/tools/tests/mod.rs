#![allow(clippy::unwrap_used, clippy::expect_used)]

mod hostile;
mod server;

use super::*;
use crate::{
    domain::{Approval, JsonObject, ToolSelector, ToolServerSpec, ToolTransport},
    eventually::eventually,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use server::TestServer;
use std::{
    collections::BTreeMap,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

fn spec(url: &str) -> ToolServerSpec {
    ToolServerSpec {
        name: "shop".to_owned(),
        transport: ToolTransport::Http {
            url: url.to_owned(),
            bearer_token: Some(SecretString::from("shop-token")),
            headers: BTreeMap::from([("x-team".to_owned(), SecretString::from("chat"))]),
        },
        enabled: None,
        disabled: Vec::new(),
        approval: Approval::Writes,
        timeout: Duration::from_secs(30),
        identity_secret: None,
    }
}

fn servers(spec: ToolServerSpec) -> ToolServers {
    ToolServers::new(vec![spec], "https://chat.example").unwrap()
}

fn all() -> Vec<ToolSelector> {
    vec!["shop/*".parse().unwrap()]
}

fn caller() -> Caller {
    Caller {
        subject: "visitor:ann".to_owned(),
        site: None,
    }
}

fn arguments(value: Value) -> JsonObject {
    value.as_object().unwrap().clone()
}

async fn names(servers: &ToolServers, selectors: &[ToolSelector]) -> Vec<String> {
    let offer = servers.offer(selectors).await;
    assert_eq!(offer.away, Vec::<String>::new());
    offer.tools.into_iter().map(|tool| tool.tool).collect()
}

async fn call(servers: &ToolServers, tool: &str) -> CallResult {
    let arguments = arguments(json!({"q": "fern"}));
    servers.call("shop", tool, arguments, &caller(), None).await
}

async fn outcome(servers: &ToolServers, tool: &str) -> ServerOutcome {
    match call(servers, tool).await {
        CallResult::Done(outcome) => outcome,
        CallResult::Question(question) => panic!("a question: {question:?}"),
    }
}

#[tokio::test]
async fn lists_and_calls_in_both_eras() {
    for legacy in [false, true] {
        let server = TestServer::start().await;
        server.switches.legacy.store(legacy, Ordering::Relaxed);
        let servers = servers(spec(&server.url));
        let offer = servers.offer(&all()).await;
        let read = &offer.tools[0];
        assert_eq!(
            (read.spec.name.as_str(), read.needs_approval),
            ("shop__read", false)
        );
        assert!(offer.tools[1].needs_approval, "{legacy}");
        let outcome = outcome(&servers, "read").await.outcome;
        assert_eq!(outcome.result["text"], "read {\"q\":\"fern\"}", "{legacy}");
        let seen = server.switches.seen.lock().unwrap().clone();
        for (name, value) in [("authorization", "Bearer shop-token"), ("x-team", "chat")] {
            let header = seen.iter().find(|(seen, _)| seen == name);
            assert_eq!(
                header.map(|(_, value)| value.as_str()),
                Some(value),
                "{legacy}"
            );
        }
    }
}

#[tokio::test]
async fn offers_tools_selected_by_agent_and_operator() {
    let server = TestServer::start().await;
    let mut limited = spec(&server.url);
    limited.enabled = Some(vec!["read".to_owned(), "write".to_owned()]);
    limited.disabled = vec!["write".to_owned()];
    assert_eq!(names(&servers(limited), &all()).await, ["read"]);
    let one: Vec<ToolSelector> = vec!["shop/slow".parse().unwrap()];
    assert_eq!(names(&servers(spec(&server.url)), &one).await, ["slow"]);
    let none: Vec<ToolSelector> = vec!["save_note".parse().unwrap(), "bank/*".parse().unwrap()];
    assert!(
        servers(spec(&server.url))
            .offer(&none)
            .await
            .tools
            .is_empty()
    );
}

#[tokio::test]
async fn only_calls_carry_the_identity() {
    let server = TestServer::start().await;
    let mut signed = spec(&server.url);
    signed.identity_secret = Some(SecretString::from("i".repeat(32)));
    let servers = servers(signed);
    outcome(&servers, "read").await;
    let seen = server.switches.seen.lock().unwrap().clone();
    let (_, token) = seen
        .iter()
        .find(|(name, _)| name == "x-so-identity")
        .unwrap();
    assert_eq!(token.split('.').count(), 3);
    let meta = server.switches.meta.lock().unwrap().to_string();
    assert!(
        !meta.contains(token),
        "over HTTP it is a header only: {meta}"
    );
    let elsewhere = &server.switches.identities_elsewhere;
    assert_eq!(elsewhere.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn caches_lists_as_long_as_the_server_allows() {
    // Older servers cannot say, so their list is cached for a minute.
    for (legacy, ttl) in [(false, 60_000), (true, 0)] {
        let server = TestServer::start().await;
        server.switches.legacy.store(legacy, Ordering::Relaxed);
        server.switches.ttl.store(ttl, Ordering::Relaxed);
        let servers = servers(spec(&server.url));
        for _ in 0..3 {
            names(&servers, &all()).await;
        }
        assert_eq!(server.switches.lists.load(Ordering::Relaxed), 1, "{legacy}");
    }
}

#[tokio::test]
async fn fetches_expired_lists_again() {
    let server = TestServer::start().await;
    server.switches.ttl.store(1, Ordering::Relaxed);
    let servers = servers(spec(&server.url));
    assert!(!names(&servers, &all()).await.contains(&"more".to_owned()));
    server.switches.grown.store(true, Ordering::Relaxed);
    // The list expires after a millisecond.
    eventually("the new tool is listed", async || {
        names(&servers, &all()).await.contains(&"more".to_owned())
    })
    .await;
}

#[tokio::test]
async fn an_unavailable_server_costs_one_attempt() {
    let servers = servers(spec("http://127.0.0.1:9/mcp"));
    let began = Instant::now();
    for _ in 0..20 {
        let offer = servers.offer(&all()).await;
        assert_eq!(
            (offer.tools.len(), offer.away),
            (0, vec!["shop".to_owned()])
        );
    }
    assert!(began.elapsed() < Duration::from_secs(5));
    assert!(outcome(&servers, "read").await.outcome.is_error);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_costs_five_seconds_of_a_turn() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let servers = servers(spec(&url));
    let began = tokio::time::Instant::now();
    let offer = servers.offer(&all()).await;
    assert_eq!(offer.away, ["shop"]);
    assert!(began.elapsed() < Duration::from_millis(5_100));
}

#[tokio::test]
async fn refusals_and_redirects_count_as_away() {
    let server = TestServer::start().await;
    server.switches.redirects.store(true, Ordering::Relaxed);
    assert_eq!(
        servers(spec(&server.url)).offer(&all()).await.away,
        ["shop"]
    );
    assert_eq!(server.switches.redirected.load(Ordering::Relaxed), 0);
    server.switches.redirects.store(false, Ordering::Relaxed);
    server.switches.refuses.store(true, Ordering::Relaxed);
    assert_eq!(
        servers(spec(&server.url)).offer(&all()).await.away,
        ["shop"]
    );
}

#[tokio::test]
async fn failures_are_outcomes_the_model_can_read() {
    let server = TestServer::start().await;
    let mut quick = spec(&server.url);
    quick.timeout = Duration::from_secs(1);
    let servers = servers(quick);
    let failed = outcome(&servers, "fail").await;
    assert!(failed.outcome.is_error);
    assert_eq!(failed.outcome.result["text"], "It broke.");

    let refused = outcome(&servers, "refuse").await;
    assert!(refused.outcome.is_error);
    assert!(
        refused
            .for_model
            .unwrap()
            .contains("size must be S, M or L")
    );
    let shown = json!(refused.outcome.result).to_string();
    assert!(
        !shown.contains("size must be"),
        "not for the visitor: {shown}"
    );

    let slow = outcome(&servers, "slow").await.outcome;
    assert!(
        slow.result["error"]
            .as_str()
            .unwrap()
            .contains("not known whether")
    );
    assert_eq!(
        server.switches.calls.load(Ordering::Relaxed),
        3,
        "each was made once"
    );

    let gone = outcome(&servers, "gone").await.outcome;
    assert!(gone.is_error);
    let images = outcome(&servers, "images").await.outcome;
    assert_eq!(images.result["text"], "Look:\n[image, image/png]");
}

#[tokio::test]
async fn a_call_continues_with_the_answer_to_its_question() {
    let server = TestServer::start().await;
    let servers = servers(spec(&server.url));
    let CallResult::Question(question) = call(&servers, "ask").await else {
        panic!("it asks first")
    };
    assert_eq!(question.asks[0].message, "Which size?");
    // It is stored in between.
    let stored = serde_json::to_string(&question).unwrap();
    let question: PendingQuestion = serde_json::from_str(&stored).unwrap();
    let answered = (question, vec![Reply::Accept(json!({"size": "M"}))]);
    let result = servers
        .call("shop", "ask", JsonObject::new(), &caller(), Some(answered))
        .await;
    let CallResult::Done(done) = result else {
        panic!("it has its answer")
    };
    let said: Value = serde_json::from_str(done.outcome.result["text"].as_str().unwrap()).unwrap();
    assert_eq!(said["state"], "step-2");
    assert_eq!(
        said["answers"]["size"],
        json!({"action": "accept", "content": {"size": "M"}})
    );
}

#[tokio::test]
async fn older_servers_are_not_offered_elicitation() {
    let server = TestServer::start().await;
    server.switches.legacy.store(true, Ordering::Relaxed);
    let outcome = outcome(&servers(spec(&server.url)), "ask").await.outcome;
    assert!(outcome.is_error, "{outcome:?}");
}

#[tokio::test]
async fn a_child_process_gets_its_own_variables_only() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stdio_tool_server.py");
    let mut child = spec("");
    child.identity_secret = Some(SecretString::from("i".repeat(32)));
    child.transport = ToolTransport::Stdio {
        command: "python3".to_owned(),
        args: vec![script.to_owned()],
        env: BTreeMap::from([("SHOP_KEY".to_owned(), SecretString::from("k"))]),
    };
    let servers = servers(child);
    let outcome = outcome(&servers, "env").await.outcome;
    let said: Value = serde_json::from_str(outcome.result["text"].as_str().unwrap()).unwrap();
    let variables = said["env"].as_array().unwrap();
    for given in ["HOME", "PATH", "SHOP_KEY"] {
        assert!(variables.contains(&json!(given)), "{given}: {variables:?}");
    }
    // A variable that the test's process has.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(
        !variables.contains(&json!("CARGO_MANIFEST_DIR")),
        "{variables:?}"
    );
    assert!(
        said["meta"]
            .as_array()
            .unwrap()
            .contains(&json!("X-SO-Identity"))
    );
}
