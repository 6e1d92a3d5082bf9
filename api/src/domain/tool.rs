//! A tool as a model is offered it, and what a call of it gave.

use serde_json::{Map, Value};

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

/// What a call gave back.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// For the model and the reader alike.
    pub result: JsonObject,
    /// Whether it failed.
    pub is_error: bool,
}

impl ToolOutcome {
    /// A failure that the model can read and mend.
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
