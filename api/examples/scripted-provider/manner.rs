//! The behaviour of real servers: what they refuse, what they require back, and their dialect.
//! Selected by the model's name (`like-openai`, `like-ollama`, …).

use super::dialect::Shape;
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Accepts everything.
    #[default]
    Plain,
    /// OpenAI's current models: tools on Responses only, no unknown fields, thoughts required back.
    OpenAi,
    /// Ollama: complete calls with arguments as JSON, no effort.
    Ollama,
    /// Mistral: ids of 9 characters, alternating roles, no unknown fields.
    Mistral,
    /// DeepSeek while thinking: thoughts required back with all calls, also of earlier turns.
    DeepSeek,
    /// Gemini 3: signatures required back with the calls, only plain schemas.
    Gemini,
    /// vLLM without a tool parser.
    Vllm,
    /// llama.cpp: a Responses API that leaves things out.
    LlamaCpp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Chat,
    Responses,
}

pub(crate) type Refusal = (u16, Value);

/// The reasoning that is sent, and expected back.
pub(crate) const THOUGHT: &str = "Let me think about that.";

impl Manner {
    pub(crate) fn of(model: &str) -> Self {
        match model {
            "like-openai" => Self::OpenAi,
            "like-ollama" => Self::Ollama,
            "like-mistral" => Self::Mistral,
            "like-deepseek" => Self::DeepSeek,
            "like-gemini" => Self::Gemini,
            "like-vllm" => Self::Vllm,
            "like-llamacpp" => Self::LlamaCpp,
            _ => Self::Plain,
        }
    }

    /// The dialect, unless the message selects another.
    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::Ollama => Shape::Ollama,
            Self::Mistral => Shape::Mistral,
            Self::DeepSeek => Shape::DeepSeek,
            Self::Gemini => Shape::Gemini,
            Self::Plain | Self::OpenAi | Self::Vllm | Self::LlamaCpp => Shape::OpenAi,
        }
    }

    pub(crate) fn thinks(self) -> bool {
        matches!(self, Self::OpenAi | Self::DeepSeek | Self::Mistral)
    }

    pub(crate) fn refusal(self, api: Api, body: &Value) -> Option<Refusal> {
        let is_strict = !matches!(self, Self::Plain | Self::Ollama | Self::LlamaCpp);
        if is_strict && let Some(refusal) = call_without_result(api, body) {
            return Some(refusal);
        }
        match (self, api) {
            (Self::OpenAi, Api::Chat) => {
                unknown_field(body, CHAT_FIELDS).or_else(|| tools_with_reasoning(body))
            }
            (Self::OpenAi, Api::Responses) => {
                unknown_field(body, RESPONSES_FIELDS).or_else(|| missing_thought(body))
            }
            (Self::Mistral, Api::Chat) => mistral(body),
            (Self::DeepSeek, Api::Chat) => missing_reasoning_content(body),
            (Self::Gemini, Api::Chat) => unknown_schema(body).or_else(|| missing_signature(body)),
            (Self::Vllm, Api::Chat) if has_tools(body) => Some(refused(
                "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
            )),
            (Self::Ollama, Api::Chat) if !body["reasoning_effort"].is_null() => {
                Some(refused("\"like-ollama\" does not support thinking"))
            }
            (Self::Mistral | Self::DeepSeek | Self::Gemini, Api::Responses) => {
                Some((404, json!({"detail": "Not Found"})))
            }
            _ => None,
        }
    }
}

const CHAT_FIELDS: &[&str] = &[
    "model",
    "messages",
    "tools",
    "stream",
    "stream_options",
    "reasoning_effort",
];
const RESPONSES_FIELDS: &[&str] = &[
    "model",
    "instructions",
    "input",
    "tools",
    "stream",
    "store",
    "include",
    "reasoning",
];

fn refused(message: &str) -> Refusal {
    let error =
        json!({"message": message, "type": "invalid_request_error", "param": null, "code": null});
    (400, json!({"error": error}))
}

fn has_tools(body: &Value) -> bool {
    body["tools"]
        .as_array()
        .is_some_and(|tools| !tools.is_empty())
}

fn unknown_field(body: &Value, known: &[&str]) -> Option<Refusal> {
    let unknown = body
        .as_object()?
        .keys()
        .find(|name| !known.contains(&name.as_str()))?;
    Some(refused(&format!("Unknown parameter: '{unknown}'.")))
}

