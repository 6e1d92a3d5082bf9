//! Tools and context that the embedding page sends with a message.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A tool that runs in the embedding page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageTool {
    /// 1–48 of `[A-Za-z0-9_-]`.
    #[schema(min_length = 1, max_length = 48, pattern = "^[A-Za-z0-9_-]{1,48}$")]
    pub name: String,
    /// When to call it, for the model: up to 1 KiB.
    #[serde(default)]
    pub description: String,
    /// JSON Schema of its arguments: up to 8 KiB.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub parameters: Value,
    /// Whether it only reads, so that the page runs it without asking.
    #[serde(default)]
    pub read_only: bool,
}

/// Tools and context of the embedding page. Not stored: they apply to one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HostPage {
    /// The tools that agents with `page/*` may call.
    pub tools: Vec<PageTool>,
    /// The page's description of itself, passed to the model as data.
    pub context: Option<String>,
}
