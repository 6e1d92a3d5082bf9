//! The body of `POST /chat/completions`, with only what every compatible server accepts.

use super::{
    carry::Carry,
    conversation::{Call, Conversation, Turn},
    form::{EffortForm, Form, ToolsForm},
    model::ModelRequest,
    tool_schema,
};
use crate::domain::{Effort, ToolSpec};
use async_openai::types::chat::{
    ChatCompletionRequestMessage, ChatCompletionRequestSystemMessage,
    ChatCompletionRequestSystemMessageContent, ChatCompletionRequestToolMessage,
    ChatCompletionRequestToolMessageContent, ChatCompletionRequestUserMessage,
    ChatCompletionRequestUserMessageContent, ChatCompletionStreamOptions, ChatCompletionTool,
    ChatCompletionTools, FunctionObject,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Gemini's value for calls that have no signature.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

#[derive(Debug, Serialize)]
pub(super) struct ChatRequest<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<ChatCompletionTools>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<ChatCompletionStreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<Effort>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Message<'a> {
    Other(ChatCompletionRequestMessage),
    Assistant(AssistantMessage<'a>),
}

/// async-openai's type omits a `content` of null, which some servers require next to calls, and has
/// no room for a provider's own fields.
#[derive(Debug, Serialize)]
struct AssistantMessage<'a> {
    role: &'static str,
    content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall<'a>>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct ToolCall<'a> {
    id: String,
    r#type: &'static str,
    function: Function<'a>,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: String,
    arguments: &'a str,
}

impl<'a> ChatRequest<'a> {
    pub(super) fn new(request: &'a ModelRequest, form: &Form) -> Self {
        let conversation = Conversation::new(request, form);
        let system = conversation.system.map(|text| {
            Message::Other(ChatCompletionRequestMessage::System(
                ChatCompletionRequestSystemMessage {
                    content: ChatCompletionRequestSystemMessageContent::Text(text.to_owned()),
                    name: None,
                },
            ))
        });
        let turns = conversation
            .turns
            .into_iter()
            .map(|turn| message(turn, form));
        let tools = match form.tools {
            ToolsForm::LeftOut => &[],
            ToolsForm::Whole | ToolsForm::Plain => request.tools.as_slice(),
        };
        Self {
            model: request.model.as_str(),
            messages: system.into_iter().chain(turns).collect(),
            tools: tools.iter().map(|spec| tool(spec, form)).collect(),
            stream: true,
            stream_options: form.stream_options.then_some(ChatCompletionStreamOptions {
                include_usage: Some(true),
                include_obfuscation: None,
            }),
            reasoning_effort: match form.effort {
                EffortForm::Asked => request.effort,
                EffortForm::Off => Some(Effort::None),
                EffortForm::LeftOut => None,
            },
        }
    }
}

fn message<'a>(turn: Turn<'a>, form: &Form) -> Message<'a> {
    match turn {
        Turn::User(text) => Message::Other(ChatCompletionRequestMessage::User(
            ChatCompletionRequestUserMessage {
                content: ChatCompletionRequestUserMessageContent::Text(text),
                name: None,
            },
        )),
        Turn::Result { id, content } => Message::Other(ChatCompletionRequestMessage::Tool(
            ChatCompletionRequestToolMessage {
                content: ChatCompletionRequestToolMessageContent::Text(content.to_owned()),
                tool_call_id: id,
            },
        )),
        Turn::Assistant {
            text,
            carries,
            calls,
        } => {
            let mut calls: Vec<_> = calls
                .into_iter()
                .map(|call| tool_call(call, form))
                .collect();
            let mut fields = fields(carries, form);
            if let Some(first) = calls.first_mut() {
                // Lost where the run goes on after a question, or never there.
                if form.needs_thoughts {
                    fields
                        .entry("reasoning_content")
                        .or_insert_with(|| " ".into());
                }
                if form.needs_signatures {
                    let signature = json!({"google": {"thought_signature": NO_SIGNATURE}});
                    first.fields.entry("extra_content").or_insert(signature);
                }
            }
            Message::Assistant(AssistantMessage {
                role: "assistant",
                // Null next to calls: some servers refuse an empty text there.
                content: (!text.is_empty()).then_some(text),
                tool_calls: calls,
                fields,
            })
        }
    }
}

fn tool_call<'a>(call: Call<'a>, form: &Form) -> ToolCall<'a> {
    ToolCall {
        id: call.id,
        r#type: "function",
        function: Function {
            name: call.name,
            arguments: call.arguments,
        },
        fields: fields([call.carry], form),
    }
}

/// The provider's attachments under their own names; the last one of a name counts.
fn fields<'a>(carries: impl IntoIterator<Item = &'a Carry>, form: &Form) -> Map<String, Value> {
    carries
        .into_iter()
        .filter(|_| form.carry)
        .filter_map(Carry::get)
        .flat_map(|carried| &carried.fields)
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn tool(spec: &ToolSpec, form: &Form) -> ChatCompletionTools {
    let parameters = match form.tools {
        ToolsForm::Plain => tool_schema::plain(spec),
        ToolsForm::Whole | ToolsForm::LeftOut => tool_schema::whole(spec),
    };
    ChatCompletionTools::Function(ChatCompletionTool {
        function: FunctionObject {
            name: spec.name.clone(),
            description: Some(spec.description.clone()),
            parameters: Some(parameters),
            strict: None,
        },
    })
}
