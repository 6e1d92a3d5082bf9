//! A conversation in a form that every server accepts, for either protocol.
//!
//! User and assistant alternate, ids and names of calls have the strictest form in use (Mistral's
//! ids, OpenAI's names), and the last message is the user's or a tool's.

use super::{
    carry::Carry,
    form::{Form, ToolsForm},
    model::{ModelMessage, ModelRequest, ModelToolCall},
    wire_name::{WireIds, wire_name},
};

/// The text of an answer that was stopped right after a tool's result: servers refuse a user
/// message there.
const NO_ANSWER: &str = "…";

#[derive(Debug)]
pub(super) struct Conversation<'a> {
    /// The instructions, if they are sent separately.
    pub(super) system: Option<&'a str>,
    pub(super) turns: Vec<Turn<'a>>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Turn<'a> {
    User(String),
    Assistant {
        text: String,
        /// In the order of the merged answers.
        carries: Vec<&'a Carry>,
        calls: Vec<Call<'a>>,
    },
    Result {
        id: String,
        content: &'a str,
    },
}

#[derive(Debug, PartialEq)]
pub(super) struct Call<'a> {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: &'a str,
    pub(super) carry: &'a Carry,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(request: &'a ModelRequest, form: &Form) -> Self {
        let mut turns = turns(request, form);
        let has_system = !request.system.is_empty();
        if has_system && !form.system {
            put_before_the_first_user_message(&mut turns, &request.system);
        }
        Self {
            system: (has_system && form.system).then_some(&*request.system),
            turns,
        }
    }
}

fn turns<'a>(request: &'a ModelRequest, form: &Form) -> Vec<Turn<'a>> {
    let is_user = |message: &ModelMessage| matches!(message, ModelMessage::User(_));
    let this_run = request.messages.iter().rposition(is_user).unwrap_or(0);
    let mut ids = WireIds::default();
    let mut turns: Vec<Turn<'a>> = Vec::with_capacity(request.messages.len());
    for (at, message) in request.messages.iter().enumerate() {
        // Calls of earlier runs have lost their thoughts.
        let has_calls = form.tools != ToolsForm::LeftOut && (at > this_run || !form.needs_thoughts);
        let turn = match message {
            ModelMessage::User(text) => Turn::User(text.clone()),
            ModelMessage::Tool { call_id, content } if has_calls => Turn::Result {
                id: ids.get(call_id),
                content,
            },
            ModelMessage::Tool { .. } => continue,
            ModelMessage::Assistant {
                content,
                tool_calls,
                carry,
            } => {
                let calls: Vec<Call<'a>> = tool_calls
                    .iter()
                    .filter(|_| has_calls)
                    .map(|call| wire_call(call, &mut ids))
                    .collect();
                // The answer was stopped before any output.
                if content.is_empty() && calls.is_empty() {
                    continue;
                }
                Turn::Assistant {
                    text: content.clone(),
                    carries: vec![carry],
                    calls,
                }
            }
        };
        push(&mut turns, turn);
    }
    while matches!(turns.last(), Some(Turn::Assistant { calls, .. }) if calls.is_empty()) {
        turns.pop();
    }
    turns
}

/// Merges consecutive messages of one role.
fn push<'a>(turns: &mut Vec<Turn<'a>>, turn: Turn<'a>) {
    match (turns.last_mut(), turn) {
        (Some(Turn::User(before)), Turn::User(text)) => join(before, &text),
        (
            Some(Turn::Assistant {
                text: before,
                carries,
                calls,
            }),
            Turn::Assistant {
                text,
                carries: more,
                calls: next,
            },
        ) => {
            join(before, &text);
            carries.extend(more);
            calls.extend(next);
        }
        (Some(Turn::Result { .. }), turn @ Turn::User(_)) => {
            turns.push(Turn::Assistant {
                text: NO_ANSWER.to_owned(),
                carries: Vec::new(),
                calls: Vec::new(),
            });
            turns.push(turn);
        }
        (_, turn) => turns.push(turn),
    }
}

fn join(before: &mut String, text: &str) {
    if !before.is_empty() && !text.is_empty() {
        before.push_str("\n\n");
    }
    before.push_str(text);
}

fn put_before_the_first_user_message(turns: &mut Vec<Turn<'_>>, system: &str) {
    let first = turns.iter_mut().find_map(|turn| match turn {
        Turn::User(text) => Some(text),
        _ => None,
    });
    match first {
        Some(text) => *text = format!("{system}\n\n{text}"),
        None => turns.insert(0, Turn::User(system.to_owned())),
    }
}

