//! Tool definitions of MCP servers.

use crate::domain::{Approval, JsonObject, ToolSpec};
use rmcp::model::Tool;
use serde_json::Value;
use sha2::{Digest, Sha256};

const DESCRIPTION_MAX_BYTES: usize = 4 * 1024;
/// Longest name, in bytes: MCP allows 128 characters of ASCII.
const NAME_MAX_BYTES: usize = 256;
/// Largest schema, in bytes of JSON.
const SCHEMA_MAX_BYTES: usize = 64 * 1024;

/// A tool as offered to an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerTool {
    /// Its server.
    pub server: String,
    /// Its name on the server.
    pub tool: String,
    /// The tool as the model sees it, under an unambiguous name.
    pub spec: ToolSpec,
    /// Whether a call needs the visitor's permission. Decided by the operator's policy; of the
    /// server's hints only `readOnlyHint` counts.
    pub needs_approval: bool,
    /// The server's `readOnlyHint`.
    pub is_read_only: bool,
    /// Changes with description, schema and hints, so that a permission for one definition does not
    /// cover another.
    pub fingerprint: String,
}

#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) name: String,
    description: String,
    parameters: Value,
    is_read_only: bool,
    fingerprint: String,
}

impl Definition {
    /// `None` if the name or the schema is too large to be offered.
    pub(super) fn new(tool: &Tool) -> Option<Self> {
        let parameters = Value::Object(schema(tool));
        if !(1..=NAME_MAX_BYTES).contains(&tool.name.len())
            || parameters.to_string().len() > SCHEMA_MAX_BYTES
        {
            return None;
        }
        let mut description = tool.description.as_deref().unwrap_or_default().to_owned();
        description.truncate(description.floor_char_boundary(DESCRIPTION_MAX_BYTES));
        Some(Self {
            name: tool.name.to_string(),
            description,
            parameters,
            is_read_only: tool
                .annotations
                .as_ref()
                .and_then(|hints| hints.read_only_hint)
                .unwrap_or(false),
            fingerprint: fingerprint(tool),
        })
    }

    pub(super) fn offer(&self, server: &str, model_name: String, approval: Approval) -> ServerTool {
        ServerTool {
            server: server.to_owned(),
            tool: self.name.clone(),
            spec: ToolSpec {
                name: model_name,
                description: self.description.clone(),
                parameters: self.parameters.clone(),
            },
            needs_approval: match approval {
                Approval::Never => false,
                Approval::Writes => !self.is_read_only,
                Approval::Always => true,
            },
            is_read_only: self.is_read_only,
            fingerprint: self.fingerprint.clone(),
        }
    }
}

/// The tool's schema. Providers require an object with `properties`, even if empty.
fn schema(tool: &Tool) -> JsonObject {
    let mut schema = (*tool.input_schema).clone();
    schema
        .entry("type")
        .or_insert_with(|| Value::String("object".to_owned()));
    schema
        .entry("properties")
        .or_insert_with(|| Value::Object(JsonObject::new()));
    schema
}

fn fingerprint(tool: &Tool) -> String {
    let text = serde_json::to_string(&(&tool.description, &tool.input_schema, &tool.annotations))
        .unwrap_or_default();
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn tool(hints: Value, description: &str) -> Definition {
        let tool: Tool = serde_json::from_value(json!({
            "name": "buy", "description": description, "inputSchema": {}, "annotations": hints,
        }))
        .unwrap();
        Definition::new(&tool).unwrap()
    }

    #[test]
    fn a_tool_without_a_name_or_with_too_large_a_schema_is_not_offered() {
        let long = "x".repeat(SCHEMA_MAX_BYTES);
        for (name, schema) in [
            (String::new(), json!({})),
            ("n".repeat(NAME_MAX_BYTES + 1), json!({})),
            ("buy".to_owned(), json!({"title": long})),
        ] {
            let tool = json!({"name": name, "inputSchema": schema});
            assert!(Definition::new(&serde_json::from_value(tool).unwrap()).is_none());
        }
    }

    #[test]
    fn needs_approval_by_policy_and_hint() {
        let read = tool(json!({"readOnlyHint": true}), "");
        let write = tool(json!({"readOnlyHint": false}), "");
        let silent = tool(json!({}), "Read-only, needs no permission.");
        for (definition, approval, asks) in [
            (&read, Approval::Writes, false),
            (&write, Approval::Writes, true),
            (&silent, Approval::Writes, true),
            (&read, Approval::Always, true),
            (&write, Approval::Never, false),
        ] {
            let offered = definition.offer("shop", "x".to_owned(), approval);
            assert_eq!(offered.needs_approval, asks, "{definition:?} {approval:?}");
        }
    }

    #[test]
    fn the_fingerprint_follows_the_definition() {
        let before = tool(json!({}), "Buys.");
        assert_eq!(before.fingerprint, tool(json!({}), "Buys.").fingerprint);
        assert_ne!(before.fingerprint, tool(json!({}), "Buys!").fingerprint);
        let hinted = tool(json!({"readOnlyHint": true}), "Buys.");
        assert_ne!(before.fingerprint, hinted.fingerprint);
    }

    #[test]
    fn every_schema_is_an_object_with_properties() {
        let offered = tool(json!({}), "").offer("s", "n".to_owned(), Approval::Never);
        assert_eq!(
            offered.spec.parameters,
            json!({"type": "object", "properties": {}})
        );
    }
}
