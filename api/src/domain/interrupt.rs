//! Interrupts: calls that wait for the visitor or the page, and their answers.

use super::{InterruptId, JsonObject, ToolCallId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The reason for an interrupt.
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
    /// The visitor's answer to a question of an MCP server.
    Question,
}

/// How an interrupt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum InterruptOutcome {
    /// It was allowed or answered, or the page has run the tool.
    Resolved,
    /// It was refused or skipped.
    Refused,
    /// Nobody answered in time.
    Expired,
    /// A new message took its place.
    Replaced,
}

/// Whether an interrupt was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerStatus {
    /// Answered; see `payload`.
    Resolved,
    /// Refused or skipped.
    Cancelled,
}

/// The answer to one interrupt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterruptAnswer {
    /// The interrupt's id.
    pub interrupt_id: InterruptId,
    /// Whether it was answered.
    pub status: AnswerStatus,
    /// For an approval `{"approved": …, "remember"?: "thread"}`, for a page tool `{"result": …}` or
    /// `{"error": "…"}`, for a question an object of its schema. Left out when cancelled.
    #[serde(default)]
    #[schema(value_type = Option<serde_json::Value>)]
    pub payload: Option<Value>,
}

/// A call that waits for the visitor or the page, with everything needed to show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Interrupt {
    /// The id, for `resume`.
    pub id: InterruptId,
    /// Why the call waits.
    pub reason: InterruptReason,
    /// The waiting call.
    pub tool_call_id: ToolCallId,
    /// The tool's name.
    pub tool: String,
    /// The call's arguments.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub arguments: JsonObject,
    /// The question, for the visitor.
    pub message: String,
    /// JSON Schema of the answer to a question; null for other reasons.
    #[schema(required, value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub schema: Option<Value>,
    /// For page tools: whether the tool only reads and so runs without asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only: Option<bool>,
    /// For questions that ask the visitor to open a page: its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the interrupt can no longer be answered.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl Interrupt {
    /// Whether it can still be answered.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.expires_at > now
    }
}
