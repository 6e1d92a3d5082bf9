//! Runs the examples of `/openapi.json`: each body is sent, and each response has the documented
//! shape.

use crate::support::{
    Client, Model, Reply, SITE_SECRET, TestServer, events::*, process::command, python,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Stdio,
};
use tokio::io::AsyncWriteExt;

/// All operations, ordered so that each finds what it needs.
const ORDER: &[(&str, &str)] = &[
    ("get", "/"),
    ("get", "/health"),
    ("get", "/ready"),
    ("get", "/openapi.json"),
    ("get", "/docs"),
    ("post", "/api/client-secrets"),
    ("post", "/api/login"),
    ("post", "/api/settings"),
    ("get", "/api/session"),
    ("get", "/api/models"),
    ("get", "/api/sites/{site_id}"),
    ("post", "/api/chat"),
    ("get", "/api/runs/{run_id}/events"),
    ("post", "/api/runs/{run_id}/cancel"),
    ("get", "/api/threads"),
    ("get", "/api/threads/{thread_id}"),
    ("patch", "/api/threads/{thread_id}"),
    ("get", "/api/notes"),
    ("get", "/api/notes/{title}"),
    ("post", "/api/mcp-tokens"),
    ("post", "/mcp"),
    ("get", "/api/mcp-tokens"),
    ("delete", "/api/mcp-tokens/{id}"),
    ("delete", "/api/notes/{title}"),
    ("delete", "/api/threads/{thread_id}"),
    ("delete", "/api/settings"),
    ("get", "/api/me/export"),
    ("delete", "/api/me"),
    ("post", "/api/logout"),
    ("get", "/metrics"),
];

/// Values for later examples: ids, and the token of an MCP client.
type Known = BTreeMap<&'static str, String>;

#[tokio::test]
async fn every_example_does_what_it_shows() {
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[(
            "save_note",
            r#"{"title": "demo", "content": "The demo is on Friday."}"#,
        )]),
        Reply::text("It is kept.").with_usage(20, 5),
    ])
    .await;
    let document = document().await;
    let passcode = document["paths"]["/api/login"]["post"]["requestBody"]["content"]
        ["application/json"]["example"]["passcode"]
        .as_str()
        .unwrap()
        .to_owned();
    let server = TestServer::with(&model, &[("APP_PASSCODE", &passcode)]).await;
    let client = server.client();
    let mut known = Known::from([("site_id", "shop".to_owned()), ("title", "demo".to_owned())]);

    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.clone(), path.clone()))
        })
        .collect();
    let ordered = ORDER
        .iter()
        .map(|(m, p)| ((*m).to_owned(), (*p).to_owned()));
    assert_eq!(described, ordered.collect(), "ORDER has every operation");
    for (method, path) in ORDER {
        let operation = &document["paths"][path][method];
        run(&client, method, path, operation, &document, &mut known).await;
    }
}

async fn document() -> Value {
    let printed = command(&["openapi"], &[]).output().await.unwrap();
    serde_json::from_slice(&printed.stdout).unwrap()
}

