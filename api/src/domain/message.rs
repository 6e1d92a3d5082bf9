//! A message of a thread.

use super::{
    AgentId, JsonObject, MessageId, RunErrorCode, ToolCallId, ToolOrigin, ToolOutcome, Usage,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// An agent.
    Assistant,
}

/// How a message came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Whole.
    Complete,
    /// Stopped; it keeps the text said so far.
    Cancelled,
    /// Broken off; it keeps the text said so far.
    Failed,
    /// Waiting for an answer to an interrupt; the thread's next run goes on from it.
    Interrupted,
}

/// A call that an agent made while it wrote a message, with what came back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ToolCall {
    /// Unique in the thread.
    pub id: ToolCallId,
    /// The tool's name.
    pub tool: String,
    /// What it was called with.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub arguments: JsonObject,
    /// Where it runs.
    #[serde(default)]
    pub origin: ToolOrigin,
    /// What it answered; null while it waits for an interrupt.
    #[schema(required, value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    pub result: Option<JsonObject>,
    /// Whether it failed; false while `result` is null.
    pub is_error: bool,
}

impl ToolCall {
    fn answer(&mut self, outcome: &ToolOutcome) {
        self.result = Some(outcome.result.clone());
        self.is_error = outcome.is_error;
    }
}

/// What ended a failed message, so that a reload can still say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageError {
    /// For programs.
    pub code: RunErrorCode,
    /// For a person.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// One message of a user, or one stretch of one agent's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub role: Role,
    /// The agent, for an answer.
    #[schema(required)]
    pub agent: Option<AgentId>,
    /// The text.
    pub content: String,
    /// The model's thought or its summary, as the provider gave it: up to 64 KiB, never sent to a
    /// model again.
    #[schema(required)]
    pub reasoning: Option<String>,
    /// The calls made while writing it, in order.
    pub tool_calls: Vec<ToolCall>,
    /// How it ended.
    pub status: MessageStatus,
    /// Whether the model hit its length limit.
    pub truncated: bool,
    /// What the provider counted for this message; null when it gave nothing.
    #[schema(required)]
    pub usage: Option<Usage>,
    /// What went wrong, for a failed one.
    #[schema(required)]
    pub error: Option<MessageError>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Message {
    /// A new message of the person.
    #[must_use]
    pub fn user(content: String) -> Self {
        Self::new(Role::User, None, content)
    }

    /// A new, empty answer of `agent`.
    #[must_use]
    pub fn answer(agent: AgentId) -> Self {
        Self::new(Role::Assistant, Some(agent), String::new())
    }

    /// How much was said: bytes of the text, the reasoning, and the calls with their results.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let calls = self
            .tool_calls
            .iter()
            .map(|call| json_bytes(&call.arguments) + call.result.as_ref().map_or(0, json_bytes));
        let reasoning = self.reasoning.as_ref().map_or(0, String::len);
        self.content.len() + reasoning + calls.sum::<usize>()
    }

    /// Gives the waiting call `id` its result; `false` when no such call waits in this message.
    pub fn answer_call(&mut self, id: &ToolCallId, outcome: &ToolOutcome) -> bool {
        let call = self
            .tool_calls
            .iter_mut()
            .find(|call| call.id == *id && call.result.is_none());
        call.map(|call| call.answer(outcome)).is_some()
    }

    /// Gives every waiting call this outcome; `false` when none waits.
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

/// Bytes of an object's keys and values, without the punctuation of its JSON.
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
