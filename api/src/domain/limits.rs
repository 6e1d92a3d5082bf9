//! Limits for visitors who use a site's key.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;
use utoipa::ToSchema;

/// Limits of one visitor, from 1. A missing limit does not apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Messages within any 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, minimum = 1, nullable = false)]
    pub messages_per_minute: Option<NonZeroU64>,
    /// Messages within any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, minimum = 1, nullable = false)]
    pub messages_per_day: Option<NonZeroU64>,
    /// Tokens within any 24 hours, as the provider counts them. Tokens are counted when an answer
    /// ends, so a limit refuses the next message and never cuts an answer short.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>, minimum = 1, nullable = false)]
    pub tokens_per_day: Option<NonZeroU64>,
}

impl Limits {
    /// The lower of each limit.
    #[must_use]
    pub fn lower(self, other: Self) -> Self {
        let lower = |a: Option<NonZeroU64>, b: Option<NonZeroU64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            messages_per_minute: lower(self.messages_per_minute, other.messages_per_minute),
            messages_per_day: lower(self.messages_per_day, other.messages_per_day),
            tokens_per_day: lower(self.tokens_per_day, other.tokens_per_day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_limit_applies() {
        let limits = |minute, day| Limits {
            messages_per_minute: NonZeroU64::new(minute),
            messages_per_day: NonZeroU64::new(day),
            tokens_per_day: None,
        };
        assert_eq!(limits(30, 0).lower(limits(5, 100)), limits(5, 100));
        assert_eq!(limits(3, 0).lower(limits(5, 0)), limits(3, 0));
    }
}
