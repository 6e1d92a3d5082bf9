//! The body of `POST /responses`. The provider stores nothing: the whole conversation is sent, with
//! this run's thoughts in their encrypted form.

use super::{
    carry::Carry,
    conversation::{Conversation, Turn},
    form::{EffortForm, Form, ToolsForm},
    model::ModelRequest,
    tool_schema,
};
use crate::domain::{Effort, ToolSpec};
use async_openai::types::responses::{
    EasyInputContent, EasyInputMessage, FunctionCallOutput, FunctionCallOutputItemParam,
    FunctionTool, FunctionToolCall, IncludeEnum, InputItem, Item, MessageType, ReasoningSummary,
    Role, Tool,
};
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
pub(super) struct ResponseRequest<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    input: Vec<Input<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool>,
    stream: bool,
    store: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    include: Option<[IncludeEnum; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Reasoning>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Input<'a> {
    Item(Box<InputItem>),
    /// Unchanged.
    Thought(&'a Value),
}

#[derive(Debug, Serialize)]
struct Reasoning {
    #[serde(skip_serializing_if = "Option::is_none")]
    effort: Option<Effort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<ReasoningSummary>,
}

impl<'a> ResponseRequest<'a> {
    pub(super) fn new(request: &'a ModelRequest, form: &Form) -> Self {
        let conversation = Conversation::new(request, form);
        let tools = match form.tools {
            ToolsForm::LeftOut => &[],
            ToolsForm::Whole | ToolsForm::Plain => request.tools.as_slice(),
        };
        Self {
            model: request.model.as_str(),
            instructions: conversation.system,
            input: conversation
                .turns
                .into_iter()
                .flat_map(|turn| items(turn, form))
                .collect(),
            tools: tools.iter().map(|spec| tool(spec, form)).collect(),
            stream: true,
            store: false,
            include: form
                .include
                .then_some([IncludeEnum::ReasoningEncryptedContent]),
            reasoning: reasoning(request, form),
        }
    }
}

fn reasoning(request: &ModelRequest, form: &Form) -> Option<Reasoning> {
    let effort = match form.effort {
        EffortForm::Asked => request.effort,
        EffortForm::Off => Some(Effort::None),
        EffortForm::LeftOut => None,
    };
    let summary = form.summary.then_some(ReasoningSummary::Auto);
    (form.reasoning && (effort.is_some() || summary.is_some()))
        .then_some(Reasoning { effort, summary })
}

fn items<'a>(turn: Turn<'a>, form: &Form) -> Vec<Input<'a>> {
    match turn {
        Turn::User(text) => vec![message(Role::User, text)],
        Turn::Result { id, content } => vec![item(Item::FunctionCallOutput(
            FunctionCallOutputItemParam {
                call_id: Some(id),
                output: FunctionCallOutput::Text(content.to_owned()),
                id: None,
                status: None,
                name: None,
                namespace: None,
                caller: None,
            },
        ))],
        Turn::Assistant {
            text,
            carries,
            calls,
        } => {
            let mut items: Vec<Input<'a>> = thoughts(carries, form).collect();
            if !text.is_empty() {
                items.push(message(Role::Assistant, text));
            }
            for call in calls {
                items.extend(thoughts([call.carry], form));
                items.push(item(Item::FunctionCall(FunctionToolCall {
                    arguments: call.arguments.to_owned(),
                    call_id: call.id,
                    namespace: None,
                    name: call.name,
                    id: None,
                    status: None,
                    caller: None,
                    r#async: None,
                })));
            }
            items
        }
    }
}

fn thoughts<'a>(
    carries: impl IntoIterator<Item = &'a Carry>,
    form: &Form,
) -> impl Iterator<Item = Input<'a>> {
    let carries = carries.into_iter().filter_map(Carry::get);
    let items = carries.flat_map(|carried| &carried.reasoning_items);
    items
        .map(Input::Thought)
        .take(if form.carry { usize::MAX } else { 0 })
}

fn message<'a>(role: Role, text: String) -> Input<'a> {
    Input::Item(Box::new(InputItem::EasyMessage(EasyInputMessage {
        r#type: MessageType::Message,
        role,
        content: EasyInputContent::Text(text),
        phase: None,
    })))
}

fn item<'a>(item: Item) -> Input<'a> {
    Input::Item(Box::new(InputItem::Item(item)))
}

fn tool(spec: &ToolSpec, form: &Form) -> Tool {
    let parameters = match form.tools {
        ToolsForm::Plain => tool_schema::plain(spec),
        ToolsForm::Whole | ToolsForm::LeftOut => tool_schema::whole(spec),
    };
    Tool::Function(FunctionTool {
        name: spec.name.clone(),
        parameters: Some(parameters),
        strict: Some(false),
        description: Some(spec.description.clone()),
        ..FunctionTool::default()
    })
}
