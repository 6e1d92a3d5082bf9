//! Third-party MCP servers: the official Python SDK, both generations.

use crate::{eventually::eventually, support::python};
use secrecy::SecretString;
use serde_json::json;
use smooth_operator::{
    domain::{Approval, JsonObject, ToolSelector, ToolServerSpec, ToolTransport},
    tools::{CallResult, Caller, Offer, Reply, ToolServers},
};
use std::{collections::BTreeMap, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

/// Time limit for Python to start, and for a changed list to be noticed.
const PATIENT: Duration = Duration::from_secs(60);

fn servers(port: u16) -> ToolServers {
    let spec = ToolServerSpec {
        name: "python".to_owned(),
        transport: ToolTransport::Http {
            url: format!("http://127.0.0.1:{port}/mcp"),
            bearer_token: None,
            headers: BTreeMap::new(),
        },
        enabled: None,
        disabled: Vec::new(),
        approval: Approval::Writes,
        timeout: Duration::from_secs(30),
        identity_secret: Some(SecretString::from("i".repeat(32))),
    };
    ToolServers::new(vec![spec], "https://chat.example").unwrap()
}

async fn offer(servers: &ToolServers) -> Offer {
    let all: ToolSelector = "python/*".parse().unwrap();
    servers.offer(&[all]).await
}

async fn call(servers: &ToolServers, tool: &str, arguments: serde_json::Value) -> CallResult {
    let arguments: JsonObject = arguments.as_object().unwrap().clone();
    let caller = Caller {
        subject: "ann".to_owned(),
        site: None,
    };
    servers.call("python", tool, arguments, &caller, None).await
}

async fn text(servers: &ToolServers, tool: &str, arguments: serde_json::Value) -> (String, bool) {
    let CallResult::Done(done) = call(servers, tool, arguments).await else {
        panic!("{tool} asks nothing")
    };
    let text = done.outcome.result["text"].as_str().unwrap().to_owned();
    (text, done.outcome.is_error)
}

/// Starts the script and waits until it reports on standard error that it listens.
async fn start(python: String, port: u16) -> Child {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mcp_tool_server.py");
    let mut child = tokio::process::Command::new(python)
        .args([script, &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let listening = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("Uvicorn running") {
                return;
            }
        }
        panic!("the Python server ended");
    };
    tokio::time::timeout(PATIENT, listening).await.unwrap();
    // Drains the pipe, which must not fill up.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    child
}

fn names(offer: &Offer) -> Vec<&str> {
    offer.tools.iter().map(|tool| tool.tool.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tools_of_the_official_python_sdk_work() {
    for (generation, version) in [(1, "1.30.0"), (2, "2.3.0")] {
        let Some(python) = python::with("mcp", version).await else {
            eprintln!("NOT RUN: the Python SDK mcp=={version} could not be installed here.");
            continue;
        };
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let _child = start(python, port).await;
        let servers = servers(port);
        let tools = offer(&servers).await;
        let asks = |name: &str| {
            let tool = tools.tools.iter().find(|tool| tool.tool == name);
            tool.unwrap().needs_approval
        };
        assert!(!asks("read") && asks("write"), "{version}");

        let found = text(&servers, "read", json!({"q": "fern"})).await;
        assert_eq!(found, ("found fern".to_owned(), false), "{version}");
        let failed = text(&servers, "fail", json!({})).await;
        assert!(failed.0.contains("fail") && failed.1, "{failed:?}");
        let huge = text(&servers, "huge", json!({})).await;
        assert_eq!(huge.0.len(), 500_000, "{version}: the engine cuts it");
        for n in 1..=3 {
            let written = text(&servers, "write", json!({"q": "x"})).await;
            assert_eq!(written.0, format!("written {n}"), "{version}: once each");
        }
        if generation == 2 {
            answers_a_question(&servers).await;
        }

        text(&servers, "grow", json!({})).await;
        eventually(&format!("{version}: the new tool is listed"), async || {
            names(&offer(&servers).await).contains(&"more")
        })
        .await;
    }
}

async fn answers_a_question(servers: &ToolServers) {
    let CallResult::Question(question) = call(servers, "ask", json!({})).await else {
        panic!("it asks first")
    };
    assert_eq!(question.asks[0].message, "Which size?");
    let caller = Caller {
        subject: "ann".to_owned(),
        site: None,
    };
    let answered = (question, vec![Reply::Accept(json!({"size": "M"}))]);
    let done = servers
        .call("python", "ask", JsonObject::new(), &caller, Some(answered))
        .await;
    let CallResult::Done(done) = done else {
        panic!("it has its answer")
    };
    let said = done.outcome.result["text"].as_str().unwrap();
    assert!(said.starts_with("accept") && said.contains("'M'"), "{said}");
    assert!(said.ends_with("step-2"), "{said}");
}