fn wire_call<'a>(call: &'a ModelToolCall, ids: &mut WireIds) -> Call<'a> {
    Call {
        id: ids.get(&call.id),
        name: wire_name(&call.name),
        arguments: &call.arguments,
        carry: &call.carry,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::provider::options::ProviderOptions;

    fn form() -> Form {
        Form::first(&ProviderOptions::new("http://localhost/v1"))
    }

    fn request(messages: Vec<ModelMessage>) -> ModelRequest {
        ModelRequest {
            model: "m".parse().unwrap(),
            effort: None,
            system: "Be kind.".into(),
            messages,
            tools: vec![],
        }
    }

    fn user(text: &str) -> ModelMessage {
        ModelMessage::User(text.into())
    }

    fn assistant(text: &str, calls: &[(&str, &str)]) -> ModelMessage {
        let call = |(id, name): &(&str, &str)| ModelToolCall {
            id: (*id).into(),
            name: (*name).into(),
            arguments: "{}".into(),
            carry: Carry::default(),
        };
        ModelMessage::Assistant {
            content: text.into(),
            tool_calls: calls.iter().map(call).collect(),
            carry: Carry::default(),
        }
    }

    fn result(id: &str) -> ModelMessage {
        ModelMessage::Tool {
            call_id: id.into(),
            content: "ok".into(),
        }
    }

    fn shape(messages: Vec<ModelMessage>, form: &Form) -> Vec<String> {
        let request = request(messages);
        let shown = |turn: &Turn<'_>| match turn {
            Turn::User(text) => format!("u {text}"),
            Turn::Assistant { text, calls, .. } => {
                let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
                format!("a {text} {}", names.join(" "))
            }
            Turn::Result { .. } => "r".to_owned(),
        };
        Conversation::new(&request, form)
            .turns
            .iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn user_and_assistant_take_turns() {
        let rows = [
            (vec![user("a"), user("b")], vec!["u a\n\nb"]),
            (
                vec![user("a"), assistant("", &[]), user("b")],
                vec!["u a\n\nb"],
            ),
            (
                vec![
                    user("a"),
                    assistant("x", &[]),
                    assistant("y", &[]),
                    user("b"),
                ],
                vec!["u a", "a x\n\ny ", "u b"],
            ),
            (
                vec![
                    user("a"),
                    assistant("x", &[]),
                    assistant("", &[("1", "f")]),
                    result("1"),
                ],
                vec!["u a", "a x f", "r"],
            ),
            (
                vec![
                    user("a"),
                    assistant("", &[("1", "f")]),
                    result("1"),
                    assistant("x", &[]),
                    user("b"),
                ],
                vec!["u a", "a  f", "r", "a x ", "u b"],
            ),
            (
                vec![
                    user("a"),
                    assistant("", &[("1", "f")]),
                    result("1"),
                    user("b"),
                ],
                vec!["u a", "a  f", "r", "a … ", "u b"],
            ),
            (vec![user("a"), assistant("x", &[])], vec!["u a"]),
        ];
        for (messages, expected) in rows {
            assert_eq!(shape(messages, &form()), expected);
        }
    }

    #[test]
    fn a_model_without_tools_sees_no_calls() {
        let form = Form {
            tools: ToolsForm::LeftOut,
            ..form()
        };
        let messages = vec![
            user("a"),
            assistant("x", &[("1", "f")]),
            result("1"),
            assistant("y", &[]),
            user("b"),
            assistant("", &[("2", "f")]),
            result("2"),
        ];
        assert_eq!(shape(messages, &form), ["u a", "a x\n\ny ", "u b"]);
    }

    #[test]
    fn a_model_that_needs_thoughts_sees_no_calls_of_earlier_runs() {
        let form = Form {
            needs_thoughts: true,
            ..form()
        };
        let messages = vec![
            user("a"),
            assistant("x", &[("1", "f")]),
            result("1"),
            assistant("y", &[]),
            user("b"),
            assistant("", &[("2", "f")]),
            result("2"),
        ];
        assert_eq!(
            shape(messages, &form),
            ["u a", "a x\n\ny ", "u b", "a  f", "r"]
        );
    }

    #[test]
    fn instructions_stand_before_the_first_user_message_where_they_have_no_place() {
        let form = Form {
            system: false,
            ..form()
        };
        assert_eq!(shape(vec![user("a")], &form), ["u Be kind.\n\na"]);
        let request = request(vec![user("a")]);
        assert_eq!(Conversation::new(&request, &form).system, None);
    }
}
