//! The body of `POST /api/chat`, checked.

use crate::{
    chat::Task,
    domain::{HostPage, InterruptAnswer, MessageId, PageTool, ThreadId, is_blank},
    http::error::ApiError,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

const MESSAGE_MAX_BYTES: usize = 32 * 1024;
const PAGE_TOOLS_MAX: usize = 32;
const NAME_MAX_CHARS: usize = 48;
const DESCRIPTION_MAX_BYTES: usize = 1024;
/// In bytes of JSON.
const SCHEMA_MAX_BYTES: usize = 8 * 1024;
/// In bytes of names, descriptions and schemas.
const PAGE_TOOLS_MAX_BYTES: usize = 32 * 1024;
const CONTEXT_MAX_BYTES: usize = 8 * 1024;

/// A message, or the answers to a thread's interrupts.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct ChatRequest {
    /// The text, up to 32 KiB of UTF-8 and not blank. Send either this or `resume`.
    #[schema(
        min_length = 1,
        example = "Please keep a note that the demo is on Friday"
    )]
    message: Option<String>,
    /// The thread; without it a new one begins.
    thread_id: Option<ThreadId>,
    /// A user message of the thread that this one replaces, with all after it.
    replace_from: Option<MessageId>,
    /// The answers to all open interrupts of the thread.
    resume: Option<Vec<InterruptAnswer>>,
    /// The tools of the embedding page: at most 32, and 32 KiB together.
    #[serde(default)]
    page_tools: Vec<PageTool>,
    /// The embedding page's description of itself, up to 8 KiB. Not stored.
    page_context: Option<String>,
}

impl ChatRequest {
    pub(super) fn digest(&self) -> [u8; 32] {
        let body = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(body).into()
    }

    pub(super) fn checked(self) -> Result<(Task, HostPage), ApiError> {
        let page = page(self.page_tools, self.page_context)?;
        let task = match (self.message, self.resume) {
            (Some(_), Some(_)) => {
                return Err(ApiError::invalid("resume: leave it out, or the message."));
            }
            (None, None) => return Err(ApiError::invalid("message: write something first.")),
            (Some(text), None) => message(text, self.thread_id, self.replace_from)?,
            (None, Some(answers)) => resume(answers, self.thread_id, self.replace_from)?,
        };
        Ok((task, page))
    }
}

fn message(
    text: String,
    thread_id: Option<ThreadId>,
    replace_from: Option<MessageId>,
) -> Result<Task, ApiError> {
    if text.len() > MESSAGE_MAX_BYTES {
        return Err(ApiError::PayloadTooLarge(
            "A message holds up to 32 KiB. Shorten it.",
        ));
    }
    if is_blank(&text) {
        return Err(ApiError::invalid("message: write something first."));
    }
    if replace_from.is_some() && thread_id.is_none() {
        return Err(ApiError::invalid(
            "replace_from: name the message's thread_id too.",
        ));
    }
    Ok(Task::Message {
        text,
        thread_id,
        replace_from,
    })
}

fn resume(
    answers: Vec<InterruptAnswer>,
    thread_id: Option<ThreadId>,
    replace_from: Option<MessageId>,
) -> Result<Task, ApiError> {
    let Some(thread_id) = thread_id else {
        return Err(ApiError::invalid("resume: name the thread_id too."));
    };
    if replace_from.is_some() {
        return Err(ApiError::invalid("replace_from: it goes with a message."));
    }
    if answers.is_empty() {
        return Err(ApiError::invalid("resume: answer all open interrupts."));
    }
    Ok(Task::Resume { thread_id, answers })
}

