//! The bodies of requests, in both protocols.

use super::{
    carry::Carried, chat_request::ChatRequest, form::Form, response_request::ResponseRequest, *,
};
use crate::domain::Effort;
use serde_json::{Value, json};

fn form(api: Api) -> Form {
    let mut options = ProviderOptions::new("http://localhost/v1");
    options.api = api;
    Form::first(&options)
}

fn chat(request: &ModelRequest) -> Value {
    serde_json::to_value(ChatRequest::new(request, &form(Api::Chat))).unwrap()
}

fn responses(request: &ModelRequest) -> Value {
    serde_json::to_value(ResponseRequest::new(request, &form(Api::Responses))).unwrap()
}

fn carry(items: &[Value], fields: &[(&'static str, Value)]) -> Carry {
    Carry::from(Carried {
        reasoning_items: items.to_vec(),
        fields: fields.to_vec(),
    })
}

fn conversation(answer: Carry, call: Carry) -> ModelRequest {
    ModelRequest {
        messages: vec![
            ModelMessage::User("hi".into()),
            ModelMessage::Assistant {
                content: String::new(),
                tool_calls: vec![],
                carry: Carry::default(),
            },
            ModelMessage::Assistant {
                content: "One moment.".into(),
                tool_calls: vec![ModelToolCall {
                    id: "call_1".into(),
                    name: "functions.save_note".into(),
                    arguments: "{\"title\":1}".into(),
                    carry: call,
                }],
                carry: answer,
            },
            ModelMessage::Tool {
                call_id: "call_1".into(),
                content: "ok".into(),
            },
        ],
        ..request_with_tools()
    }
}

#[test]
fn chat_requests_use_common_fields_only() {
    let body = chat(&conversation(Carry::default(), Carry::default()));
    let id = body["messages"][2]["tool_calls"][0]["id"].clone();
    assert_eq!(id.as_str().unwrap().len(), 9);
    assert_eq!(
        body,
        json!({
            "model": "m",
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "One moment.", "tool_calls": [{
                    "id": id, "type": "function",
                    "function": {"name": "functions_save_note", "arguments": "{\"title\":1}"},
                }]},
                {"role": "tool", "tool_call_id": id, "content": "ok"},
            ],
            "tools": [{"type": "function", "function": {
                "name": "save_note",
                "description": "Saves a note.",
                "parameters": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {"title": {"type": "string", "format": "title"}},
                },
            }}],
            "stream": true,
            "stream_options": {"include_usage": true},
        })
    );
    let plain = ModelRequest {
        system: "".into(),
        effort: Some(Effort::Low),
        ..request()
    };
    assert_eq!(
        chat(&plain),
        json!({
            "model": "m", "messages": [{"role": "user", "content": "hello"}],
            "stream": true, "stream_options": {"include_usage": true}, "reasoning_effort": "low",
        })
    );
}

#[test]
fn content_is_null_next_to_calls_alone() {
    let mut request = conversation(Carry::default(), Carry::default());
    if let ModelMessage::Assistant { content, .. } = &mut request.messages[2] {
        content.clear();
    }
    let message = &chat(&request)["messages"][2];
    assert!(message.as_object().unwrap().contains_key("content") && message["content"].is_null());
}

#[test]
fn chat_returns_the_providers_attachments() {
    let signature = json!({"google": {"thought_signature": "abc=="}});
    let body = chat(&conversation(
        carry(
            &[json!({"type": "reasoning"})],
            &[("reasoning_content", json!("hm"))],
        ),
        carry(&[], &[("extra_content", signature.clone())]),
    ));
    let message = &body["messages"][2];
    assert_eq!(message["reasoning_content"], "hm");
    assert_eq!(message["tool_calls"][0]["extra_content"], signature);
    assert!(!body.to_string().contains("\"reasoning\""));
}

#[test]
fn responses_requests_are_stateless() {
    let thought = json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "xyz", "odd": 1});
    let first =
        json!({"type": "reasoning", "id": "rs_0", "summary": [], "encrypted_content": "uvw"});
    let body = responses(&conversation(
        carry(
            std::slice::from_ref(&first),
            &[("reasoning_content", json!("hm"))],
        ),
        carry(std::slice::from_ref(&thought), &[]),
    ));
    let id = body["input"][4]["call_id"].clone();
    assert_eq!(id.as_str().unwrap().len(), 9);
    assert_eq!(
        body,
        json!({
            "model": "m",
            "instructions": "s",
            "input": [
                {"type": "message", "role": "user", "content": "hi"},
                first,
                {"type": "message", "role": "assistant", "content": "One moment."},
                thought,
                {"type": "function_call", "call_id": id, "name": "functions_save_note", "arguments": "{\"title\":1}"},
                {"type": "function_call_output", "call_id": id, "output": "ok"},
            ],
            "tools": [{
                "type": "function", "name": "save_note", "description": "Saves a note.", "strict": false,
                "parameters": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {"title": {"type": "string", "format": "title"}},
                },
            }],
            "stream": true,
            "store": false,
            "include": ["reasoning.encrypted_content"],
            "reasoning": {"summary": "auto"},
        })
    );
    let asked = ModelRequest {
        effort: Some(Effort::High),
        ..request()
    };
    assert_eq!(
        responses(&asked)["reasoning"],
        json!({"effort": "high", "summary": "auto"})
    );
}
