//! JSON as providers really send it: text that strict parsers refuse, and values of any type.
//!
//! [`parse`] reads a document with serde_json. Text is repaired only where that fails, so a
//! well-formed answer is parsed once. [`Nesting`] finds the end of a value without parsing it.

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
