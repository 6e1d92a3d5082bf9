//! How long a provider asks to wait (RFC 9110, section 10.2.3).

use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// `Retry-After` in seconds or as a date, or the same in milliseconds, as OpenAI and Azure send it.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    if let Some(milliseconds) = number("retry-after-ms") {
        return Duration::try_from_secs_f64(milliseconds / 1000.0).ok();
    }
    if let Some(seconds) = number(RETRY_AFTER.as_str()) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text(RETRY_AFTER.as_str())?)
        .ok()?;
    Some(
        date.duration_since(jiff::Timestamp::now())
            .try_into()
            .unwrap_or(Duration::ZERO),
    )
}

/// The same in words: "Please try again in 1.2s."
pub(super) fn retry_after_in_words(message: &str) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    let begin = ["try again in ", "retry in ", "retry after "]
        .iter()
        .find_map(|words| Some(message.find(words)? + words.len()))?;
    let rest = &message[begin..];
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = (&rest[..digits], rest[digits..].trim_start());
    let seconds = match unit {
        unit if unit.starts_with("ms") || unit.starts_with("milli") => 0.001,
        unit if unit.starts_with('s') => 1.0,
        unit if unit.starts_with('m') => 60.0,
        unit if unit.starts_with('h') => 3600.0,
        _ => return None,
    };
    let number = number.trim_end_matches('.').parse::<f64>().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
        let in_milliseconds = HeaderMap::from_iter([
            ("retry-after-ms".parse().unwrap(), "320".parse().unwrap()),
            (RETRY_AFTER, "1".parse().unwrap()),
        ]);
        assert_eq!(
            retry_after(&in_milliseconds),
            Some(Duration::from_millis(320))
        );
        for bad in ["-1", "soon", "", "NaN", "1e400"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn reads_retry_after_in_words() {
        let rows = [
            (
                "Limit 30000. Please try again in 1.2s. Visit the page.",
                Some(1_200),
            ),
            ("Please try again in 320ms.", Some(320)),
            ("Try again in 2m30s", Some(120_000)),
            ("Please retry in 41.5 seconds.", Some(41_500)),
            ("Retry after 10 seconds", Some(10_000)),
            ("Try again in a moment.", None),
            ("Try again in 5", None),
            ("Slow down.", None),
        ];
        for (message, expected) in rows {
            let read = retry_after_in_words(message);
            assert_eq!(read, expected.map(Duration::from_millis), "{message}");
        }
    }
}
