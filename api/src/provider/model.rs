//! Requests to models and their answers, independent of the protocol.

use super::carry::Carry;
use crate::domain::{Effort, ModelName, ToolSpec, Usage};
use std::sync::Arc;

/// A request: a conversation and the tools the model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRequest {
    /// The model, as the provider spells it.
    pub model: ModelName,
    /// The reasoning effort; the model's default if none.
    pub effort: Option<Effort>,
    /// The agent's instructions; omitted if empty.
    pub system: Arc<str>,
    /// The conversation, oldest first.
    pub messages: Vec<ModelMessage>,
    /// The tools it may call; omitted if empty.
    pub tools: Vec<ToolSpec>,
}

/// A message of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelMessage {
    /// The user's text.
    User(String),
    /// An earlier answer. Omitted if it has neither text nor calls.
    Assistant {
        /// Its text.
        content: String,
        /// The calls it made after it.
        tool_calls: Vec<ModelToolCall>,
        /// From the [`AnswerEnd`] of this answer; empty when the answer is of an earlier run.
        carry: Carry,
    },
    /// The result of a call.
    Tool {
        /// The `id` of the [`ModelToolCall`] this answers.
        call_id: String,
        /// The result, as text for the model.
        content: String,
    },
}

/// A call by the model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelToolCall {
    /// In an answer: unique within it. In a request: unique within the request, and the same in
    /// its result. Never the id on the wire, which the provider module derives.
    pub id: String,
    /// The tool's name as the model wrote it; such a tool may not exist.
    pub name: String,
    /// The arguments as the model wrote them, possibly not JSON. `{}` if there are none.
    pub arguments: String,
    /// Returned to the provider with the call within the run; empty for a call of an earlier run.
    pub carry: Carry,
}

/// An event of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelEvent {
    /// The model does not support tools and was asked without them. Comes first.
    WithoutTools,
    /// The next piece of a thought or its summary; never empty.
    Reasoning(String),
    /// The next piece of text; never empty.
    Text(String),
    /// All text of this answer so far was a thought, and belongs to the message's reasoning only.
    /// Deltas that readers already have stay.
    TextWasReasoning,
    /// A complete call. Calls come after all text, in the model's order.
    ToolCall(ModelToolCall),
    /// Always last, exactly once, unless the stream ends in an error.
    End(AnswerEnd),
}

/// The end of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerEnd {
    /// Why the model stopped.
    pub reason: FinishReason,
    /// The provider's token counts, if it sent any.
    pub usage: Option<Usage>,
    /// More counts, for metrics.
    pub details: UsageDetails,
    /// Returned to the provider with this answer's text within the run.
    pub carry: Carry,
}

/// Tokens that are part of a [`Usage`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageDetails {
    /// Input tokens from the provider's cache.
    pub cached_tokens: u64,
    /// Output tokens of thoughts.
    pub reasoning_tokens: u64,
}

/// Why a model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// It is done, or wants its calls made.
    Stop,
    /// It reached its length limit, so the answer is cut off.
    Length,
}
