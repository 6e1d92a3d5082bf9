//! What the page around the chat offers with a message.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A tool that runs in the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageTool {
    /// 1–48 of `[A-Za-z0-9_-]`.
    #[schema(min_length = 1, max_length = 48, pattern = "^[A-Za-z0-9_-]{1,48}$")]
    pub name: String,
    /// When to call it, in words for the model: up to 1 KiB.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of its arguments: up to 8 KiB.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub parameters: Value,
    /// Whether it changes nothing, so that the page runs it without asking.
    #[serde(default)]
    pub read_only: bool,
}

/// What the page offers. Not stored: it holds for one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostPage {
    /// The tools that agents with `page/*` may call.
    pub tools: Vec<PageTool>,
    /// What the page says about itself, as data for the model.
    pub context: Option<String>,
}
