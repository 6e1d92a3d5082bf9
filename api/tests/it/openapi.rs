//! `/openapi.json` describes what the server does.

use crate::support::{Model, TestServer};
use serde_json::Value;

/// All operations of the contract, with their error codes beyond the common ones.
const CALLS: &[(&str, &str, &[&str])] = &[
    (
        "post",
        "/api/login",
        &[
            "200", "401", "403", "404", "408", "413", "415", "400", "422", "429",
        ],
    ),
    ("post", "/api/logout", &["204", "403"]),
    ("get", "/api/session", &["200"]),
    (
        "post",
        "/api/settings",
        &["200", "401", "403", "422", "502"],
    ),
    ("delete", "/api/settings", &["204", "401", "403"]),
    ("get", "/api/models", &["200", "401", "403", "502"]),
    (
        "post",
        "/api/client-secrets",
        &["201", "401", "404", "422", "429"],
    ),
    (
        "post",
        "/api/chat",
        &["200", "401", "403", "404", "409", "413", "422", "503"],
    ),
    (
        "get",
        "/api/runs/{run_id}/events",
        &["200", "204", "401", "404"],
    ),
    ("post", "/api/runs/{run_id}/cancel", &["204", "401", "404"]),
    ("get", "/api/threads", &["200", "401", "422"]),
    ("get", "/api/threads/{thread_id}", &["200", "401", "404"]),
    (
        "patch",
        "/api/threads/{thread_id}",
        &["200", "401", "404", "422"],
    ),
    ("delete", "/api/threads/{thread_id}", &["204", "401", "404"]),
    ("get", "/api/me/export", &["200", "401", "429"]),
    ("delete", "/api/me", &["204", "401", "403"]),
    ("get", "/api/notes", &["200", "401", "422"]),
    ("get", "/api/notes/{title}", &["200", "401", "404"]),
    ("delete", "/api/notes/{title}", &["204", "401", "404"]),
    ("post", "/api/mcp-tokens", &["201", "401", "409"]),
    ("get", "/api/mcp-tokens", &["200", "401"]),
    ("delete", "/api/mcp-tokens/{id}", &["204", "401", "404"]),
    ("get", "/api/sites/{site_id}", &["200", "404"]),
    ("get", "/", &["200"]),
    ("get", "/health", &["200"]),
    ("get", "/ready", &["200", "503"]),
    ("get", "/openapi.json", &["200"]),
    ("get", "/metrics", &["200", "401"]),
    ("get", "/docs", &["200"]),
    (
        "post",
        "/mcp",
        &["200", "202", "400", "401", "403", "413", "415"],
    ),
];

/// The names that the web app uses.
const SCHEMAS: &[&str] = &[
    "Session",
    "Agent",
    "Message",
    "ToolCall",
    "Thread",
    "ThreadDetail",
    "ThreadList",
    "Note",
    "NoteList",
    "NoteSummary",
    "ModelList",
    "McpToken",
    "McpTokenList",
    "NewMcpToken",
    "ClientSecret",
    "Site",
    "Problem",
    "RunEvent",
    "RunErrorCode",
    "RunStatus",
    "Usage",
];

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get("$ref") {
                found.push(target);
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_call_and_every_error_is_described() {
    let server = TestServer::start(&Model::new([]).await).await;
    let document = server.client().json("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (method, path, codes) in CALLS {
        let responses = &document["paths"][path][method]["responses"];
        for code in codes.iter().chain(&["500"]) {
            let response = &responses[code];
            assert!(response.is_object(), "{method} {path} {code}");
            if code.starts_with(['4', '5']) {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(
                    schema, "#/components/schemas/Problem",
                    "{method} {path} {code}"
                );
            }
        }
    }
    let described: usize = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|item| item.as_object().unwrap().len())
        .sum();
    assert_eq!(described, CALLS.len(), "each call is in the table above");
}

#[tokio::test]
async fn schemas_are_named_and_references_resolve() {
    let server = TestServer::start(&Model::new([]).await).await;
    let document = server.client().json("/openapi.json").await;
    for name in SCHEMAS {
        assert!(
            document["components"]["schemas"][name].is_object(),
            "{name}"
        );
    }
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 50);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
    let events = document["components"]["schemas"]["RunEvent"]["oneOf"]
        .as_array()
        .unwrap();
    assert_eq!(events.len(), 10);
    let session = document["components"]["schemas"]["SignedInSession"].clone();
    assert_eq!(
        session["properties"]["signed_in"]["enum"],
        serde_json::json!([true])
    );
    let required = session["required"].as_array().unwrap();
    assert!(!required.contains(&"token".into()) && required.contains(&"site_id".into()));
}
