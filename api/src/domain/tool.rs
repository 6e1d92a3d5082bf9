//! A tool as a model is offered it, and what a call of it gave.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A JSON object.
pub type JsonObject = Map<String, Value>;

/// A tool as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// Its name.
    pub name: String,
    /// When to call it, in words for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub parameters: Value,
}

/// Where a tool runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ToolOrigin {
    /// On the server: a note tool, an MCP server's tool or a handoff.
    #[default]
    Server,
    /// In the page that embeds the chat.
    Page,
}

/// What a call gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// For the model and the reader alike.
    pub result: JsonObject,
    /// Whether it failed.
    pub is_error: bool,
}

impl ToolOutcome {
    /// A failure that the model can read and fix.
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
