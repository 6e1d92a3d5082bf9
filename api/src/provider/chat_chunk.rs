//! Answers of Chat Completions on the wire: a chunk of a stream, or a complete answer.
//!
//! Unused fields are skipped unread.

use super::{
    calls,
    json::lenient::{Arguments, Content, Count, List, Text, Thought, lenient_object},
    usage::{Counted, WireUsage},
    wire_error::WireError,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

lenient_object! {
    /// An event of the stream. A complete answer has the same shape, with `message` in place of
    /// `delta`.
    pub(super) struct Chunk {
        pub(super) choices: List<Choice> = "choices",
        usage: Present<WireUsage> = "usage",
        x_groq: Present<Groq> = "x_groq",
        // Errors, alone or next to an answer, under the names in use.
        error: Value = "error",
        errors: Value = "errors",
        error_type: Value = "error_type",
        error_code: Value = "error_code",
        error_message: Value = "error_message",
        error_msg: Value = "error_msg",
        error_type_camel: Value = "errorType",
        error_code_camel: Value = "errorCode",
        error_message_camel: Value = "errorMessage",
        err: Value = "err",
        fault: Value = "fault",
        base_resp: BaseResp = "base_resp",
        // These are an error only where there is no answer.
        object: Text = "object",
        message: Value = "message",
        msg: Value = "msg",
        detail: Value = "detail",
        kind: Value = "type",
        code: Value = "code",
        status: Value = "status",
    }
}

lenient_object! {
    struct Groq {
        usage: WireUsage = "usage",
    }
}

lenient_object! {
    /// MiniMax's status of the request, in every chunk.
    struct BaseResp {
        status_code: Count = "status_code",
        status_msg: Text = "status_msg",
    }
}

lenient_object! {
    /// One of the requested answers; we request one, so only index 0 counts.
    pub(super) struct Choice {
        pub(super) index: Count = "index",
        pub(super) delta: Present<Delta> = "delta",
        /// The complete answer; some providers send it next to the delta.
        pub(super) message: Present<Delta> = "message",
        finish_reason: Finish = "finish_reason",
        finish_reason_camel: Finish = "finishReason",
        error: Value = "error",
    }
}

lenient_object! {
    pub(super) struct Delta {
        pub(super) content: Content = "content",
        /// The model's refusal in words, which is text for the visitor.
        pub(super) refusal: Text = "refusal",
        pub(super) tool_calls: List<CallPiece> = "tool_calls",
        /// The predecessor of `tool_calls`.
        pub(super) function_call: Present<FunctionPiece> = "function_call",
        pub(super) reasoning_content: Thought = "reasoning_content",
        reasoning: Thought = "reasoning",
        thinking: Thought = "thinking",
        pub(super) reasoning_details: List<Value> = "reasoning_details",
        pub(super) extra_content: Value = "extra_content",
    }
}

lenient_object! {
    pub(super) struct CallPiece {
        pub(super) index: Count = "index",
        pub(super) id: Text = "id",
        pub(super) function: FunctionPiece = "function",
        /// Gemini's thought signature.
        pub(super) extra_content: Value = "extra_content",
    }
}

lenient_object! {
    pub(super) struct FunctionPiece {
        pub(super) name: Text = "name",
        pub(super) arguments: Arguments = "arguments",
    }
}

/// `None` for null or a missing object. Boxed: chunks are moved often, and most fields are missing.
#[derive(Debug, Default)]
pub(super) struct Present<T>(pub(super) Option<Box<T>>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Present<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self)
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// Not yet: null, or an empty string that some servers put in every chunk.
    #[default]
    Open,
    Stop,
    Length,
    Filtered,
    /// The provider failed.
    Failed,
}

impl<'de> Deserialize<'de> for Finish {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(reason) = Text::deserialize(deserializer)?;
        Ok(match reason.trim().to_ascii_lowercase().as_str() {
            "" | "null" | "none" => Self::Open,
            "length" | "max_tokens" | "model_length" | "max_output_tokens" => Self::Length,
            "content_filter" | "content_filtered" | "safety" | "sensitive" => Self::Filtered,
            "error" | "insufficient_system_resource" | "network_error" => Self::Failed,
            _ => Self::Stop,
        })
    }
}

impl Chunk {
    pub(super) fn counted(&self) -> Option<Counted> {
        let usage = self.usage.0.as_ref().and_then(|usage| usage.read());
        usage.or_else(|| self.x_groq.0.as_ref()?.usage.read())
    }

    pub(super) fn error(&mut self) -> Option<WireError> {
        let in_choice = self.choices.0.iter_mut().find_map(|choice| {
            let error = choice.error.take();
            (!error.is_null())
                .then(|| WireError::read(&error))
                .flatten()
        });
        if in_choice.is_some() {
            return in_choice;
        }
        let mut fields = Map::new();
        for (name, value) in [
            ("error", &mut self.error),
            ("errors", &mut self.errors),
            ("error_type", &mut self.error_type),
            ("error_code", &mut self.error_code),
            ("error_message", &mut self.error_message),
            ("error_msg", &mut self.error_msg),
            ("errorType", &mut self.error_type_camel),
            ("errorCode", &mut self.error_code_camel),
            ("errorMessage", &mut self.error_message_camel),
            ("err", &mut self.err),
            ("fault", &mut self.fault),
        ] {
            if !value.is_null() {
                fields.insert(name.to_owned(), value.take());
            }
        }
        if let code @ Some(1..) = self.base_resp.status_code.0 {
            fields.insert("code".to_owned(), Value::from(code));
            let message = std::mem::take(&mut self.base_resp.status_msg.0);
            fields.insert("message".to_owned(), Value::from(message));
        }
        let is_error =
            !fields.is_empty() && WireError::read(&Value::from(fields.clone())).is_some();
        if !is_error && !self.is_error_alone() {
            return None;
        }
        for (name, value) in [
            ("message", &mut self.message),
            ("msg", &mut self.msg),
            ("detail", &mut self.detail),
            ("type", &mut self.kind),
            ("code", &mut self.code),
            ("status", &mut self.status),
        ] {
            if !value.is_null() && !fields.contains_key(name) {
                fields.insert(name.to_owned(), value.take());
            }
        }
        Some(WireError::read(&Value::from(fields)).unwrap_or_default())
    }

