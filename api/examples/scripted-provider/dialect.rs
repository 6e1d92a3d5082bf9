//! An answer in the dialects of different servers.

use super::{
    manner::{THOUGHT, signature},
    script::{Call, Reply},
};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Shape {
    #[default]
    OpenAi,
    Azure,
    Ollama,
    Gemini,
    Mistral,
    DeepSeek,
    OpenRouter,
    Crlf,
    Bom,
    NoDone,
    /// A complete answer in place of a stream.
    Json,
}

impl Shape {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "azure" => Self::Azure,
            "ollama" => Self::Ollama,
            "gemini" => Self::Gemini,
            "mistral" => Self::Mistral,
            "deepseek" => Self::DeepSeek,
            "openrouter" => Self::OpenRouter,
            "crlf" => Self::Crlf,
            "bom" => Self::Bom,
            "no-done" => Self::NoDone,
            "json" => Self::Json,
            _ => Self::OpenAi,
        }
    }
}

/// Writes the events of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    pub(crate) shape: Shape,
    pub(crate) id: String,
    pub(crate) model: String,
    /// Input and output tokens, if they are reported.
    pub(crate) usage: Option<(usize, usize)>,
    /// Whether a thought comes before the answer.
    pub(crate) thinks: bool,
}

impl Dialect {
    /// The events before the first text.
    pub(crate) fn opening(&self) -> String {
        let opening = self.first();
        let thought =
            |piece| self.delta(&json!({"content": null, "reasoning_content": piece}), None);
        let has_its_own = matches!(self.shape, Shape::Mistral);
        if !self.thinks || has_its_own {
            return opening;
        }
        opening
            + &THOUGHT
                .split_inclusive(' ')
                .map(thought)
                .collect::<String>()
    }

    fn first(&self) -> String {
        match self.shape {
            Shape::Azure => self.event(&json!({
                "id": "", "object": "", "created": 0, "model": "", "choices": [],
                "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
            })),
            Shape::Bom => format!("\u{feff}{}", self.delta(&json!({"role": "assistant", "content": ""}), None)),
            Shape::OpenRouter => ": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n".to_owned(),
            Shape::DeepSeek if !self.thinks => self.delta(&json!({"role": "assistant", "content": null, "reasoning_content": "Hm."}), None),
            Shape::Mistral => self.delta(
                &json!({"role": "assistant", "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}),
                None,
            ),
            Shape::Ollama | Shape::Gemini => String::new(),
            _ => self.delta(&json!({"role": "assistant", "content": "", "refusal": null}), None),
        }
    }

    pub(crate) fn text(&self, piece: &str) -> String {
        let delta = match self.shape {
            Shape::Ollama | Shape::Gemini => json!({"role": "assistant", "content": piece}),
            Shape::Mistral => json!({"content": [{"type": "text", "text": piece}]}),
            Shape::DeepSeek => json!({"content": piece, "reasoning_content": null}),
            _ => json!({"content": piece}),
        };
        self.delta(&delta, None)
    }

    /// The calls, in as many pieces as the dialect uses.
    pub(crate) fn calls(&self, calls: &[Call]) -> Vec<String> {
        let whole = |index: usize, call: &Call| match self.shape {
            Shape::Ollama => {
                let arguments = serde_json::from_str(&call.arguments)
                    .unwrap_or_else(|_| Value::from(call.arguments.as_str()));
                json!({"id": self.call_id(index), "type": "function", "function": {"name": call.tool, "arguments": arguments}})
            }
            _ => {
                let mut whole = json!({"index": 0, "id": "", "type": "function", "function": {"name": call.tool, "arguments": call.arguments}});
                if index == 0 {
                    whole["extra_content"] = signature();
                }
                whole
            }
        };
        let mut events = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            if matches!(self.shape, Shape::Ollama | Shape::Gemini) {
                events.push(self.delta(&json!({"role": "assistant", "content": "", "tool_calls": [whole(index, call)]}), None));
                continue;
            }
            events.push(self.delta(
                &json!({"tool_calls": [{"index": index, "id": self.call_id(index), "type": "function", "function": {"name": call.tool, "arguments": ""}}]}),
                None,
            ));
            let half = call.arguments.floor_char_boundary(call.arguments.len() / 2);
            let (first, second) = call.arguments.split_at(half);
            for piece in [first, second] {
                events.push(self.delta(
                    &json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}),
                    None,
                ));
            }
        }
        events
    }

    /// The events after the last text or call.
    pub(crate) fn closing(&self, reason: &str) -> String {
        let mut closing = self.delta(&json!({}), Some(reason));
        if let Some(usage) = self.usage()
            && !matches!(self.shape, Shape::Gemini)
        {
            closing.push_str(&self.event(&self.chunk(&json!([]), &usage)));
        }
        if !matches!(self.shape, Shape::Azure | Shape::NoDone) {
            closing.push_str(&self.lines("data: [DONE]\n\n".to_owned()));
        }
        closing
    }

    /// The complete answer as one document.
    pub(crate) fn document(&self, reply: &Reply, reason: &str) -> String {
        let calls: Vec<Value> = reply
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| {
                json!({"id": self.call_id(index), "type": "function", "function": {"name": call.tool, "arguments": call.arguments}})
            })
            .collect();
        let mut message = json!({"role": "assistant", "content": reply.text, "refusal": null});
        if !calls.is_empty() {
            message["tool_calls"] = Value::from(calls);
        }
        let document = json!({
            "id": self.id, "object": "chat.completion", "created": 0, "model": self.model,
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": self.usage(),
        });
        format!("{document:#}\n")
    }

    /// The reason for an answer with or without calls.
    pub(crate) fn reason(&self, reply: &Reply) -> &'static str {
        let says_stop = matches!(self.shape, Shape::Ollama | Shape::Gemini);
        if reply.calls.is_empty() || says_stop {
            "stop"
        } else {
            "tool_calls"
        }
    }

    fn call_id(&self, index: usize) -> String {
        format!("call_{}_{index}", self.id)
    }

    fn delta(&self, delta: &Value, reason: Option<&str>) -> String {
        let mut choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        if self.shape == Shape::Azure {
            choice["content_filter_results"] =
                json!({"hate": {"filtered": false, "severity": "safe"}});
        }
        // Gemini reports counts in every chunk.
        let usage = if self.shape == Shape::Gemini {
            self.usage()
        } else {
            None
        };
        self.event(&self.chunk(&json!([choice]), &usage.unwrap_or_default()))
    }

    fn chunk(&self, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.id, "object": "chat.completion.chunk", "created": 0, "model": self.model,
            "choices": choices, "usage": usage,
        })
    }

    fn usage(&self) -> Option<Value> {
        self.usage.map(|(input, output)| {
            json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
        })
    }

    fn event(&self, data: &Value) -> String {
        self.lines(format!("data: {data}\n\n"))
    }

    fn lines(&self, event: String) -> String {
        if self.shape == Shape::Crlf {
            event.replace('\n', "\r\n")
        } else {
            event
        }
    }
}
