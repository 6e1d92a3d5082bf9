//! What a model is shown of a conversation: one agent's view of it, cut to a budget.
//!
//! An agent sees what everybody said, but no calls of another agent's tools. What another agent
//! said just before handing over stands in the system prompt, so that the last message is always a
//! user's or a tool's: many providers refuse, or continue, one that is the assistant's.

use crate::{
    agents::{Agent, Agents},
    domain::{AgentId, Message, Role, ToolSpec},
    provider::{Carry, ModelMessage, ModelToolCall},
};
use std::fmt::Write as _;

/// One step of a conversation.
#[derive(Debug, Clone)]
pub(super) enum Item {
    User(String),
    Answer {
        agent: AgentId,
        text: String,
        calls: Vec<Call>,
        /// The provider's own data, in the run that the answer belongs to.
        carry: Carry,
    },
}

/// A call with what it gave.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) tool: String,
    pub(super) arguments: String,
    pub(super) result: String,
    pub(super) carry: Carry,
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
                        result: call.result.as_ref().map(to_text).unwrap_or_default(),
                        carry: Carry::default(),
                    })
                    .collect();
                let answer = |text: String, calls| Item::Answer {
                    agent: agent.clone(),
                    text,
                    calls,
                    carry: Carry::default(),
                };
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
        let next = (from + 1..=last_user)
            .find(|at| is_user(&messages[*at]))
            .unwrap_or(last_user);
        tokens -= sizes[from..next].iter().sum::<usize>();
        from = next;
    }
    messages.drain(..from);
    View {
        system,
        messages,
        tokens,
        can_shrink: from < last_user,
    }
}

fn is_user(message: &ModelMessage) -> bool {
    matches!(message, ModelMessage::User(_))
}

fn last_user(messages: &[ModelMessage]) -> usize {
    messages.iter().rposition(is_user).unwrap_or(0)
}

/// The messages, and what other agents said after the last of them.
fn seen_by<'a>(
    items: &'a [Item],
    agent: &Agent,
) -> (Vec<ModelMessage>, Vec<(&'a AgentId, &'a str)>) {
    let mut messages = Vec::new();
    let mut said: Vec<(&AgentId, &str)> = Vec::new();
    for item in items {
        let (speaker, text, calls, carry) = match item {
            Item::Answer {
                agent: speaker,
                text,
                calls,
                carry,
            } => (speaker, text, calls, carry),
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
                carry: call.carry.clone(),
            })
            .collect();
        messages.push(ModelMessage::Assistant {
            content: text.clone(),
            tool_calls,
            carry: carry.clone(),
        });
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
        carry: Carry::default(),
    }));
}

fn system_prompt(agent: &Agent, agents: &Agents, said: &[(&AgentId, &str)]) -> String {
    let mut system = agent.instructions.clone();
    for (speaker, text) in said {
        let name = agents
            .get(speaker)
            .map_or(speaker.as_str(), |agent| &agent.name);
        let _ = write!(
            system,
            "\n\n{name} has just handed this conversation over to you, after telling the user:\n\"\"\"\n{text}\n\"\"\"\nGo on from there; do not repeat it."
        );
    }
    system
}

/// An estimate of a text's tokens that is on the high side for prose, code and JSON in any
/// script: a token for every 3 letters, digits and spaces of ASCII, for every mark, and for every
/// 2 bytes of the rest. Random letters (base64) may count up to twice as much; for those there is
/// the second, shorter try.
pub(super) fn estimate(text: &str) -> usize {
    let (mut words, mut marks, mut rest) = (0usize, 0, 0usize);
    for byte in text.bytes() {
        match byte {
            b' ' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => words += 1,
            0..=127 => marks += 1,
            _ => rest += 1,
        }
    }
    words.div_ceil(3) + marks + rest.div_ceil(2)
}

/// What a message costs beside its text: role and separators.
const MESSAGE_TOKENS: usize = 6;

fn message_tokens(message: &ModelMessage) -> usize {
    MESSAGE_TOKENS
        + match message {
            ModelMessage::User(text) => estimate(text),
            ModelMessage::Tool { content, .. } => estimate(content) + MESSAGE_TOKENS,
            ModelMessage::Assistant {
                content,
                tool_calls,
                ..
            } => {
                let calls = tool_calls.iter();
                estimate(content)
                    + calls
                        .map(|call| {
                            estimate(&call.name) + estimate(&call.arguments) + MESSAGE_TOKENS
                        })
                        .sum::<usize>()
            }
        }
}

