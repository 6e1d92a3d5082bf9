//! When a request that failed is sent again, and how long before.
//!
//! Only the caller knows whether anything was said already; after output there
//! is never a retry.

use super::error::{ProviderError, ProviderErrorKind};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// Pauses before the second and the third try. Their number is the number of retries.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];

/// How long to wait before try number `retries + 2`; `None`: the failure stands.
pub(super) fn pause(
    retries: usize,
    error: &ProviderError,
    retry_after_cap: Duration,
) -> Option<Duration> {
    use ProviderErrorKind as Kind;
    let worth_it = match error.status {
        Some(429) => error.kind == Kind::RateLimited,
        Some(500..) => matches!(error.kind, Kind::Unavailable | Kind::Timeout),
        Some(_) => false,
        // No answer at all. Not after silence: whoever waited 90 s shall not wait three times.
        None => error.kind == Kind::Unavailable,
    };
    let pause = *PAUSES.get(retries)?;
    match error.retry_after {
        _ if !worth_it => None,
        Some(asked) if asked > retry_after_cap => None,
        Some(asked) => Some(asked.max(pause)),
        None => Some(pause),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text)
        .ok()?;
    Some(
        date.duration_since(jiff::Timestamp::now())
            .try_into()
            .unwrap_or(Duration::ZERO),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CAP: Duration = Duration::from_secs(10);

    fn error(
        kind: ProviderErrorKind,
        status: Option<u16>,
        retry_after: Option<u64>,
    ) -> ProviderError {
        ProviderError {
            status,
            retry_after: retry_after.map(Duration::from_secs),
            ..ProviderError::new(kind, "")
        }
    }

    #[test]
    fn tries_again_twice_and_only_where_it_may_help() {
        use ProviderErrorKind as Kind;
        let rows = [
            (Kind::RateLimited, Some(429), None, Some(300)),
            (Kind::RateLimited, Some(429), Some(0), Some(300)),
            (Kind::RateLimited, Some(429), Some(10), Some(10_000)),
            (Kind::RateLimited, Some(429), Some(11), None),
            (Kind::Quota, Some(429), Some(1), None),
            (Kind::Unavailable, Some(503), None, Some(300)),
            (Kind::Unavailable, Some(503), Some(3600), None),
            (Kind::Timeout, Some(504), None, Some(300)),
            (Kind::ContextTooLong, Some(500), None, None),
            (Kind::Unavailable, Some(408), None, None),
            (Kind::Unavailable, None, None, Some(300)),
            (Kind::Timeout, None, None, None),
            (Kind::Auth, Some(401), None, None),
            (Kind::InvalidResponse, None, None, None),
            (Kind::Other, Some(302), None, None),
        ];
        for (kind, status, asked, expected) in rows {
            let error = error(kind, status, asked);
            assert_eq!(
                pause(0, &error, CAP),
                expected.map(Duration::from_millis),
                "{error:?}"
            );
            assert_eq!(pause(2, &error, CAP), None);
        }
    }

    #[test]
    fn reads_retry_after() {
        let read = |text: &str| {
            retry_after(&HeaderMap::from_iter([(
                RETRY_AFTER,
                text.parse().unwrap(),
            )]))
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(read("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert!(
            read("Tue, 31 Dec 2199 23:59:59 GMT").unwrap() > Duration::from_secs(3600 * 24 * 365)
        );
        for bad in ["-1", "soon", "", "NaN", "1e400"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
