//! Messages of a thread.

use super::{
    AgentId, JsonObject, MessageId, RunErrorCode, ToolCallId, ToolOrigin, ToolOutcome, Usage,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// The author of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The user.
    User,
    /// An agent.
    Assistant,
}

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Completed.
    Complete,
    /// Stopped; keeps the text so far.
    Cancelled,
    /// Failed; keeps the text so far.
    Failed,
    /// Waiting for an answer to an interrupt, from which the next run resumes.
    Interrupted,
}

/// A tool call and its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// Unique in the thread.
    pub id: ToolCallId,
    /// The tool's name.
    pub tool: String,
    /// The call's arguments.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub arguments: JsonObject,
    /// Where the tool runs.
    #[serde(default)]
    pub origin: ToolOrigin,
    /// The tool's answer; null while the call waits.
    #[schema(required, value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub result: Option<JsonObject>,
    /// Whether the call failed; false while it waits.
    pub is_error: bool,
}

impl ToolCall {
    fn answer(&mut self, outcome: &ToolOutcome) {
        self.result = Some(outcome.result.clone());
        self.is_error = outcome.is_error;
    }
}

/// Why a message failed, stored so that a reload can show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageError {
    /// Machine-readable.
    pub code: RunErrorCode,
    /// For the visitor.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// A message of the user, or one agent's segment of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// The id.
    pub id: MessageId,
    /// The author.
    pub role: Role,
    /// The agent; null for a message of the user.
    #[schema(required)]
    pub agent: Option<AgentId>,
    /// The text.
    pub content: String,
    /// The model's reasoning or its summary: up to 64 KiB, never sent to a model again.
    #[schema(required)]
    pub reasoning: Option<String>,
    /// The calls made in this message, in order.
    pub tool_calls: Vec<ToolCall>,
    /// How it ended.
    pub status: MessageStatus,
    /// Whether the model hit its length limit.
    pub truncated: bool,
    /// The tokens that the provider reported for this message; null when it reported none.
    #[schema(required)]
    pub usage: Option<Usage>,
    /// Why it failed, if it did.
    #[schema(required)]
    pub error: Option<MessageError>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Message {
    /// A new message of the user.
    #[must_use]
    pub fn user(content: String) -> Self {
        Self::new(Role::User, None, content)
    }

    /// A new, empty answer of `agent`.
    #[must_use]
    pub fn answer(agent: AgentId) -> Self {
        Self::new(Role::Assistant, Some(agent), String::new())
    }

    /// The size of the text, the reasoning, and the calls with their results.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let calls = self
            .tool_calls
            .iter()
            .map(|call| json_bytes(&call.arguments) + call.result.as_ref().map_or(0, json_bytes));
        let reasoning = self.reasoning.as_ref().map_or(0, String::len);
        self.content.len() + reasoning + calls.sum::<usize>()
    }

    /// Sets the result of the waiting call `id`; `false` when no such call waits.
    pub fn answer_call(&mut self, id: &ToolCallId, outcome: &ToolOutcome) -> bool {
        let call = self
            .tool_calls
            .iter_mut()
            .find(|call| call.id == *id && call.result.is_none());
        call.map(|call| call.answer(outcome)).is_some()
    }

    /// Sets the same result for every waiting call; `false` when none waits.
    pub fn answer_waiting_calls(&mut self, outcome: &ToolOutcome) -> bool {
        let waiting = self
            .tool_calls
            .iter_mut()
            .filter(|call| call.result.is_none());
        waiting.map(|call| call.answer(outcome)).count() > 0
    }

    fn new(role: Role, agent: Option<AgentId>, content: String) -> Self {
        Self {
            id: MessageId::generate(),
            role,
            agent,
            content,
            reasoning: None,
            tool_calls: Vec::new(),
            status: MessageStatus::Complete,
            truncated: false,
            usage: None,
            error: None,
            created_at: Timestamp::now(),
        }
    }
}

fn json_bytes(object: &JsonObject) -> usize {
    let entries = object.iter();
    entries
        .map(|(key, value)| key.len() + value_bytes(value))
        .sum()
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(value_bytes).sum(),
        Value::Object(object) => json_bytes(object),
        Value::Null | Value::Bool(_) | Value::Number(_) => size_of::<Value>(),
    }
}
