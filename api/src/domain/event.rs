//! The events of a run, as its readers receive them.

use super::{
    AgentId, Interrupt, JsonObject, Message, MessageId, Role, RunErrorCode, RunId, RunStatus,
    ThreadId, ToolCallId, ToolOrigin, Usage,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One event of a run. Each becomes one SSE message; ids count from 1 without gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEvent {
    /// Always first: the message that this run answers, as stored.
    UserMessage {
        /// The run's id, for resuming and cancelling it.
        run_id: RunId,
        /// The thread; a new one when the request named none.
        thread_id: ThreadId,
        /// The stored message.
        message: UserMessage,
    },
    /// Before the run's first output, and whenever the agent changes.
    AgentUpdated {
        /// The agent that speaks from here on.
        agent: AgentId,
    },
    /// A piece of the answer's text.
    ContentDelta {
        /// The text to append.
        delta: String,
    },
    /// A piece of the model's reasoning, or of its summary.
    ReasoningDelta {
        /// The text to append.
        delta: String,
    },
    /// Replaces `user_message` as the first event of a run that resumes after interrupts.
    Resumed {
        /// The run's id, for resuming and cancelling it.
        run_id: RunId,
        /// The thread.
        thread_id: ThreadId,
    },
    /// Something worth knowing that is not a failure.
    Notice {
        /// Machine-readable.
        code: NoticeCode,
        /// For the visitor.
        message: String,
    },
    /// A complete call that is about to run.
    ToolCall {
        /// Unique in the thread.
        id: ToolCallId,
        /// The tool's name.
        tool: String,
        /// The call's arguments.
        #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
        arguments: JsonObject,
        /// Where the tool runs.
        origin: ToolOrigin,
    },
    /// The result of a call.
    ToolResult {
        /// The id of the call.
        id: ToolCallId,
        /// The tool's name.
        tool: String,
        /// The tool's answer.
        #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
        result: JsonObject,
        /// Whether the call failed. The model sees this and may correct itself.
        is_error: bool,
    },
    /// Why the run failed.
    Error {
        /// Machine-readable.
        code: RunErrorCode,
        /// For the visitor: what happened and what to do.
        message: String,
        /// Whether the same request may succeed later.
        retryable: bool,
    },
    /// Always last, exactly once, also after `error`.
    Done {
        /// How the run ended.
        status: RunStatus,
        /// Whether the model hit its length limit.
        truncated: bool,
        /// The tokens of all requests of the run; null when the provider reported none.
        #[schema(required)]
        usage: Option<Usage>,
        /// The interrupts that an interrupted run waits for; omitted otherwise.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        interrupts: Vec<Interrupt>,
    },
}

impl RunEvent {
    /// The first event of `run`, which answers `message`.
    #[must_use]
    pub fn user_message(run_id: RunId, thread_id: ThreadId, message: &Message) -> Self {
        Self::UserMessage {
            run_id,
            thread_id,
            message: UserMessage {
                id: message.id.clone(),
                role: message.role,
                content: message.content.clone(),
                created_at: message.created_at,
            },
        }
    }
}

/// A user's message as `user_message` carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserMessage {
    /// The id, for `replace_from`.
    pub id: MessageId,
    /// Always `user`.
    pub role: Role,
    /// The text.
    pub content: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// The kind of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The model does not support tools and was asked without them.
    ModelWithoutTools,
    /// An MCP server is unavailable, so its tools are missing.
    ToolsUnavailable,
    /// The session's model is about to retire, or no longer offered.
    ModelRetiring,
}

/// The content of a notice event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Machine-readable.
    pub code: NoticeCode,
    /// For the visitor.
    pub message: String,
}
