//! Additions that types cannot express: examples (run against the server by
//! `tests/it/openapi_examples.rs`), `/mcp`, and required descriptions.

use serde_json::{Map, Value, json};

/// By operation: `body`, and responses by status.
const EXAMPLES: &str = include_str!("examples.json");
/// One event of each type.
const EVENTS: &str = include_str!("events.json");

pub(super) fn complete(document: &mut Value) {
    document["paths"]["/mcp"] = json!({ "post": mcp() });
    if let Ok(Value::Array(events)) = serde_json::from_str(EVENTS) {
        document["components"]["schemas"]["RunEvent"]["examples"] = json!(events);
    }
    document["components"]["schemas"]["Problem"]["examples"] = json!([{
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "not_signed_in",
        "detail": "Sign in first.",
        "request_id": "019ab0c1d2e37f20",
    }]);
    let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
    for (path, item) in object(&mut document["paths"]) {
        for (method, operation) in object(item) {
            let name = format!("{method} {path}");
            finish(operation, examples.get(&name).unwrap_or(&Value::Null));
        }
    }
}

fn finish(operation: &mut Value, examples: &Value) {
    if operation["tags"] == json!(["operations"]) && operation.get("security").is_none() {
        operation["security"] = json!([{}]);
    }
    if let Some(body) = examples.get("body") {
        operation["requestBody"]["content"]["application/json"]["example"] = body.clone();
    }
    for (status, response) in object(&mut operation["responses"]) {
        // Every response needs a description (OpenAPI 3.1, "Response Object").
        let described = response["description"]
            .as_str()
            .is_some_and(|d| !d.is_empty());
        if !described {
            response["description"] = json!("As asked");
        }
        if let Some(example) = examples.get(status) {
            for (_, content) in object(&mut response["content"]) {
                content["example"] = example.clone();
            }
        }
    }
}

fn object(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// `/mcp`, without the protocol, which MCP describes.
fn mcp() -> Value {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        })
    };
    json!({
        "tags": ["mcp"],
        "summary": "Speak MCP.",
        "description": "The note tools over Streamable HTTP, stateless: one JSON-RPC message a request. `POST /api/mcp-tokens` gives the token.",
        "operationId": "mcp",
        "security": [{"mcp": []}],
        "parameters": [{
            "name": "Accept",
            "in": "header",
            "description": "`application/json`, alone or among others",
            "schema": {"type": "string"},
        }],
        "requestBody": {
            "required": true,
            "description": "JSON-RPC 2.0, up to 256 KiB",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        "responses": {
            "200": {
                "description": "JSON-RPC 2.0",
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "202": {"description": "A notification was taken"},
            "400": problem("`malformed_json`"),
            "401": problem("`not_signed_in`: no token, or one that is revoked or too old"),
            "403": problem("`origin_not_allowed`"),
            "408": problem("`request_timeout`"),
            "413": problem("`payload_too_large`"),
            "415": problem("`unsupported_media_type`"),
            "500": problem("`internal_error`"),
            "503": problem("`overloaded`, `shutting_down`"),
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::RunEvent;

    #[test]
    fn every_event_type_has_a_valid_example() {
        let examples: Vec<Value> = serde_json::from_str(EVENTS).unwrap();
        for example in &examples {
            let event: RunEvent = serde_json::from_value(example.clone()).unwrap();
            assert_eq!(serde_json::to_value(event).unwrap(), *example);
        }
        let document: Value = serde_json::from_str(&crate::http::openapi_json()).unwrap();
        let variants = &document["components"]["schemas"]["RunEvent"]["oneOf"];
        assert_eq!(variants.as_array().unwrap().len(), examples.len());
    }

    #[test]
    fn every_example_has_its_place() {
        let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap();
        let document: Value = serde_json::from_str(&crate::http::openapi_json()).unwrap();
        for (name, example) in &examples {
            let (method, path) = name.split_once(' ').unwrap();
            let operation = &document["paths"][path][method];
            for (part, _) in example.as_object().unwrap() {
                let content = match part.as_str() {
                    "body" => &operation["requestBody"]["content"],
                    status => &operation["responses"][status]["content"],
                };
                let shown = content.as_object().unwrap().values().next().unwrap();
                assert!(shown["example"] == example[part], "{name} {part}");
            }
        }
    }
}
