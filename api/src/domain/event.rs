//! What happens in a run, event by event, as its readers get it.

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
    /// Always first: the message that this run answers, as it was stored.
    UserMessage {
        /// The run, for resuming and cancelling it.
        run_id: RunId,
        /// The thread, new when the request named none.
        thread_id: ThreadId,
        /// The stored message.
        message: UserMessage,
    },
    /// Before the first output of the run, and at every change of agent.
    AgentUpdated {
        /// Who speaks from here on.
        agent: AgentId,
    },
    /// Text, as the model gives it.
    ContentDelta {
        /// The next piece of the answer.
        delta: String,
    },
    /// A thought or its summary, as the provider gives it.
    ReasoningDelta {
        /// The next piece of the thought.
        delta: String,
    },
    /// First, in place of `user_message`, in a run that goes on after interrupts.
    Resumed {
        /// The run, for resuming and cancelling it.
        run_id: RunId,
        /// The thread.
        thread_id: ThreadId,
    },
    /// Something to know that is not a failure.
    Notice {
        /// For programs.
        code: NoticeCode,
        /// For a person.
        message: String,
    },
    /// A call that is complete and about to run.
    ToolCall {
        /// Unique in the thread.
        id: ToolCallId,
        /// The tool's name.
        tool: String,
        /// What it is called with.
        #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
        arguments: JsonObject,
        /// Where it runs.
        origin: ToolOrigin,
    },
    /// What a call gave back.
    ToolResult {
        /// The same as its call's.
        id: ToolCallId,
        /// The tool's name.
        tool: String,
        /// What it answered.
        #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
        result: JsonObject,
        /// Whether it failed; the model sees this too and may fix it.
        is_error: bool,
    },
    /// What went wrong.
    Error {
        /// For programs.
        code: RunErrorCode,
        /// For a person: what happened and what to do.
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
        /// Sum over the run's requests of what the provider gave; null when it gave none.
        #[schema(required)]
        usage: Option<Usage>,
        /// What an interrupted run waits for; left out otherwise.
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

/// The stored message of a user, as `user_message` carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserMessage {
    /// Its id, for `replace_from`.
    pub id: MessageId,
    /// Always `user`.
    pub role: Role,
    /// The text.
    pub content: String,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Something to know that is not a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The model takes no tools, so it was asked without them.
    ModelWithoutTools,
    /// An MCP server is away, so its agents do without its tools.
    ToolsUnavailable,
    /// The session's model retires soon, or is no longer offered.
    ModelRetiring,
}

/// A notice before it becomes an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// For programs.
    pub code: NoticeCode,
    /// For a person.
    pub message: String,
}
