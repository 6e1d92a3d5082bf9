//! What a model is shown of a conversation: one agent's view of it, cut to a budget.
//!
//! An agent sees what everybody said, but no calls of another agent's tools. What another agent
//! said just before handing over stands in the system prompt, so that the last message is always a
//! user's or a tool's: many providers refuse, or continue, one that is the assistant's.

use crate::{
    agents::{Agent, Agents},
    domain::{AgentId, Message, Role, ToolSpec},
    provider::{ModelMessage, ModelToolCall},
};
use std::fmt::Write as _;

/// One step of a conversation.
#[derive(Debug, Clone)]
pub(super) enum Item {
    User(String),
    Answer { agent: AgentId, text: String, calls: Vec<Call> },
}

/// A call with what it gave.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) tool: String,
    pub(super) arguments: String,
    pub(super) result: String,
}

/// The stored messages as steps. A stored answer keeps its calls and its text, not their turns:
/// the calls are taken to have come first.
pub(super) fn items(messages: &[Message]) -> Vec<Item> {
    let mut items = Vec::with_capacity(messages.len());
    for message in messages {
        match (&message.role, &message.agent) {
            (Role::Assistant, Some(agent)) => {
                let calls: Vec<Call> = message
                    .tool_calls
                    .iter()
                    .map(|call| Call {
                        id: call.id.to_string(),
                        tool: call.tool.clone(),
                        arguments: to_text(&call.arguments),
                        result: to_text(&call.result),
                    })
                    .collect();
                let answer = |text: String, calls| Item::Answer { agent: agent.clone(), text, calls };
                if !calls.is_empty() {
                    items.push(answer(String::new(), calls));
                }
                if !message.content.is_empty() {
                    items.push(answer(message.content.clone(), Vec::new()));
                }
            }
            _ => items.push(Item::User(message.content.clone())),
        }
    }
    items
}

/// A JSON value as the text a model reads.
pub(super) fn to_text(value: &crate::domain::JsonObject) -> String {
    // A map with string keys always serialises.
    serde_json::to_string(value).unwrap_or_default()
}

/// What one request carries.
pub(super) struct View {
    pub(super) system: String,
    pub(super) messages: Vec<ModelMessage>,
    /// By [`estimate`].
    pub(super) tokens: usize,
    /// Whether older messages remain that could be left out.
    pub(super) can_shrink: bool,
}

/// The conversation as `agent` sees it, oldest steps left out until it fits `budget` tokens.
/// The system prompt and everything from the last user message on always stay.
pub(super) fn view(
    items: &[Item],
    agent: &Agent,
    agents: &Agents,
    tools: &[ToolSpec],
    budget: usize,
) -> View {
    let (mut messages, said) = seen_by(items, agent);
    let system = system_prompt(agent, agents, &said);
    let fixed = estimate(&system) + tools.iter().map(tool_tokens).sum::<usize>();
    let sizes: Vec<usize> = messages.iter().map(message_tokens).collect();
    let mut tokens = fixed + sizes.iter().sum::<usize>();
    let last_user = last_user(&messages);
    let mut from = 0;
    // A conversation begins with a user's message; so does what is left of it. Only a call and
    // its result stand between two of them, so they go or stay together.
    while tokens > budget && from < last_user {
        let next = (from + 1..=last_user).find(|at| is_user(&messages[*at])).unwrap_or(last_user);
        tokens -= sizes[from..next].iter().sum::<usize>();
        from = next;
    }
    messages.drain(..from);
    View { system, messages, tokens, can_shrink: from < last_user }
}

fn is_user(message: &ModelMessage) -> bool {
    matches!(message, ModelMessage::User(_))
}

fn last_user(messages: &[ModelMessage]) -> usize {
    messages.iter().rposition(is_user).unwrap_or(0)
}

/// The messages, and what other agents said after the last of them.
fn seen_by<'a>(items: &'a [Item], agent: &Agent) -> (Vec<ModelMessage>, Vec<(&'a AgentId, &'a str)>) {
    let mut messages = Vec::new();
    let mut said: Vec<(&AgentId, &str)> = Vec::new();
    for item in items {
        let (speaker, text, calls) = match item {
            Item::Answer { agent: speaker, text, calls } => (speaker, text, calls),
            Item::User(text) => {
                settle(&mut messages, &mut said);
                messages.push(ModelMessage::User(text.clone()));
                continue;
            }
        };
        if *speaker != agent.id {
            if !text.is_empty() {
                said.push((speaker, text));
            }
            continue;
        }
        settle(&mut messages, &mut said);
        let tool_calls = calls
            .iter()
            .map(|call| ModelToolCall {
                id: call.id.clone(),
                name: call.tool.clone(),
                arguments: call.arguments.clone(),
            })
            .collect();
        messages.push(ModelMessage::Assistant { content: text.clone(), tool_calls });
        messages.extend(calls.iter().map(|call| ModelMessage::Tool {
            call_id: call.id.clone(),
            content: call.result.clone(),
        }));
    }
    (messages, said)
}

/// What others said goes into the conversation once something follows it.
fn settle(messages: &mut Vec<ModelMessage>, said: &mut Vec<(&AgentId, &str)>) {
    messages.extend(said.drain(..).map(|(_, text)| ModelMessage::Assistant {
        content: text.to_owned(),
        tool_calls: Vec::new(),
    }));
}

fn system_prompt(agent: &Agent, agents: &Agents, said: &[(&AgentId, &str)]) -> String {
    let mut system = agent.instructions.clone();
    for (speaker, text) in said {
        let name = agents.get(speaker).map_or(speaker.as_str(), |agent| &agent.name);
        let _ = write!(
            system,
            "\n\n{name} has just handed this conversation over to you, after telling the user:\n\"\"\"\n{text}\n\"\"\"\nGo on from there; do not repeat it."
        );
    }
    system
}

/// A safe estimate of a text's tokens, on the high side for every tokenizer in use: a token for
/// every 3 bytes of ASCII (English has about 4, code about 3) and for every 2 bytes of the rest
/// (a CJK character counts 1.5, an emoji 2).
pub(super) fn estimate(text: &str) -> usize {
    let ascii = text.bytes().filter(u8::is_ascii).count();
    ascii.div_ceil(3) + (text.len() - ascii).div_ceil(2)
}

/// What a message costs beside its text: role and separators.
const MESSAGE_TOKENS: usize = 6;

fn message_tokens(message: &ModelMessage) -> usize {
    MESSAGE_TOKENS
        + match message {
            ModelMessage::User(text) => estimate(text),
            ModelMessage::Tool { content, .. } => estimate(content) + MESSAGE_TOKENS,
            ModelMessage::Assistant { content, tool_calls } => {
                let calls = tool_calls.iter();
                estimate(content)
                    + calls
                        .map(|call| estimate(&call.name) + estimate(&call.arguments) + MESSAGE_TOKENS)
                        .sum::<usize>()
            }
        }
}

fn tool_tokens(tool: &ToolSpec) -> usize {
    MESSAGE_TOKENS + estimate(&tool.name) + estimate(&tool.description) + estimate(&tool.parameters.to_string())
}