fn page(tools: Vec<PageTool>, context: Option<String>) -> Result<HostPage, ApiError> {
    if tools.len() > PAGE_TOOLS_MAX {
        return Err(ApiError::invalid("page_tools: give up to 32."));
    }
    let mut bytes = 0;
    for (at, tool) in tools.iter().enumerate() {
        let schema = tool.parameters.to_string().len();
        let fault = if !is_name(&tool.name) {
            Some("name: give 1 to 48 of A-Z, a-z, 0-9, _ and -.")
        } else if tools[..at].iter().any(|earlier| earlier.name == tool.name) {
            Some("name: another tool has this name.")
        } else if tool.description.len() > DESCRIPTION_MAX_BYTES {
            Some("description: give up to 1 KiB.")
        } else if !tool.parameters.is_object() {
            Some("parameters: give a JSON Schema object.")
        } else if schema > SCHEMA_MAX_BYTES {
            Some("parameters: give up to 8 KiB.")
        } else {
            None
        };
        if let Some(fault) = fault {
            return Err(ApiError::invalid(format!("page_tools[{at}].{fault}")));
        }
        bytes += tool.name.len() + tool.description.len() + schema;
    }
    if bytes > PAGE_TOOLS_MAX_BYTES {
        return Err(ApiError::invalid("page_tools: give up to 32 KiB together."));
    }
    if context
        .as_ref()
        .is_some_and(|text| text.len() > CONTEXT_MAX_BYTES)
    {
        return Err(ApiError::invalid("page_context: give up to 8 KiB."));
    }
    Ok(HostPage {
        tools,
        context: context.filter(|text| !is_blank(text)),
    })
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX_CHARS).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    fn check(body: Value) -> Result<(Task, HostPage), ApiError> {
        serde_json::from_value::<ChatRequest>(body)
            .unwrap()
            .checked()
    }

    fn tool(name: &str) -> Value {
        json!({"name": name, "description": "d", "parameters": {"type": "object"}, "read_only": true})
    }

    #[test]
    fn accepts_a_message_or_a_resume_with_page_tools() {
        let body =
            json!({"message": "hi", "page_tools": [tool("a"), tool("b")], "page_context": "x"});
        let (task, page) = check(body).unwrap();
        assert!(matches!(task, Task::Message { .. }));
        assert_eq!((page.tools.len(), page.context.as_deref()), (2, Some("x")));
        let answer = json!({"interrupt_id": "i", "status": "cancelled"});
        let (task, _) = check(json!({"thread_id": "t", "resume": [answer]})).unwrap();
        assert!(matches!(task, Task::Resume { .. }));
    }

    #[test]
    fn refuses_values_out_of_range() {
        let answer = json!({"interrupt_id": "i", "status": "cancelled"});
        let message = |more: Value| {
            let mut body = json!({"message": "hi"});
            body.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            body
        };
        let with = |tool: Value| message(json!({"page_tools": [tool]}));
        let schema = |bytes: usize| json!({"x": "y".repeat(bytes)});
        let described = |n: usize, bytes: usize| json!({"name": format!("t{n}"), "description": "d".repeat(bytes), "parameters": {}});
        for bad in [
            json!({}),
            message(json!({"resume": [answer], "thread_id": "t"})),
            json!({"resume": [answer]}),
            json!({"resume": [], "thread_id": "t"}),
            json!({"resume": [answer], "thread_id": "t", "replace_from": "m"}),
            message(json!({"page_context": "x".repeat(CONTEXT_MAX_BYTES + 1)})),
            message(json!({"page_tools": (0..33).map(|n| described(n, 1)).collect::<Vec<_>>()})),
            message(json!({"page_tools": [tool("a"), tool("a")]})),
            with(tool("")),
            with(tool("a b")),
            with(tool(&"a".repeat(49))),
            with(described(0, DESCRIPTION_MAX_BYTES + 1)),
            with(json!({"name": "a", "parameters": []})),
            with(json!({"name": "a", "parameters": schema(SCHEMA_MAX_BYTES)})),
            message(json!({"page_tools": (0..5).map(|n| {
                json!({"name": format!("t{n}"), "parameters": schema(8000)})
            }).collect::<Vec<_>>()})),
        ] {
            assert!(check(bad.clone()).is_err(), "{bad}");
        }
        assert!(check(with(described(0, DESCRIPTION_MAX_BYTES))).is_ok());
        assert!(check(with(json!({"name": "a", "parameters": schema(8100)}))).is_ok());
    }
}
