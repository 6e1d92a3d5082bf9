//! Token counts, under all names in use.

use super::{
    json::lenient::{Count, lenient_object},
    model::UsageDetails,
};
use crate::domain::Usage;

lenient_object! {
    pub(super) struct WireUsage {
        prompt_tokens: Count = "prompt_tokens",
        completion_tokens: Count = "completion_tokens",
        input_tokens: Count = "input_tokens",
        output_tokens: Count = "output_tokens",
        prompt_details: Details = "prompt_tokens_details",
        completion_details: Details = "completion_tokens_details",
        input_details: Details = "input_tokens_details",
        output_details: Details = "output_tokens_details",
        prompt_cache_hit_tokens: Count = "prompt_cache_hit_tokens",
    }
}

lenient_object! {
    struct Details {
        cached_tokens: Count = "cached_tokens",
        reasoning_tokens: Count = "reasoning_tokens",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) usage: Usage,
    pub(super) details: UsageDetails,
}

impl WireUsage {
    pub(super) fn read(&self) -> Option<Counted> {
        let input = self.prompt_tokens.0.or(self.input_tokens.0);
        let output = self.completion_tokens.0.or(self.output_tokens.0);
        if input.is_none() && output.is_none() {
            return None;
        }
        let cached = [
            self.prompt_details.cached_tokens,
            self.input_details.cached_tokens,
            self.prompt_cache_hit_tokens,
        ];
        let reasoning = [
            self.completion_details.reasoning_tokens,
            self.output_details.reasoning_tokens,
        ];
        let first = |counts: &[Count]| counts.iter().find_map(|count| count.0).unwrap_or(0);
        Some(Counted {
            usage: Usage {
                input_tokens: input.unwrap_or(0),
                output_tokens: output.unwrap_or(0),
            },
            details: UsageDetails {
                cached_tokens: first(&cached),
                reasoning_tokens: first(&reasoning),
            },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_counts_under_all_names() {
        let rows = [
            (
                r#"{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}"#,
                Some((3, 5, 0, 0)),
            ),
            (r#"{"prompt_tokens":3}"#, Some((3, 0, 0, 0))),
            (
                r#"{"input_tokens":3,"output_tokens":5,"input_tokens_details":{"cached_tokens":2},"output_tokens_details":{"reasoning_tokens":4}}"#,
                Some((3, 5, 2, 4)),
            ),
            (
                r#"{"prompt_tokens":3,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":2}}"#,
                Some((3, 5, 1, 2)),
            ),
            (
                r#"{"prompt_tokens":3,"prompt_cache_hit_tokens":2}"#,
                Some((3, 0, 2, 0)),
            ),
            (
                r#"{"prompt_tokens":3,"prompt_tokens_details":null}"#,
                Some((3, 0, 0, 0)),
            ),
            ("{}", None),
            ("null", None),
            ("[]", None),
            (r#"{"total_tokens":8}"#, None),
        ];
        for (json, expected) in rows {
            let read = serde_json::from_str::<WireUsage>(json).unwrap().read();
            let read = read.map(|counted| {
                let Counted { usage, details } = counted;
                (
                    usage.input_tokens,
                    usage.output_tokens,
                    details.cached_tokens,
                    details.reasoning_tokens,
                )
            });
            assert_eq!(read, expected, "{json}");
        }
    }
}
