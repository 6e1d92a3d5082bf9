//! Tools as a model sees them, and the results of calls.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A JSON object.
pub type JsonObject = Map<String, Value>;

/// A tool as a model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// When to call it, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}

/// Where a tool runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolOrigin {
    /// On the server: a note tool, a tool of an MCP server, or a handoff.
    #[default]
    Server,
    /// In the page that embeds the chat.
    Page,
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// The result, for the model and the visitor.
    pub result: JsonObject,
    /// Whether it failed.
    pub is_error: bool,
}

impl ToolOutcome {
    /// An error for the model to read and correct.
    #[must_use]
    pub fn error(sentence: impl Into<String>) -> Self {
        let mut result = JsonObject::new();
        result.insert("error".to_owned(), Value::String(sentence.into()));
        Self {
            result,
            is_error: true,
        }
    }
}
