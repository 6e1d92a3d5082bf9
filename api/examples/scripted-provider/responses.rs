//! The Responses API: its requests as the script sees them, and its events.

use super::{
    manner::{THOUGHT, encrypted},
    script::{Call, Reply},
};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};

/// Converts the body of `POST /v1/responses` to one of Chat Completions.
pub(crate) fn as_chat(body: &Value) -> Value {
    let mut messages = Vec::new();
    if let Some(instructions) = body["instructions"].as_str() {
        messages.push(json!({"role": "system", "content": instructions}));
    }
    match &body["input"] {
        Value::String(text) => messages.push(json!({"role": "user", "content": text})),
        items => messages.extend(items.as_array().into_iter().flatten().filter_map(message)),
    }
    let tools: Vec<Value> = body["tools"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|tool| json!({"type": "function", "function": {"name": tool["name"]}}))
        .collect();
    json!({"model": body["model"], "messages": messages, "tools": tools, "stream": body["stream"] == true})
}

fn message(item: &Value) -> Option<Value> {
    match item["type"].as_str() {
        Some("function_call") => Some(json!({"role": "assistant", "tool_calls": [{
            "id": item["call_id"], "type": "function",
            "function": {"name": item["name"], "arguments": item["arguments"]},
        }]})),
        Some("function_call_output") => Some(
            json!({"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}),
        ),
        Some("message") | None => Some(json!({"role": item["role"], "content": item["content"]})),
        Some(_) => None,
    }
}

/// Writes the events of an answer.
#[derive(Debug)]
pub(crate) struct Responses {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) usage: Option<(usize, usize)>,
    pub(crate) thinks: bool,
    /// Whether numbers, indexes and whole events are left out, as by llama.cpp.
    pub(crate) is_sparse: bool,
    sequence: Cell<u64>,
    text: RefCell<String>,
    /// The completed items.
    output: RefCell<Vec<Value>>,
}

impl Responses {
    pub(crate) fn new(
        id: String,
        model: String,
        usage: Option<(usize, usize)>,
        thinks: bool,
        is_sparse: bool,
    ) -> Self {
        Self {
            id,
            model,
            usage,
            thinks,
            is_sparse,
            sequence: Cell::new(0),
            text: RefCell::default(),
            output: RefCell::default(),
        }
    }

    /// The events before the first text.
    pub(crate) fn opening(&self) -> String {
        let mut opening = self.event(
            "response.created",
            json!({"response": self.response("in_progress", &Value::Null)}),
        );
        opening.push_str(&self.event(
            "response.in_progress",
            json!({"response": self.response("in_progress", &Value::Null)}),
        ));
        if self.thinks {
            opening.push_str(&self.thought());
        }
        opening
    }

    fn thought(&self) -> String {
        let id = format!("rs_{}", self.id);
        let index = self.index();
        let part = json!({"type": "summary_text", "text": THOUGHT});
        let empty = json!({"type": "summary_text", "text": ""});
        let place = json!({"item_id": id, "output_index": index, "summary_index": 0});
        let at = |more: Value| merged(&place, &more);
        let item = json!({"type": "reasoning", "id": id, "summary": [part], "encrypted_content": encrypted()});
        let added = json!({"type": "reasoning", "id": id, "summary": []});
        let mut events = self.event(
            "response.output_item.added",
            json!({"output_index": index, "item": added}),
        );
        events.push_str(&self.event(
            "response.reasoning_summary_part.added",
            at(json!({"part": empty})),
        ));
        for piece in THOUGHT.split_inclusive(' ') {
            events.push_str(&self.event(
                "response.reasoning_summary_text.delta",
                at(json!({"delta": piece})),
            ));
        }
        events.push_str(&self.event(
            "response.reasoning_summary_text.done",
            at(json!({"text": THOUGHT})),
        ));
        events.push_str(&self.event(
            "response.reasoning_summary_part.done",
            at(json!({"part": part})),
        ));
        events + &self.item_done(item)
    }

    pub(crate) fn text(&self, piece: &str) -> String {
        let mut events = String::new();
        if self.text.borrow().is_empty() {
            let item = json!({"type": "message", "id": self.message_id(), "role": "assistant", "status": "in_progress", "content": []});
            events.push_str(&self.event(
                "response.output_item.added",
                json!({"output_index": self.index(), "item": item}),
            ));
            events.push_str(&self.event(
                "response.content_part.added",
                self.at_text(json!({"part": output_text("")})),
            ));
        }
        self.text.borrow_mut().push_str(piece);
        let delta = self.at_text(json!({"delta": piece, "logprobs": []}));
        events + &self.event("response.output_text.delta", delta)
    }

    /// The end of the text if there is any, once.
    fn end_of_text(&self) -> String {
        let text = std::mem::take(&mut *self.text.borrow_mut());
        if text.is_empty() {
            return String::new();
        }
        let mut events = self.event(
            "response.output_text.done",
            self.at_text(json!({"text": text, "logprobs": []})),
        );
        events.push_str(&self.event(
            "response.content_part.done",
            self.at_text(json!({"part": output_text(&text)})),
        ));
        let item = json!({"type": "message", "id": self.message_id(), "role": "assistant", "status": "completed", "content": [output_text(&text)]});
        events + &self.item_done(item)
    }

    /// The calls, in pieces.
    pub(crate) fn calls(&self, calls: &[Call]) -> Vec<String> {
        let mut events = vec![self.end_of_text()];
        for (number, call) in calls.iter().enumerate() {
            let index = self.index();
            let id = format!("fc_{}_{number}", self.id);
            let item = |arguments: &str, status: &str| {
                json!({
                    "type": "function_call", "id": id, "call_id": format!("call_{}_{number}", self.id),
                    "name": call.tool, "arguments": arguments, "status": status,
                })
            };
            let place = json!({"item_id": id, "output_index": index});
            events.push(self.event(
                "response.output_item.added",
                json!({"output_index": index, "item": item("", "in_progress")}),
            ));
            let half = call.arguments.floor_char_boundary(call.arguments.len() / 2);
            let (first, second) = call.arguments.split_at(half);
            for piece in [first, second] {
                events.push(self.event(
                    "response.function_call_arguments.delta",
                    merged(&place, &json!({"delta": piece})),
                ));
            }
            let done = json!({"arguments": call.arguments, "name": call.tool});
            events.push(self.event(
                "response.function_call_arguments.done",
                merged(&place, &done),
            ));
            events.push(self.item_done(item(&call.arguments, "completed")));
        }
        events.retain(|event| !event.is_empty());
        events
    }

    /// The events after the last text or call.
    pub(crate) fn closing(&self, reason: &str) -> String {
        let text = self.end_of_text();
        let (status, details) = match reason {
            "length" => ("incomplete", json!({"reason": "max_output_tokens"})),
            "content_filter" => ("incomplete", json!({"reason": "content_filter"})),
            _ => ("completed", Value::Null),
        };
        let response = self.response(status, &details);
        text + &self.event(&format!("response.{status}"), json!({"response": response}))
    }

    /// The end of an answer that fails.
    pub(crate) fn failure(&self) -> String {
        let mut response = self.response("failed", &Value::Null);
        response["error"] =
            json!({"code": "server_error", "message": "The stand-in fell over, as asked."});
        self.event("response.failed", json!({"response": response}))
    }

    /// The complete answer as one document.
    pub(crate) fn document(&self, reply: &Reply, reason: &str) -> String {
        if self.thinks {
            self.thought();
        }
        self.text.borrow_mut().push_str(&reply.text);
        self.calls(&reply.calls);
        let status = if reason == "length" {
            "incomplete"
        } else {
            "completed"
        };
        format!("{:#}\n", self.response(status, &Value::Null))
    }

    fn response(&self, status: &str, incomplete_details: &Value) -> Value {
        let usage = self.usage.filter(|_| status != "in_progress").map(|(input, output)| {
            json!({
                "input_tokens": input, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
                "output_tokens": output, "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": input + output,
            })
        });
        json!({
            "id": format!("resp_{}", self.id), "object": "response", "created_at": 0, "status": status,
            "error": null, "incomplete_details": incomplete_details, "instructions": null, "metadata": {},
            "model": self.model, "output": *self.output.borrow(), "parallel_tool_calls": true,
            "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0, "usage": usage,
        })
    }

    fn item_done(&self, item: Value) -> String {
        let index = self.index();
        let event = self.event(
            "response.output_item.done",
            json!({"output_index": index, "item": item}),
        );
        self.output.borrow_mut().push(item);
        event
    }

    /// The index of the next item.
    fn index(&self) -> usize {
        self.output.borrow().len()
    }

    fn message_id(&self) -> String {
        format!("msg_{}", self.id)
    }

    fn at_text(&self, more: Value) -> Value {
        let place =
            json!({"item_id": self.message_id(), "output_index": self.index(), "content_index": 0});
        merged(&place, &more)
    }

    fn event(&self, kind: &str, fields: Value) -> String {
        let mut event = merged(
            &json!({"type": kind, "sequence_number": self.sequence.get()}),
            &fields,
        );
        self.sequence.set(self.sequence.get() + 1);
        if self.is_sparse {
            if matches!(
                kind,
                "response.in_progress" | "response.function_call_arguments.done"
            ) {
                return String::new();
            }
            for name in [
                "sequence_number",
                "output_index",
                "content_index",
                "summary_index",
            ] {
                if let Some(event) = event.as_object_mut() {
                    event.remove(name);
                }
            }
        }
        format!("event: {kind}\ndata: {event}\n\n")
    }
}

fn output_text(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

fn merged(one: &Value, other: &Value) -> Value {
    let mut whole = one.clone();
    if let (Some(whole), Some(other)) = (whole.as_object_mut(), other.as_object()) {
        whole.extend(other.clone());
    }
    whole
}
