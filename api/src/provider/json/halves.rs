//! Halves of surrogate pairs, which JSON can escape but Rust's text cannot hold.
//!
//! A provider that cuts its answer by UTF-16 units sends `\ud83d` at the end of one chunk and
//! `\ude00` at the beginning of the next. Repaired text marks a half by a private-use character;
//! [`Halves`] joins two of them, and replaces a single one by U+FFFD.

use memchr::memmem;

/// The mark of U+D800, followed by those of the 2,047 other halves.
const FIRST_MARK: u32 = 0x10_F800;
const FIRST_HALF: u32 = 0xD800;
/// In UTF-8.
const MARK_PREFIX: &[u8] = &[0xF4, 0x8F];

/// `None` unless `code` is a surrogate.
pub(super) fn mark(code: u32) -> Option<char> {
    (0xD800..=0xDFFF)
        .contains(&code)
        .then(|| char::from_u32(FIRST_MARK + code - FIRST_HALF))
        .flatten()
}

fn half(c: char) -> Option<u16> {
    let code = u32::from(c).checked_sub(FIRST_MARK)?;
    u16::try_from(code + FIRST_HALF).ok()
}

/// Joins halves in a text that arrives in pieces.
#[derive(Debug, Default)]
pub(in crate::provider) struct Halves {
    pending: Option<u16>,
}

impl Halves {
    /// The next piece without marks. Holds back a first half at its end.
    pub(in crate::provider) fn join(&mut self, piece: String, has_halves: bool) -> String {
        if piece.is_empty() {
            return piece;
        }
        let marked = has_halves && memmem::find(piece.as_bytes(), MARK_PREFIX).is_some();
        if !marked && self.pending.is_none() {
            return piece;
        }
        let mut text = String::with_capacity(piece.len());
        for c in piece.chars() {
            let half = if marked { half(c) } else { None };
            match (self.pending.take(), half) {
                (None, None) => text.push(c),
                (None, Some(half)) if is_first(half) => self.pending = Some(half),
                (None, Some(_)) => text.push(char::REPLACEMENT_CHARACTER),
                (Some(first), Some(half)) => match char::decode_utf16([first, half]).next() {
                    Some(Ok(whole)) => text.push(whole),
                    _ => {
                        text.push(char::REPLACEMENT_CHARACTER);
                        self.pending = is_first(half).then_some(half);
                    }
                },
                (Some(_), None) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    text.push(c);
                }
            }
        }
        text
    }

    pub(in crate::provider) fn end(&mut self) -> String {
        let lone = self.pending.take();
        lone.map(|_| char::REPLACEMENT_CHARACTER)
            .into_iter()
            .collect()
    }
}

fn is_first(half: u16) -> bool {
    half < 0xDC00
}

/// A complete text without marks.
pub(in crate::provider) fn join(text: String, has_halves: bool) -> String {
    let mut halves = Halves::default();
    let mut joined = halves.join(text, has_halves);
    joined.push_str(&halves.end());
    joined
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn marked(halves: &[u32]) -> String {
        halves.iter().map(|half| mark(*half).unwrap()).collect()
    }

    #[test]
    fn joins_halves_and_replaces_lone_ones() {
        let (high, low) = (marked(&[0xD83D]), marked(&[0xDE00]));
        let rows: &[(&[(&str, bool)], &str)] = &[
            (&[("a", false), ("b", false)], "ab"),
            (
                &[(&format!("a{high}"), true), (&format!("{low}b"), true)],
                "a😀b",
            ),
            (&[(&high, true), ("", false), (&low, true)], "😀"),
            (&[(&high, true), ("b", false)], "\u{fffd}b"),
            (&[(&high, true)], "\u{fffd}"),
            (&[(&format!("{low}b"), true)], "\u{fffd}b"),
            (&[(&format!("{high}{high}{low}"), true)], "\u{fffd}😀"),
            (&[(&format!("{high}{low}"), true)], "😀"),
            (&[("\u{10fffd}", false)], "\u{10fffd}"),
        ];
        for (pieces, expected) in rows {
            let mut halves = Halves::default();
            let mut text: String = pieces
                .iter()
                .map(|(piece, marked)| halves.join((*piece).to_owned(), *marked))
                .collect();
            text.push_str(&halves.end());
            assert_eq!(text, *expected);
        }
    }
}