/// Every call needs its result, right after it, and every result its call.
fn call_without_result(api: Api, body: &Value) -> Option<Refusal> {
    let list = match api {
        Api::Chat => &body["messages"],
        Api::Responses => &body["input"],
    };
    let mut open: Vec<&Value> = Vec::new();
    for item in list.as_array().into_iter().flatten() {
        let result = match api {
            Api::Chat => &item["tool_call_id"],
            Api::Responses if item["type"] == "function_call_output" => &item["call_id"],
            Api::Responses => &Value::Null,
        };
        if !result.is_null() {
            let at = open.iter().position(|id| *id == result);
            let Some(at) = at else {
                return Some(refused(&format!("No tool call found for {result}.")));
            };
            open.swap_remove(at);
        } else if item["type"] == "function_call" {
            open.push(&item["call_id"]);
        } else if !open.is_empty() && item["type"] != "reasoning" {
            break;
        }
        let calls = item["tool_calls"].as_array();
        open.extend(calls.into_iter().flatten().map(|call| &call["id"]));
    }
    let id = open.first()?;
    Some(refused(&format!("No tool output found for {id}.")))
}

fn tools_with_reasoning(body: &Value) -> Option<Refusal> {
    (has_tools(body) && body["reasoning_effort"] != "none").then(|| {
        refused(
            "Function tools with reasoning_effort are not supported for this model in /v1/chat/completions. \
             To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        )
    })
}

/// Items or messages since the user's last message.
fn current_turn(list: &Value) -> &[Value] {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let from = list
        .iter()
        .rposition(|item| item["role"] == "user")
        .unwrap_or(0);
    &list[from..]
}

/// For a call of the current turn whose thought is missing or changed.
fn missing_thought(body: &Value) -> Option<Refusal> {
    let mut has_thought = false;
    for item in current_turn(&body["input"]) {
        match item["type"].as_str() {
            Some("reasoning") => has_thought = item["encrypted_content"] == encrypted(),
            Some("function_call") if !has_thought => {
                return Some(refused(
                    "A function_call was provided without its required 'reasoning' item.",
                ));
            }
            Some("function_call") if !item["id"].is_null() => {
                return Some(refused("Items are not persisted: leave out the id."));
            }
            _ => {}
        }
    }
    None
}

pub(crate) fn encrypted() -> Value {
    json!("gAAAAB-sealed-thought")
}

fn missing_reasoning_content(body: &Value) -> Option<Refusal> {
    let lacks = |message: &Value| {
        message["tool_calls"].is_array() && message["reasoning_content"] != THOUGHT
    };
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    messages.iter().any(lacks).then(|| {
        refused("The `reasoning_content` in the thinking mode must be passed back to the API.")
    })
}

fn missing_signature(body: &Value) -> Option<Refusal> {
    let lacks = |message: &Value| {
        let first = &message["tool_calls"][0];
        first.is_object() && first["extra_content"] != signature()
    };
    current_turn(&body["messages"])
        .iter()
        .any(lacks)
        .then(|| refused("Function call is missing a thought_signature in functionCall parts."))
}

/// Gemini's attachment to a call.
pub(crate) fn signature() -> Value {
    json!({"google": {"thought_signature": "c2lnbmF0dXJl"}})
}

fn unknown_schema(body: &Value) -> Option<Refusal> {
    let tools = body["tools"].to_string();
    tools.contains("additionalProperties").then(|| {
        refused(
            "Invalid JSON payload received. Unknown name \"additionalProperties\" at \
             'tools[0].function_declarations[0].parameters': Cannot find field.",
        )
    })
}

fn mistral(body: &Value) -> Option<Refusal> {
    if !body["stream_options"].is_null() {
        let detail = json!([{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]);
        return Some((422, json!({"detail": detail})));
    }
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut last = "";
    for message in messages {
        let known = ["role", "content", "tool_calls", "tool_call_id"];
        if let Some(refusal) = unknown_field(message, &known) {
            return Some(refusal);
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            if let Some(refusal) = unknown_field(call, &["id", "type", "function"]) {
                return Some(refusal);
            }
            let id = call["id"].as_str().unwrap_or_default();
            if id.len() != 9 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Some(refused(&format!(
                    "Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9."
                )));
            }
        }
        let role = message["role"].as_str().unwrap_or_default();
        let follows = match (last, role) {
            ("" | "system", _) => role != "assistant" && role != "tool",
            ("user", role) => role == "assistant",
            ("assistant", role) => role == "user" || role == "tool",
            ("tool", role) => role == "tool" || role == "assistant",
            _ => false,
        };
        if !follows {
            return Some(refused(&format!(
                "Unexpected role '{role}' after role '{last}'"
            )));
        }
        last = role;
    }
    (last == "assistant").then(|| {
        refused("Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant")
    })
}
