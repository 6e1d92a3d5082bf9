//! A request as the script sees it: the agent, the user, and the results of tools.

use serde::Deserialize;
use serde_json::Value;

/// The body of `POST /v1/chat/completions`, without unused fields.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatRequest {
    pub(crate) model: String,
    pub(crate) messages: Vec<WireMessage>,
    #[serde(default)]
    tools: Vec<WireTool>,
    #[serde(default)]
    pub(crate) stream: bool,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WireMessage {
    role: String,
    #[serde(default)]
    content: Option<Value>,
    #[serde(default)]
    tool_calls: Vec<WireCall>,
}

#[derive(Debug, Deserialize)]
struct WireCall {
    function: WireFunction,
}

#[derive(Debug, Deserialize)]
struct WireFunction {
    name: String,
    #[serde(default)]
    arguments: String,
}

#[derive(Debug, Deserialize)]
struct WireTool {
    function: WireFunction,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// A call, with its result if there is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) tool: String,
    pub(crate) arguments: Value,
    pub(crate) result: Value,
}

impl Step {
    pub(crate) fn failed(&self) -> bool {
        !self.result.is_object() || self.result.get("error").is_some()
    }
}

impl Step {
    /// Why the tool failed, in its own words.
    pub(crate) fn reason(&self) -> &str {
        let reason = self.result.get("error").or_else(|| self.result.get("text"));
        reason.and_then(Value::as_str).unwrap_or_default()
    }
}

impl WireMessage {
    fn text(&self) -> String {
        match &self.content {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts
                .iter()
                .filter_map(|part| part["text"].as_str())
                .collect(),
            _ => String::new(),
        }
    }
}

impl ChatRequest {
    pub(crate) fn tools(&self) -> Vec<String> {
        self.tools
            .iter()
            .map(|tool| tool.function.name.clone())
            .collect()
    }

    pub(crate) fn offers(&self, tool: &str) -> bool {
        self.tools
            .iter()
            .any(|offered| offered.function.name == tool)
    }

    pub(crate) fn last_user(&self) -> String {
        let last = self.messages.iter().rfind(|message| message.role == "user");
        last.map(WireMessage::text).unwrap_or_default()
    }

    /// The calls since the user's last message, oldest first.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let from = self
            .messages
            .iter()
            .rposition(|message| message.role == "user")
            .unwrap_or(0);
        steps(&self.messages[from..])
    }

    /// The title of the note that was saved last.
    pub(crate) fn last_saved(&self) -> Option<String> {
        let saved = steps(&self.messages)
            .into_iter()
            .rfind(|step| step.tool == "save_note" && !step.failed())?;
        saved.arguments["title"].as_str().map(str::to_owned)
    }

    pub(crate) fn wants_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_none_or(|options| options.include_usage)
    }

    /// An estimate of the request's tokens.
    pub(crate) fn tokens(&self) -> usize {
        let calls = |message: &WireMessage| -> usize {
            message
                .tool_calls
                .iter()
                .map(|call| call.function.arguments.len() + call.function.name.len())
                .sum()
        };
        let bytes: usize = self
            .messages
            .iter()
            .map(|message| message.text().len() + calls(message) + 16)
            .sum();
        bytes.div_ceil(4)
    }
}

/// Calls and results have the same order, so the n-th result belongs to the n-th call.
fn steps(messages: &[WireMessage]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut answered = 0;
    for message in messages {
        for call in &message.tool_calls {
            let arguments = serde_json::from_str(&call.function.arguments).unwrap_or_default();
            steps.push(Step {
                tool: call.function.name.clone(),
                arguments,
                result: Value::Null,
            });
        }
        if message.role == "tool" {
            if let Some(step) = steps.get_mut(answered) {
                step.result = serde_json::from_str(&message.text()).unwrap_or_default();
            }
            answered += 1;
        }
    }
    steps
}
