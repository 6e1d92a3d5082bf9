//! Answers of Chat Completions on the wire: a chunk of a stream, or a complete answer.
//!
//! Unused fields are skipped unread.

use super::{
    calls,
    json::lenient::{Arguments, Content, Count, List, Text, Thought, lenient_object},
    usage::{Counted, WireUsage},
};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use serde_json::Value;

lenient_object! {
    /// An event of the stream. A complete answer has the same shape, with `message` in place of
    /// `delta`.
    pub(super) struct Chunk {
        pub(super) choices: List<Choice> = "choices",
        usage: Present<WireUsage> = "usage",
        x_groq: Present<Groq> = "x_groq",
        // Errors next to an answer, under the names in use.
        error: Told = "error",
        errors: Told = "errors",
        error_type: Told = "error_type",
        error_code: Told = "error_code",
        error_message: Told = "error_message",
        error_msg: Told = "error_msg",
        error_type_camel: Told = "errorType",
        error_code_camel: Told = "errorCode",
        error_message_camel: Told = "errorMessage",
        err: Told = "err",
        fault: Told = "fault",
        base_resp: Told = "base_resp",
    }
}

lenient_object! {
    struct Groq {
        usage: WireUsage = "usage",
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
        error: Told = "error",
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

/// Whether a field is there, and not null.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Told(bool);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(value.is_some()))
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
        let reason = reason.trim().to_ascii_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| reason.contains(part));
        Ok(if matches!(reason.as_str(), "" | "null" | "none") {
            Self::Open
        } else if says(&["length", "max_tokens", "max_output_tokens"]) {
            Self::Length
        } else if says(&[
            "filter",
            "safety",
            "sensitive",
            "prohibited",
            "blocklist",
            "recitation",
        ]) {
            Self::Filtered
        } else if says(&["error", "insufficient_system_resource", "malformed"]) {
            Self::Failed
        } else {
            Self::Stop
        })
    }
}

impl Chunk {
    pub(super) fn counted(&self) -> Option<Counted> {
        let usage = self.usage.0.as_ref().and_then(|usage| usage.read());
        usage.or_else(|| self.x_groq.0.as_ref()?.usage.read())
    }

    /// Whether it may report an error: in a field for that, or in place of an answer.
    pub(super) fn may_be_error(&self) -> bool {
        let is_empty = self.choices.0.is_empty() && self.usage.0.is_none();
        let fields = [
            self.error,
            self.errors,
            self.error_type,
            self.error_code,
            self.error_message,
            self.error_msg,
            self.error_type_camel,
            self.error_code_camel,
            self.error_message_camel,
            self.err,
            self.fault,
            self.base_resp,
        ];
        is_empty || fields.contains(&Told(true)) || self.choices.0.iter().any(|one| one.error.0)
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
    pub(super) fn is_empty(&self) -> bool {
        let texts = [
            &self.content.text,
            &self.content.thought,
            &self.refusal.0,
            &self.reasoning_content.0,
            &self.reasoning.0,
            &self.thinking.0,
        ];
        texts.into_iter().all(String::is_empty)
            && self.tool_calls.0.is_empty()
            && self.function_call.0.is_none()
            && self.reasoning_details.0.is_empty()
            && self.extra_content.is_null()
    }

    /// Drops thoughts, and text and calls if they arrived already.
    pub(super) fn forget(&mut self, text: bool, calls: bool) {
        let whole = std::mem::take(self);
        if !text {
            self.content.text = whole.content.text;
            self.refusal = whole.refusal;
        }
        if !calls {
            self.tool_calls = whole.tool_calls;
            self.function_call = whole.function_call;
        }
    }

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
            let _ = chunk(json).may_be_error();
        }
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
            (r#""MAX_TOKENS""#, Finish::Length),
            (r#""FINISH_REASON_MAX_TOKENS""#, Finish::Length),
            (r#""model_length""#, Finish::Length),
            (r#""content_filter""#, Finish::Filtered),
            (r#""SAFETY""#, Finish::Filtered),
            (r#""error""#, Finish::Failed),
            (r#""MALFORMED_FUNCTION_CALL""#, Finish::Failed),
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
