//! Paging of lists.

use super::error::ApiError;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::ops::RangeInclusive;

/// `422` when it is out of range.
pub(super) fn limit(
    asked: Option<usize>,
    default: usize,
    range: RangeInclusive<usize>,
) -> Result<usize, ApiError> {
    let limit = asked.unwrap_or(default);
    if range.contains(&limit) {
        return Ok(limit);
    }
    let (first, last) = range.into_inner();
    Err(ApiError::invalid(format!(
        "limit: give a number from {first} to {last}."
    )))
}

/// `422` when it is not one of ours.
pub(super) fn cursor<C>(
    given: Option<&str>,
    parse: impl Fn(&str) -> Option<C>,
) -> Result<Option<C>, ApiError> {
    let read = |given: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(given).ok()?;
        parse(std::str::from_utf8(&bytes).ok()?)
    };
    given
        .map(|given| {
            read(given).ok_or_else(|| ApiError::invalid("cursor: give the next_cursor of a page."))
        })
        .transpose()
}

/// Cuts `items`, of which `limit` plus one were queried, and returns the cursor of the next page:
/// the last item, written by `write`.
pub(super) fn cut<T>(
    items: &mut Vec<T>,
    limit: usize,
    write: impl Fn(&T) -> String,
) -> Option<String> {
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more)?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(write(last)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn cursors_survive_a_round_trip() {
        let mut items = vec![1, 2, 3];
        let next = cut(&mut items, 2, ToString::to_string).unwrap();
        assert_eq!(items, [1, 2]);
        let parse = |text: &str| text.parse::<u32>().ok();
        assert_eq!(cursor(Some(&next), parse), Ok(Some(2)));
        assert_eq!(cut(&mut items, 2, ToString::to_string), None);
        assert_eq!(cursor(None, parse), Ok(None));
        for bad in ["", "x", "AAAA", "ä"] {
            assert!(cursor(Some(bad), parse).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_have_a_range() {
        assert_eq!(limit(None, 30, 1..=100), Ok(30));
        assert_eq!(limit(Some(100), 30, 1..=100), Ok(100));
        for bad in [0, 101] {
            assert!(limit(Some(bad), 30, 1..=100).is_err(), "{bad}");
        }
    }
}