fn tool_tokens(tool: &ToolSpec) -> usize {
    MESSAGE_TOKENS
        + estimate(&tool.name)
        + estimate(&tool.description)
        + estimate(&tool.parameters.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn agents() -> Agents {
        let tools = ["save_note", "get_note", "list_titles"].map(str::to_owned);
        Agents::parse(Agents::builtin_toml(), &tools).unwrap()
    }

    fn user(text: &str) -> Item {
        Item::User(text.to_owned())
    }

    fn answer(agent: &str, text: &str, calls: &[&str]) -> Item {
        let calls = calls
            .iter()
            .map(|tool| Call {
                id: format!("id_{tool}"),
                tool: (*tool).to_owned(),
                arguments: "{}".to_owned(),
                result: "{\"done\":true}".to_owned(),
                carry: Carry::default(),
            })
            .collect();
        Item::Answer {
            agent: agent.parse().unwrap(),
            text: text.to_owned(),
            calls,
            carry: Carry::default(),
        }
    }

    fn seen(items: &[Item], agent: &str, budget: usize) -> View {
        let agents = agents();
        let agent = agents.get(&agent.parse().unwrap()).unwrap();
        view(items, agent, &agents, &[], budget)
    }

    /// A message in one word: who, and what kind.
    fn shape(view: &View) -> Vec<String> {
        view.messages
            .iter()
            .map(|message| match message {
                ModelMessage::User(text) => format!("user:{text}"),
                ModelMessage::Tool { call_id, .. } => format!("tool:{call_id}"),
                ModelMessage::Assistant {
                    content,
                    tool_calls,
                    ..
                } => {
                    format!("assistant:{content}:{}", tool_calls.len())
                }
            })
            .collect()
    }

    #[test]
    fn an_agent_sees_its_own_calls_and_what_others_said() {
        let items = [
            user("note it"),
            answer("concierge", "", &["handoff_to_archivist"]),
            answer("archivist", "", &["save_note"]),
            answer("archivist", "Saved.", &[]),
            user("thanks"),
        ];
        assert_eq!(
            shape(&seen(&items, "archivist", 10_000)),
            [
                "user:note it",
                "assistant::1",
                "tool:id_save_note",
                "assistant:Saved.:0",
                "user:thanks"
            ]
        );
        assert_eq!(
            shape(&seen(&items, "concierge", 10_000)),
            [
                "user:note it",
                "assistant::1",
                "tool:id_handoff_to_archivist",
                "assistant:Saved.:0",
                "user:thanks"
            ]
        );
    }

    #[test]
    fn what_was_said_before_a_handoff_stands_in_the_system_prompt() {
        let items = [
            user("joke, and note it"),
            answer("concierge", "Ha ha.", &["handoff_to_archivist"]),
        ];
        let view = seen(&items, "archivist", 10_000);
        assert_eq!(shape(&view), ["user:joke, and note it"]);
        assert!(
            view.system.contains("Concierge has just handed") && view.system.contains("Ha ha.")
        );
    }

    #[test]
    fn leaves_out_the_oldest_and_never_splits_a_call_from_its_result() {
        let mut items = Vec::new();
        for n in 0..20 {
            items.push(user(&format!("question {n} {}", "x".repeat(300))));
            items.push(answer("archivist", "", &["list_titles"]));
            items.push(answer("archivist", &"y".repeat(300), &[]));
        }
        items.push(user("last"));
        let whole = seen(&items, "archivist", usize::MAX);
        assert!(!seen(&items, "archivist", whole.tokens).messages.is_empty());
        for budget in (0..=whole.tokens).step_by(97) {
            let view = seen(&items, "archivist", budget);
            assert!(view.tokens <= budget || !view.can_shrink, "{budget}");
            assert!(
                view.messages.first().is_some_and(is_user),
                "begins with a user message"
            );
            assert_eq!(shape(&view).last().unwrap(), "user:last");
            assert!(view.system.starts_with(&whole.system));
            let calls = shape(&view).iter().filter(|m| m.ends_with(":1")).count();
            let results = shape(&view)
                .iter()
                .filter(|m| m.starts_with("tool:"))
                .count();
            assert_eq!(calls, results, "{budget}");
            assert_eq!(
                shape(&whole)[whole.messages.len() - view.messages.len()..],
                shape(&view)
            );
        }
    }

    #[test]
    fn the_estimate_is_on_the_high_side() {
        // The larger of o200k_base's and cl100k_base's counts, by tiktoken-rs 0.12.
        for (text, real) in [
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("fn main() { println!(\"{}\", 1 + 1); }", 13),
            (
                "{\"title\":\"Shopping list\",\"content\":\"milk\\neggs\"}",
                14,
            ),
            ("Grüße aus München, schöne Straße", 9),
            ("今日は天気がいいので散歩に行きましょう", 22),
            ("Привет, как дела сегодня?", 12),
            ("مرحبا كيف حالك", 11),
        ] {
            assert!(estimate(text) >= real, "{text}: {}", estimate(text));
        }
    }
}
