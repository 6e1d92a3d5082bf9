//! JSON as providers really send it: text that strict parsers refuse, and values of any type.
//!
//! [`parse`] reads a value with serde_json. Text is repaired only where that fails, so a well-formed
//! answer is parsed once. [`each`] reads several values in one text. [`Nesting`] finds the end of a
//! value without parsing it.

pub(super) mod halves;
pub(super) mod lenient;
mod nesting;
mod repair;

pub(super) use nesting::Nesting;

use serde::de::DeserializeOwned;

/// The text is not JSON, even repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson;

/// A value, and whether its strings may hold halves of surrogate pairs (see [`halves`]).
#[derive(Debug)]
pub(super) struct Parsed<T> {
    pub(super) value: T,
    pub(super) has_halves: bool,
}

pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<Parsed<T>, NotJson> {
    if let Ok(value) = serde_json::from_slice(text) {
        return Ok(Parsed {
            value,
            has_halves: false,
        });
    }
    let repaired = repair::repair(text);
    let value = serde_json::from_str(&repaired.text).map_err(|_| NotJson)?;
    Ok(Parsed {
        value,
        has_halves: repaired.has_halves,
    })
}

/// Passes on the values of an event with their texts: one, unless the server joined several (`{…}{…}`), maybe with
/// the name of their field between them.
pub(super) fn each<T: DeserializeOwned, E: From<NotJson>>(
    text: &[u8],
    mut take: impl FnMut(Parsed<T>, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let error = match parse(text) {
        Ok(parsed) => return take(parsed, text),
        Err(error) => error,
    };
    let (first, mut rest) = split(text).ok_or(error)?;
    if rest.is_empty() {
        return Err(error.into());
    }
    take(parse(first)?, first)?;
    while !rest.is_empty() && !rest.starts_with(b"[DONE]") {
        let (value, next) = split(rest).ok_or(error)?;
        take(parse(value)?, value)?;
        rest = next;
    }
    Ok(())
}

/// The first complete value and the rest of a text.
fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut nesting = Nesting::default();
    let end = (0..text.len()).find(|at| {
        nesting.feed(&text[*at..=*at]);
        nesting.is_whole()
    })?;
    let (value, rest) = text.split_at(end + 1);
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"data:").unwrap_or(rest);
    Some((value, rest.trim_ascii_start()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn reads_values_that_were_joined() {
        let rows = [
            (r#"{"a":1}"#, Ok(vec![json!({"a": 1})])),
            (
                r#"{"a":1}{"b":"}{"}"#,
                Ok(vec![json!({"a": 1}), json!({"b": "}{"})]),
            ),
            (
                r#"{"a":1} data: {"b":2}"#,
                Ok(vec![json!({"a": 1}), json!({"b": 2})]),
            ),
            (
                r#"{"a":1}data:{"b":2}data: [DONE]"#,
                Ok(vec![json!({"a": 1}), json!({"b": 2})]),
            ),
            (r#"{"a":1}{oops}"#, Err(NotJson)),
            (r#"{"a":1}x"#, Err(NotJson)),
            ("{oops}", Err(NotJson)),
            ("oops", Err(NotJson)),
        ];
        for (text, expected) in rows {
            let mut values = Vec::new();
            let read = each(text.as_bytes(), |parsed: Parsed<Value>, _| {
                values.push(parsed.value);
                Ok::<_, NotJson>(())
            });
            assert_eq!(read.map(|()| values), expected, "{text}");
        }
    }

    #[test]
    fn reads_what_strict_parsers_refuse() {
        let rows: &[(&[u8], Value)] = &[
            (b"{\"a\":\"b\"}", json!({"a": "b"})),
            (b"{\"a\":\"x\0y\"}", json!({"a": "xy"})),
            (b"{\"a\":\"x\xffy\"}", json!({"a": "x\u{fffd}y"})),
            (b"{\"a\":\"x\ny\tz\"}", json!({"a": "x\ny\tz"})),
            (b"\xef\xbb\xbf{\"a\":1}", json!({"a": 1})),
            (br#"{"a":"\ud83d\ude00"}"#, json!({"a": "😀"})),
            (br#"{"a":"\\ud83d"}"#, json!({"a": "\\ud83d"})),
        ];
        for (text, expected) in rows {
            let parsed: Parsed<Value> = parse(text).unwrap();
            assert_eq!(parsed.value, *expected);
            assert!(!parsed.has_halves);
        }
        for text in ["", "{", "{}{}", "{oops}", "\"open"] {
            assert_eq!(parse::<Value>(text.as_bytes()).unwrap_err(), NotJson);
        }
    }

    #[test]
    fn marks_halves_of_surrogate_pairs() {
        for text in [
            br#"{"a":"x \ud83d"}"#.as_slice(),
            br#"{"a":"\ude00 y"}"#,
            br#"{"a":"\ud83dx"}"#,
            br#"{"a":"\uD83D\n"}"#,
            br#"{"a":"\ud83d\u0041"}"#,
            br#"{"a":"\ud83d\ud83d"}"#,
            b"{\"a\":\"\xed\xa0\xbd\"}",
        ] {
            let parsed: Parsed<Value> = parse(text).unwrap();
            assert!(parsed.has_halves, "{}", String::from_utf8_lossy(text));
        }
    }
}
