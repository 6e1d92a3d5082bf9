//! Limits on the calls of one run and their results.

use crate::{
    chat::history::to_text,
    domain::{JsonObject, ToolOutcome},
    tools::ServerOutcome,
};
use serde_json::Value;

const CALLS_PER_ANSWER: usize = 32;
const CALLS_PER_RUN: usize = 100;
/// In bytes of text for the model.
const RESULT_MAX_BYTES: usize = 64 * 1024;
const RESULTS_PER_ANSWER_BYTES: usize = 512 * 1024;
const RESULTS_PER_RUN_BYTES: usize = 4 * 1024 * 1024;
/// With less room than this, a result is omitted.
const CUT_MIN_BYTES: usize = 1024;
/// The field that marks a shortened result.
const CUT_FIELD: &str = "cut";
const CUT_NOTE: &str = "The result was too long. The rest is left out.";
/// The field for a result that cannot be shortened in one of its own fields.
const TEXT_FIELD: &str = "text";

#[derive(Debug, Default)]
pub(super) struct CallBudget {
    answer: Used,
    run: Used,
}

#[derive(Debug, Default)]
struct Used {
    calls: usize,
    bytes: usize,
}

impl CallBudget {
    pub(super) fn begin_answer(&mut self) {
        self.answer = Used::default();
    }

    /// Counts a call, or returns the reason for refusing it.
    pub(super) fn admit(&mut self) -> Result<(), ToolOutcome> {
        if self.answer.calls >= CALLS_PER_ANSWER {
            return Err(refusal(
                "An answer may make 32 calls; this one was not made. Go on with the results you have.",
            ));
        }
        if self.run.calls >= CALLS_PER_RUN {
            return Err(refusal(
                "This was one call too many; it was not made. Answer with the results you have.",
            ));
        }
        if self.room() < CUT_MIN_BYTES {
            return Err(refusal(
                "The results are too long already; this call was not made. Answer with the results you have.",
            ));
        }
        self.answer.calls += 1;
        self.run.calls += 1;
        Ok(())
    }

    /// Shortens a result to the remaining room, and counts it.
    pub(super) fn fit(&mut self, mut outcome: ServerOutcome) -> ServerOutcome {
        let room = self.room().min(RESULT_MAX_BYTES);
        let result = cut(outcome.outcome.result, room);
        let bytes = match &mut outcome.for_model {
            Some(text) => {
                text.truncate(text.floor_char_boundary(room));
                text.len()
            }
            None => to_text(&result).len(),
        };
        outcome.outcome.result = result;
        self.answer.bytes += bytes;
        self.run.bytes += bytes;
        outcome
    }

    /// Remaining bytes for results in this answer and run.
    fn room(&self) -> usize {
        RESULTS_PER_ANSWER_BYTES
            .saturating_sub(self.answer.bytes)
            .min(RESULTS_PER_RUN_BYTES.saturating_sub(self.run.bytes))
    }
}

fn refusal(sentence: &str) -> ToolOutcome {
    ToolOutcome::error(sentence)
}

