//! Why a run waits for somebody, and what would let it go on.

use super::{InterruptId, JsonObject, ToolCallId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// What an interrupt asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum InterruptReason {
    /// The visitor's permission to make the call.
    Approval,
    /// The result of a tool that runs in the page.
    PageTool,
    /// The visitor's answer to a question of the tool's server.
    Question,
}

/// What the visitor or the page has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// Answered; `payload` says how.
    Resolved,
    /// Refused or skipped.
    Cancelled,
}

/// The answer to one interrupt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterruptAnswer {
    /// The interrupt.
    pub interrupt_id: InterruptId,
    /// Whether it was answered.
    pub status: AnswerStatus,
    /// For an approval `{"approved": …, "remember"?: "thread"}`, for a page tool `{"result": …}` or
    /// `{"error": "…"}`, for a question an object of its schema. Left out when cancelled.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    pub payload: Option<Value>,
}

/// A call that waits for the visitor or for the page. A card is made from this alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interrupt {
    /// Names it in `resume`.
    pub id: InterruptId,
    /// What it asks for.
    pub reason: InterruptReason,
    /// The call that waits.
    pub tool_call_id: ToolCallId,
    /// The call's tool.
    pub tool: String,
    /// What it would be called with.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub arguments: JsonObject,
    /// What is asked, for a person.
    pub message: String,
    /// JSON Schema of the answer to a question; null for other reasons.
    #[schema(required, value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub schema: Option<Value>,
    /// Whether a page tool changes nothing, so that it runs without asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// The address that a question asks the visitor to open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// After this it can no longer be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}
