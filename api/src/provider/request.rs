//! The wire form of a request: what every compatible server takes, and no more.

use super::model::{ModelMessage, ModelRequest, ModelToolCall};
use crate::domain::ToolSpec;
use serde::Serialize;
use serde_json::{Value, json};

/// The body of `POST /chat/completions`.
#[derive(Debug, Serialize)]
pub(super) struct WireRequest<'a> {
    model: &'a str,
    messages: Vec<WireMessage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Value>,
    /// async-openai leaves this to us when the types are ours.
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Debug, Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
enum WireMessage<'a> {
    System {
        content: &'a str,
    },
    User {
        content: &'a str,
    },
    Assistant {
        /// Null beside calls: some servers refuse an empty text there.
        content: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<WireCall<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: &'a str,
    },
}

#[derive(Debug, Serialize)]
struct WireCall<'a> {
    id: &'a str,
    r#type: &'static str,
    function: WireFunction<'a>,
}

#[derive(Debug, Serialize)]
struct WireFunction<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> WireRequest<'a> {
    /// The wire form of `request`. `count_tokens` asks for usage, which some servers refuse.
    pub(super) fn new(request: &'a ModelRequest, count_tokens: bool) -> Self {
        let system = (!request.system.is_empty()).then_some(WireMessage::System {
            content: &request.system,
        });
        Self {
            model: request.model.as_str(),
            messages: system
                .into_iter()
                .chain(request.messages.iter().filter_map(message))
                .collect(),
            tools: request.tools.iter().map(tool).collect(),
            stream: true,
            stream_options: count_tokens.then_some(StreamOptions {
                include_usage: true,
            }),
        }
    }
}

fn message(message: &ModelMessage) -> Option<WireMessage<'_>> {
    Some(match message {
        ModelMessage::User(content) => WireMessage::User { content },
        ModelMessage::Tool { call_id, content } => WireMessage::Tool {
            tool_call_id: call_id,
            content,
        },
        // A stopped answer may have said nothing yet; servers refuse such a message.
        ModelMessage::Assistant {
            content,
            tool_calls,
            ..
        } if content.is_empty() && tool_calls.is_empty() => return None,
        ModelMessage::Assistant {
            content,
            tool_calls,
            ..
        } => WireMessage::Assistant {
            content: (!content.is_empty()).then_some(content),
            tool_calls: tool_calls.iter().map(call).collect(),
        },
    })
}

fn call(call: &ModelToolCall) -> WireCall<'_> {
    let function = WireFunction {
        name: &call.name,
        arguments: &call.arguments,
    };
    WireCall {
        id: &call.id,
        r#type: "function",
        function,
    }
}

fn tool(tool: &ToolSpec) -> Value {
    let mut parameters = tool.parameters.clone();
    if let Some(schema) = parameters.as_object_mut() {
        // Gemini's endpoint refuses schemas that name their own dialect.
        schema.remove("$schema");
    }
    json!({
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": parameters},
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{super::carry::Carry, *};

    #[test]
    fn says_what_every_server_takes() {
        let mut request = ModelRequest {
            model: "m-1".parse().unwrap(),
            effort: None,
            system: "Be kind.".into(),
            messages: vec![
                ModelMessage::User("hi".into()),
                ModelMessage::Assistant {
                    content: String::new(),
                    tool_calls: vec![],
                    carry: Carry::default(),
                },
                ModelMessage::Assistant {
                    content: String::new(),
                    tool_calls: vec![ModelToolCall {
                        id: "c1".into(),
                        name: "f".into(),
                        arguments: "{\"x\":1}".into(),
                        carry: Carry::default(),
                    }],
                    carry: Carry::default(),
                },
                ModelMessage::Tool {
                    call_id: "c1".into(),
                    content: "ok".into(),
                },
                ModelMessage::Assistant {
                    content: "done".into(),
                    tool_calls: vec![],
                    carry: Carry::default(),
                },
            ],
            tools: vec![ToolSpec {
                name: "f".into(),
                description: "d".into(),
                parameters: json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}),
            }],
        };
        assert_eq!(
            serde_json::to_value(WireRequest::new(&request, true)).unwrap(),
            json!({
                "model": "m-1",
                "messages": [
                    {"role": "system", "content": "Be kind."},
                    {"role": "user", "content": "hi"},
                    {"role": "assistant", "content": null, "tool_calls": [
                        {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
                    ]},
                    {"role": "tool", "tool_call_id": "c1", "content": "ok"},
                    {"role": "assistant", "content": "done"},
                ],
                "tools": [{"type": "function", "function": {
                    "name": "f", "description": "d", "parameters": {"type": "object"},
                }}],
                "stream": true,
                "stream_options": {"include_usage": true},
            })
        );

        request.system.clear();
        request.tools.clear();
        request.messages.truncate(1);
        assert_eq!(
            serde_json::to_value(WireRequest::new(&request, false)).unwrap(),
            json!({"model": "m-1", "messages": [{"role": "user", "content": "hi"}], "stream": true})
        );
    }
}
