//! The wire form of an answer: one chunk of a stream, or a whole completion.
//!
//! Only what we use is named; everything else, known or not, is skipped unread.
//! Every field may be missing, null or of another type (see [`super::lenient`]).

use super::lenient::{Arguments, Count, List, Object, Text};
use crate::domain::Usage;
use serde::Deserialize;
use serde_json::Value;

/// One `data:` of the stream. A whole completion has the same shape, with `message` in place of
/// `delta`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk {
    pub(super) choices: List<Choice>,
    usage: Object<WireUsage>,
    x_groq: Object<Groq>,
    error: Option<Value>,
    // `{"object": "error", "message": …}` (vLLM) and errors that are the whole object.
    object: Text,
    message: Option<Value>,
    r#type: Option<Value>,
    code: Option<Value>,
}

impl Chunk {
    /// What the provider counted, when this chunk says so.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage.0.read().or_else(|| self.x_groq.0.usage.0.read())
    }

    /// The failure that this chunk reports.
    pub(super) fn error(&mut self) -> Option<WireError> {
        if let Some(error) = self.error.as_ref().and_then(WireError::read) {
            return Some(error);
        }
        let is_error =
            self.object.0 == "error" || (self.choices.0.is_empty() && self.message.is_some());
        is_error.then(|| {
            let field = |value: &mut Option<Value>| value.take().unwrap_or_default();
            let whole = serde_json::json!({
                "message": field(&mut self.message),
                "type": field(&mut self.r#type),
                "code": field(&mut self.code),
            });
            WireError::read(&whole).unwrap_or_default()
        })
    }
}

/// One of the answers that were asked for; we ask for one, so only index 0 counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    pub(super) index: Count,
    /// Absent in a whole completion.
    pub(super) delta: Option<Object<Delta>>,
    /// The whole text so far, beside the delta, with some providers: only for want of a delta.
    pub(super) message: Option<Object<Delta>>,
    pub(super) finish_reason: Finish,
}

/// What is new. Thoughts (`reasoning_content`, `reasoning`, …) are left unread.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta {
    pub(super) content: Text,
    /// The model says no, in words; for a person that is text as well.
    pub(super) refusal: Text,
    pub(super) tool_calls: List<CallPiece>,
    /// The form before `tool_calls`.
    pub(super) function_call: Option<Object<FunctionPiece>>,
}

/// A piece of a tool call, or the whole of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallPiece {
    pub(super) index: Count,
    pub(super) id: Text,
    pub(super) function: Object<FunctionPiece>,
}

/// What is called, and with what.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct FunctionPiece {
    pub(super) name: Text,
    pub(super) arguments: Arguments,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Groq {
    usage: Object<WireUsage>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireUsage {
    prompt_tokens: Count,
    completion_tokens: Count,
    input_tokens: Count,
    output_tokens: Count,
}

impl WireUsage {
    fn read(&self) -> Option<Usage> {
        let input = self.prompt_tokens.0.or(self.input_tokens.0);
        let output = self.completion_tokens.0.or(self.output_tokens.0);
        (input.is_some() || output.is_some()).then(|| Usage {
            input_tokens: input.unwrap_or(0),
            output_tokens: output.unwrap_or(0),
        })
    }
}

/// Why the model stopped, if it did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// Not yet: null, or the empty string some servers put in every chunk.
    #[default]
    Open,
    Stop,
    Length,
    Filtered,
    /// The provider gave up.
    Failed,
}

impl<'de> Deserialize<'de> for Finish {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(reason) = Text::deserialize(deserializer)?;
        Ok(match reason.to_ascii_lowercase().as_str() {
            "" => Self::Open,
            "length" | "max_tokens" | "model_length" => Self::Length,
            "content_filter" | "content_filtered" | "safety" => Self::Filtered,
            "error" | "insufficient_system_resource" => Self::Failed,
            _ => Self::Stop,
        })
    }
}

/// A failure as a provider reports it. Its message may hold anything (the key, the
/// conversation), so it is read to sort the failure, and goes no further.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct WireError {
    pub(super) code: String,
    pub(super) kind: String,
    pub(super) message: String,
}

