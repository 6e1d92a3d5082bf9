//! What is asked of a model, and what it answers, free of any wire form.

use crate::domain::{ModelName, ToolSpec, Usage};

/// One request: a conversation and the tools the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRequest {
    /// The model, as the provider spells it.
    pub model: ModelName,
    /// The agent's instructions; empty: none are sent.
    pub system: String,
    /// The conversation, oldest first.
    pub messages: Vec<ModelMessage>,
    /// What it may call; empty: the field is not sent at all.
    pub tools: Vec<ToolSpec>,
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelMessage {
    /// What the person wrote.
    User(String),
    /// What the model said before. One without text and calls is not sent.
    Assistant {
        /// Its text.
        content: String,
        /// The calls it made after it.
        tool_calls: Vec<ModelToolCall>,
    },
    /// What a call gave back.
    Tool {
        /// The `id` of the [`ModelToolCall`] this answers.
        call_id: String,
        /// The result, as text for the model.
        content: String,
    },
}

/// A call that the model wants made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelToolCall {
    /// Never empty, unique within its answer; the provider's own where it gave a usable one.
    pub id: String,
    /// The tool's name as the model wrote it: it may name no tool of ours.
    pub name: String,
    /// Raw text as the model gave it: it may be no JSON. `{}` when it gave nothing.
    pub arguments: String,
}

/// One event of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelEvent {
    /// The next piece of text; never empty.
    Text(String),
    /// A complete call. Calls come after all text, in the order of their index.
    ToolCall(ModelToolCall),
    /// Always last, exactly once, unless the stream ends in an error.
    Finish {
        /// Why the model stopped.
        reason: FinishReason,
        /// What the provider counted, when it did.
        usage: Option<Usage>,
    },
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// It had said all, or wants its calls made.
    Stop,
    /// It hit its length limit: the answer is cut.
    Length,
}