/// Shortens a result to `max` bytes of JSON, plus the mark. If shortening its longest text is
/// enough, the rest keeps its form.
fn cut(mut result: JsonObject, max: usize) -> JsonObject {
    let whole = to_text(&result);
    if whole.len() <= max {
        return result;
    }
    let excess = whole.len() - max;
    let has_cut_field = result.contains_key(CUT_FIELD);
    let longest = result
        .values_mut()
        .filter_map(|value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
        .max_by_key(|text| text.len());
    match longest {
        Some(text) if !has_cut_field && escaped_len(text) > excess => {
            let keep = escaped_len(text) - excess;
            text.truncate(prefix_len(text, keep));
        }
        _ => {
            // `{"text":""}` takes 11 bytes.
            let keep = prefix_len(&whole, max.saturating_sub(11));
            result = JsonObject::new();
            result.insert(
                TEXT_FIELD.to_owned(),
                Value::String(whole[..keep].to_owned()),
            );
        }
    }
    result.insert(CUT_FIELD.to_owned(), Value::String(CUT_NOTE.to_owned()));
    result
}

/// The length of `text` inside a JSON string.
fn escaped_len(text: &str) -> usize {
    text.chars().map(escaped_char_len).sum()
}

/// The length of the longest prefix of `text` that takes at most `max` bytes in a JSON string.
fn prefix_len(text: &str, max: usize) -> usize {
    let mut used = 0;
    for (at, char) in text.char_indices() {
        used += escaped_char_len(char);
        if used > max {
            return at;
        }
    }
    text.len()
}

fn escaped_char_len(char: char) -> usize {
    match char {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..='\u{1f}' => 6,
        _ => char.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> JsonObject {
        match value {
            Value::Object(object) => object,
            _ => unreachable!("an object"),
        }
    }

    fn outcome(value: Value) -> ServerOutcome {
        let outcome = ToolOutcome {
            result: object(value),
            is_error: false,
        };
        outcome.into()
    }

    #[test]
    fn cuts_a_result_to_64_kib_and_says_so() {
        let long = "x".repeat(RESULT_MAX_BYTES);
        for value in [
            json!({"title": "a", "content": long}),
            json!({"content": "\"\n\u{1}ä🗒️".repeat(20_000), "n": 1}),
            json!({"items": vec!["word"; 20_000]}),
            json!({"a": {"b": long}}),
            json!({"cut": long}),
        ] {
            let whole = to_text(&object(value.clone()));
            let fitted = CallBudget::default().fit(outcome(value));
            let text = to_text(&fitted.outcome.result);
            assert!(whole.len() > RESULT_MAX_BYTES);
            assert!(text.len() <= RESULT_MAX_BYTES + 400, "{}", text.len());
            assert!(text.len() >= RESULT_MAX_BYTES - 16, "{}", text.len());
            assert!(text.contains(CUT_NOTE));
        }
        let short = json!({"content": "x".repeat(RESULT_MAX_BYTES - 14)});
        let fitted = CallBudget::default().fit(outcome(short.clone()));
        assert_eq!(to_text(&fitted.outcome.result).len(), RESULT_MAX_BYTES);
        assert_eq!(Value::Object(fitted.outcome.result), short);
    }

    #[test]
    fn keeps_the_other_fields_of_a_cut_result() {
        let value = json!({"title": "a", "content": "x".repeat(RESULT_MAX_BYTES)});
        let fitted = CallBudget::default().fit(outcome(value)).outcome.result;
        assert_eq!(fitted["title"], "a");
        assert!(fitted["content"].as_str().unwrap().starts_with("xxx"));
    }

    #[test]
    fn refuses_the_33rd_call_of_an_answer_and_the_101st_of_a_run() {
        let mut budget = CallBudget::default();
        let mut made = 0;
        for _ in 0..5 {
            budget.begin_answer();
            let admitted = (0..40).filter(|_| budget.admit().is_ok()).count();
            assert!(admitted <= CALLS_PER_ANSWER);
            made += admitted;
        }
        assert_eq!(made, CALLS_PER_RUN);
    }

    #[test]
    fn refuses_calls_when_the_results_are_too_long() {
        let huge = || outcome(json!({"text": "x".repeat(RESULT_MAX_BYTES)}));
        let mut budget = CallBudget::default();
        let mut total = 0;
        for _ in 0..10 {
            budget.begin_answer();
            let mut bytes = 0;
            for _ in 0..10 {
                if budget.admit().is_ok() {
                    bytes += to_text(&budget.fit(huge()).outcome.result).len();
                }
            }
            assert!(bytes <= RESULTS_PER_ANSWER_BYTES + 400, "{bytes}");
            total += bytes;
        }
        assert!(total <= RESULTS_PER_RUN_BYTES + 400, "{total}");
        assert!(budget.admit().is_err());
    }
}
