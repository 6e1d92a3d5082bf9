//! Lone surrogates in JSON.
//!
//! JavaScript can cut a string inside a character. `JSON.stringify` then writes the lone surrogate
//! as `\ud83d` (ECMA-262, "Well-formed JSON.stringify"), which serde refuses.

use std::borrow::Cow;

/// Replaces each lone surrogate with U+FFFD, as `TextDecoder` and `toWellFormed` do.
pub(in crate::http) fn replace_lone(json: &[u8]) -> Cow<'_, [u8]> {
    let mut replaced: Option<Vec<u8>> = None;
    let mut at = 0;
    // Backslashes occur only in strings and escape what follows them.
    while let Some(found) = memchr::memchr(b'\\', json.get(at..).unwrap_or_default()) {
        let escape = at + found;
        at = match unit(json, escape) {
            None => escape + 2,
            Some(0xd800..=0xdbff) if matches!(unit(json, escape + 6), Some(0xdc00..=0xdfff)) => {
                escape + 12
            }
            Some(0xd800..=0xdfff) => {
                let text = replaced.get_or_insert_with(|| json.to_vec());
                text[escape + 2..escape + 6].copy_from_slice(b"fffd");
                escape + 6
            }
            Some(_) => escape + 6,
        };
    }
    replaced.map_or(Cow::Borrowed(json), Cow::Owned)
}

fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn replaces_lone_surrogates() {
        for (json, read) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""a\udE00b""#, "a\u{fffd}b"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d\ud83d\ude00\ude00""#, "\u{fffd}😀\u{fffd}"),
            (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\\ud83d""#, r"\ud83d"),
            (r#""\\\ud83d""#, "\\\u{fffd}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\u0041 😀""#, "A 😀"),
        ] {
            let text: String = serde_json::from_slice(&replace_lone(json.as_bytes())).unwrap();
            assert_eq!(text, read, "{json}");
        }
        for broken in [r#""\ud83"#, r#""\"#, r#""\u"#, r#""\ud8zz""#, ""] {
            assert_eq!(replace_lone(broken.as_bytes()), broken.as_bytes());
        }
    }
}