async fn run(
    client: &Client,
    method: &str,
    path: &str,
    operation: &Value,
    document: &Value,
    known: &mut Known,
) {
    let name = format!("{method} {path}");
    let mut address = path.to_owned();
    for (key, value) in known.iter() {
        address = address.replace(&format!("{{{key}}}"), value);
    }
    let mut request = client.request(&method.to_uppercase(), &address);
    match path {
        "/api/client-secrets" => request = request.bearer_auth(SITE_SECRET),
        "/mcp" => {
            request = request
                .bearer_auth(&known["token"])
                .header("accept", "application/json, text/event-stream");
        }
        _ => {}
    }
    if let Some(body) = operation.get("requestBody") {
        let example = body["content"]["application/json"].get("example");
        request = request.json(example.unwrap_or_else(|| panic!("{name} shows no body")));
    }
    let response = client.run(request).await;
    let status = response.status().as_u16().to_string();
    let described = &operation["responses"][&status];
    assert!(
        status.starts_with('2') && described.is_object(),
        "{name}: {status}"
    );
    let Some(content) = described["content"].as_object() else {
        assert_eq!(response.text().await.unwrap(), "", "{name}");
        return;
    };
    let kind = response.headers()["content-type"].to_str().unwrap();
    let kind = kind.split(';').next().unwrap().to_owned();
    let shown = content
        .get(&kind)
        .unwrap_or_else(|| panic!("{name}: {kind}"));
    match kind.as_str() {
        "text/event-stream" => {
            let events = Events::of(response).rest().await;
            done(&events);
            for event in &events {
                fits(event, event_example(document, event), &name);
            }
            assert!(
                shown["example"].as_str().unwrap().ends_with("\n\n"),
                "{name}"
            );
            remember(known, "run_id", &events[0]["run_id"]);
            remember(known, "thread_id", &events[0]["thread_id"]);
        }
        "application/json" => {
            let answer: Value = response.json().await.unwrap();
            if let Some(example) = shown.get("example") {
                fits(&answer, example, &name);
            } else {
                assert_eq!(path, "/openapi.json", "{name} shows no answer");
            }
            remember(known, "token", &answer["token"]);
            if path == "/api/mcp-tokens" {
                remember(known, "id", &answer["items"][0]["id"]);
            }
        }
        _ => assert!(!response.text().await.unwrap().is_empty(), "{name}"),
    }
}

fn remember(known: &mut Known, key: &'static str, value: &Value) {
    if let Some(value) = value.as_str() {
        known.insert(key, value.to_owned());
    }
}

fn event_example<'a>(document: &'a Value, event: &Value) -> &'a Value {
    let examples = document["components"]["schemas"]["RunEvent"]["examples"].as_array();
    let mut examples = examples.unwrap().iter();
    examples
        .find(|example| example["type"] == event["type"])
        .unwrap()
}

/// Compares fields and types down to the leaves. The arguments and results of tools may be
/// anything, and null stands for any optional value.
fn fits(answer: &Value, example: &Value, at: &str) {
    match (answer, example) {
        (Value::Object(answer), Value::Object(example)) => {
            let fields = |object: &serde_json::Map<String, Value>| {
                object.keys().cloned().collect::<BTreeSet<String>>()
            };
            assert_eq!(fields(answer), fields(example), "{at}");
            for (key, value) in answer {
                if !["arguments", "result"].contains(&key.as_str()) || at.contains("/mcp") {
                    fits(value, &example[key], &format!("{at}.{key}"));
                }
            }
        }
        (Value::Array(answer), Value::Array(example)) => {
            for value in answer {
                let near = example.iter().find(|e| e.get("role") == value.get("role"));
                let example = near.or(example.first());
                if let Some(example) = example {
                    fits(value, example, &format!("{at}[]"));
                }
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (answer, example) => assert_eq!(
            std::mem::discriminant(answer),
            std::mem::discriminant(example),
            "{at}: {answer} is not like {example}"
        ),
    }
}

/// The checker must find violations.
#[test]
#[should_panic(expected = "x.b[].c")]
fn rejects_a_different_shape() {
    fits(
        &json!({"a": 1, "b": [{"c": "text"}]}),
        &json!({"a": 2, "b": [{"c": 3}]}),
        "x",
    );
}

/// The validator of the OpenAPI schema, if it can be installed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_valid_openapi_3_1() {
    let Some(python) = python::with("openapi-spec-validator", "0.9.0").await else {
        eprintln!("NOT RUN: openapi-spec-validator could not be installed here.");
        return;
    };
    let document = document().await;
    assert_eq!(judge(&python, &document).await, Ok(()));
    let mut broken = document;
    broken["paths"]["/health"]["get"]["responses"]["200"]
        .as_object_mut()
        .unwrap()
        .remove("description");
    assert!(judge(&python, &broken).await.is_err());
}

async fn judge(python: &str, document: &Value) -> Result<(), String> {
    let mut judge = tokio::process::Command::new(python)
        .args(["-m", "openapi_spec_validator", "--schema", "3.1", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = judge.stdin.take().unwrap();
    input
        .write_all(document.to_string().as_bytes())
        .await
        .unwrap();
    drop(input);
    let judged = judge.wait_with_output().await.unwrap();
    if judged.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&judged.stdout).into_owned())
    }
}