impl WireError {
    /// Reads any of the shapes in use: OpenAI's object, that object itself, a string, Google's
    /// list of one, FastAPI's `detail`. `None`: it reports no failure.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Null | Value::Bool(false) => None,
            Value::String(message) => Some(Self {
                message: message.clone(),
                ..Self::default()
            }),
            Value::Array(items) => items.first().and_then(Self::read),
            Value::Object(fields) => {
                let text = |name: &str| match fields.get(name) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                };
                let first =
                    |names: [&str; 2]| names.into_iter().map(text).find(|text| !text.is_empty());
                let outer = Self {
                    code: text("code"),
                    kind: first(["type", "status"]).unwrap_or_default(),
                    message: first(["message", "detail"]).unwrap_or_default(),
                };
                match fields.get("error").and_then(Self::read) {
                    None => Some(outer),
                    Some(inner) if inner.code.is_empty() => Some(Self {
                        code: outer.code,
                        ..inner
                    }),
                    Some(inner) => Some(inner),
                }
            }
            Value::Bool(true) | Value::Number(_) => Some(Self::default()),
        }
    }

    /// Reads the body of a refused request, whatever it is.
    pub(super) fn from_body(body: &[u8]) -> Self {
        serde_json::from_slice(body)
            .ok()
            .as_ref()
            .and_then(Self::read)
            .unwrap_or_else(|| Self {
                message: String::from_utf8_lossy(body).into_owned(),
                ..Self::default()
            })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn chunk(json: &str) -> Chunk {
        serde_json::from_str::<Object<Chunk>>(json).unwrap().0
    }

    #[test]
    fn no_shape_of_json_is_refused() {
        for json in [
            "null",
            "1",
            "\"x\"",
            "[]",
            "{}",
            r#"{"choices":null}"#,
            r#"{"choices":"x"}"#,
            r#"{"choices":[1,null]}"#,
            r#"{"choices":[{"delta":null}]}"#,
            r#"{"choices":[{"delta":[]}]}"#,
            r#"{"usage":[]}"#,
            r#"{"id":null,"created":1.5,"object":7,"model":{},"choices":[{"index":"0","delta":{"role":"","content":1}}]}"#,
            r#"{"choices":{"delta":{"tool_calls":{"function":"x"}}}}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":[],"id":{},"type":"","function":{"name":null}}]}}]}"#,
            r#"{"service_tier":"odd","system_fingerprint":[],"choices":[{"logprobs":{"a":[1]},"finish_reason":{}}]}"#,
        ] {
            assert!(chunk(json).error().is_none(), "{json}");
        }
    }

    #[test]
    fn usage_wherever_it_stands() {
        let rows = [
            (
                r#"{"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}"#,
                Some((3, 5)),
            ),
            (r#"{"usage":{"prompt_tokens":3}}"#, Some((3, 0))),
            (
                r#"{"usage":{"input_tokens":3,"output_tokens":5}}"#,
                Some((3, 5)),
            ),
            (
                r#"{"x_groq":{"id":"a","usage":{"prompt_tokens":1,"completion_tokens":2}}}"#,
                Some((1, 2)),
            ),
            (r#"{"usage":{}}"#, None),
            (r#"{"usage":null}"#, None),
            (r#"{"usage":{"total_tokens":8}}"#, None),
            ("{}", None),
        ];
        for (json, expected) in rows {
            let expected = expected.map(|(input_tokens, output_tokens)| Usage {
                input_tokens,
                output_tokens,
            });
            assert_eq!(chunk(json).usage(), expected, "{json}");
        }
    }

    #[test]
    fn errors_in_every_shape() {
        let rows = [
            (
                r#"{"error":{"message":"m","type":"t","code":"c"}}"#,
                ("c", "t", "m"),
            ),
            (
                r#"{"error":{"message":"m","type":"t","param":null,"code":null}}"#,
                ("", "t", "m"),
            ),
            (r#"{"error":{"message":"m","code":502}}"#, ("502", "", "m")),
            (
                r#"{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}"#,
                ("429", "RESOURCE_EXHAUSTED", "m"),
            ),
            (r#"{"error":"m"}"#, ("", "", "m")),
            (
                r#"{"error":{"error":{"message":"m","code":"c"}}}"#,
                ("c", "", "m"),
            ),
            (r#"{"error":true}"#, ("", "", "")),
            (
                r#"{"object":"error","message":"m","type":"t","code":400}"#,
                ("400", "t", "m"),
            ),
            (r#"{"message":"m"}"#, ("", "", "m")),
            (
                r#"{"error":{"message":"m"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
                ("", "", "m"),
            ),
        ];
        for (json, (code, kind, message)) in rows {
            let expected = WireError {
                code: code.into(),
                kind: kind.into(),
                message: message.into(),
            };
            assert_eq!(chunk(json).error(), Some(expected), "{json}");
        }
        for none in [
            r#"{"error":null,"choices":[]}"#,
            r#"{"error":false}"#,
            r#"{"choices":[{"delta":{}}]}"#,
        ] {
            assert_eq!(chunk(none).error(), None, "{none}");
        }
    }

    #[test]
    fn bodies_of_refused_requests() {
        let message = |body: &[u8]| WireError::from_body(body).message;
        assert_eq!(message(br#"{"detail":"no"}"#), "no");
        assert_eq!(message(br#"[{"error":{"message":"no"}}]"#), "no");
        assert_eq!(message(b"<html>no</html>"), "<html>no</html>");
        assert_eq!(message(b"\xff"), "\u{fffd}");
        assert_eq!(message(b""), "");
    }

    #[test]
    fn finish_reasons() {
        let rows = [
            ("null", Finish::Open),
            (r#""""#, Finish::Open),
            (r#""stop""#, Finish::Stop),
            (r#""STOP""#, Finish::Stop),
            (r#""eos""#, Finish::Stop),
            (r#""tool_calls""#, Finish::Stop),
            (r#""function_call""#, Finish::Stop),
            (r#""length""#, Finish::Length),
            (r#""content_filter""#, Finish::Filtered),
            (r#""error""#, Finish::Failed),
        ];
        for (json, expected) in rows {
            assert_eq!(
                serde_json::from_str::<Finish>(json).unwrap(),
                expected,
                "{json}"
            );
        }
    }
}