    /// Whether the object itself is an error: it says so, or has a message in place of an answer.
    fn is_error_alone(&self) -> bool {
        let says = |value: &Value| WireError::read(value).is_some() && !value.is_number();
        let is_failing_status = self
            .code
            .as_u64()
            .or_else(|| self.status.as_u64())
            .is_some_and(|code| (400..600).contains(&code));
        self.object.0 == "error"
            || self.choices.0.is_empty()
                && ([&self.message, &self.msg, &self.detail]
                    .into_iter()
                    .any(says)
                    || is_failing_status)
    }
}

impl CallPiece {
    pub(super) fn into_piece(self, has_halves: bool) -> calls::CallPiece {
        calls::CallPiece {
            index: self.index.0,
            id: self.id.0,
            name: self.function.name.0,
            arguments: self.function.arguments.0,
            is_whole: false,
            has_halves,
            extra_content: self.extra_content,
        }
    }
}

impl Choice {
    pub(super) fn finish(&self) -> Finish {
        match self.finish_reason {
            Finish::Open => self.finish_reason_camel,
            reason => reason,
        }
    }
}

impl Delta {
    /// The thought in this delta, under one of its names: some providers send two.
    pub(super) fn thought(&mut self) -> String {
        let take = std::mem::take::<String>;
        let named = [
            &mut self.content.thought,
            &mut self.reasoning.0,
            &mut self.thinking.0,
        ];
        if !self.reasoning_content.0.is_empty() {
            return self.reasoning_content.0.clone();
        }
        if let Some(text) = named.into_iter().find(|text| !text.is_empty()) {
            return take(text);
        }
        let details = self.reasoning_details.0.iter();
        details
            .filter_map(|detail| {
                detail["text"]
                    .as_str()
                    .or_else(|| detail["summary"].as_str())
            })
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn chunk(json: &str) -> Chunk {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn accepts_any_json_without_panicking() {
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
    fn finds_errors_and_only_errors() {
        for error in [
            r#"{"error":{"message":"m"}}"#,
            r#"{"error":"m"}"#,
            r#"{"error":true}"#,
            r#"{"error":{"message":"m"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            r#"{"choices":[{"delta":{},"error":{"code":502,"message":"m"},"finish_reason":"error"}]}"#,
            r#"{"choices":null,"error_type":"BadRequestError","error_message":"m"}"#,
            r#"{"errorCode":"400","errorMessage":"m"}"#,
            r#"{"error_code":18,"error_msg":"m"}"#,
            r#"{"errors":[{"message":"m"}]}"#,
            r#"{"base_resp":{"status_code":1004,"status_msg":"m"}}"#,
            r#"{"object":"error","message":"m","code":400}"#,
            r#"{"message":"m"}"#,
            r#"{"detail":"m"}"#,
            r#"{"code":500}"#,
        ] {
            assert!(chunk(error).error().is_some(), "{error}");
        }
        let hi = r#""choices":[{"delta":{"content":"Hi"}}]"#;
        for none in [
            r#""error":null"#,
            r#""error":false"#,
            r#""error":"""#,
            r#""error":{}"#,
            r#""error":[]"#,
            r#""error":{"message":"","code":0}"#,
            r#""error_code":0,"error_msg":"""#,
            r#""base_resp":{"status_code":0,"status_msg":"success"}"#,
            r#""code":200,"message":"ok""#,
        ] {
            let json = format!("{{{hi},{none}}}");
            assert_eq!(chunk(&json).error(), None, "{json}");
        }
        assert_eq!(chunk(r#"{"choices":[{"delta":{}}]}"#).error(), None);
    }

    #[test]
    fn reads_finish_reasons() {
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
            let finish: Finish = serde_json::from_str(json).unwrap();
            assert_eq!(finish, expected, "{json}");
        }
        for (json, expected) in [
            (
                r#"{"finish_reason":null,"finishReason":"stop"}"#,
                Finish::Stop,
            ),
            (
                r#"{"finishReason":"length","finish_reason":""}"#,
                Finish::Length,
            ),
            (r#"{"finishReason":"STOP"}"#, Finish::Stop),
        ] {
            let choice: Choice = serde_json::from_str(json).unwrap();
            assert_eq!(choice.finish(), expected, "{json}");
        }
    }

    #[test]
    fn reports_reasoning_once() {
        for delta in [
            r#"{"reasoning_content":"hm"}"#,
            r#"{"reasoning":"hm"}"#,
            r#"{"reasoning":{"content":"hm"}}"#,
            r#"{"thinking":"hm"}"#,
            r#"{"reasoning":"hm","reasoning_content":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm"}]}"#,
            r#"{"reasoning_details":[{"type":"reasoning.summary","summary":"hm"}]}"#,
            r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}"#,
            r#"{"reasoning_content":"x","reasoning_content":"hm"}"#,
        ] {
            let mut read: Delta = serde_json::from_str(delta).unwrap();
            assert_eq!(read.thought(), "hm", "{delta}");
        }
    }
}
