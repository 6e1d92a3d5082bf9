//! Splits text into segments for search.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Scripts that are written without spaces between words, as ranges of code points.
const UNSPACED: &[(u32, u32)] = &[
    (0x0E00, 0x0FFF),   // Thai, Lao, Tibetan
    (0x1000, 0x109F),   // Myanmar
    (0x1780, 0x17FF),   // Khmer
    (0x1950, 0x19FF),   // Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),   // Tai Tham
    (0x2E80, 0x2FDF),   // CJK radicals
    (0x3005, 0x3007),   // iteration marks
    (0x3021, 0x303B),   // Hangzhou numerals, kana repeat marks
    (0x3040, 0x312F),   // Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31FF),   // Bopomofo and Katakana extensions
    (0x3400, 0x4DBF),   // CJK extension A
    (0x4E00, 0x9FFF),   // CJK
    (0xA9E0, 0xA9FF),   // Myanmar extension B
    (0xAA60, 0xAADF),   // Myanmar extension A, Tai Viet
    (0xF900, 0xFAFF),   // CJK compatibility
    (0xFF66, 0xFF9F),   // half-width Katakana
    (0x1AFF0, 0x1B16F), // Kana extensions
    (0x20000, 0x3FFFF), // CJK extensions B and later
];

/// Longest word, in characters; the rest is cut off. More than a query has, so that none finds a
/// word by its beginning. A lexeme of PostgreSQL has at most 2 KiB.
const WORD_MAX_CHARS: usize = 500;

/// A unit of search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A whole word.
    Word(String),
    /// A run of characters, which also matches within a longer run.
    Part(String),
}

/// Splits text into [`Segment`]s.
#[derive(Default)]
pub struct Segments {
    found: Vec<Segment>,
    current: String,
    kind: Option<Kind>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Part,
}

impl Segments {
    /// The segments of a text, in their order.
    #[must_use]
    pub fn of(text: &str) -> Vec<Segment> {
        if text.is_ascii() {
            let words = text.split(|character: char| !character.is_ascii_alphanumeric());
            let words = words.filter(|word| !word.is_empty());
            return words
                .map(|word| word[..word.len().min(WORD_MAX_CHARS)].to_ascii_lowercase())
                .map(Segment::Word)
                .collect();
        }
        let mut segments = Self::default();
        for character in folded(text) {
            segments.push(character);
        }
        segments.cut();
        segments.found
    }

    fn push(&mut self, character: char) {
        let kind = kind(character);
        if kind != self.kind {
            self.cut();
            self.kind = kind;
        }
        if kind.is_some() {
            self.current.push(character);
        }
    }

    fn cut(&mut self) {
        let mut text = std::mem::take(&mut self.current);
        match self.kind.take() {
            Some(Kind::Word) => {
                if let Some((end, _)) = text.char_indices().nth(WORD_MAX_CHARS) {
                    text.truncate(end);
                }
                self.found.push(Segment::Word(text));
            }
            Some(Kind::Part) => self.found.push(Segment::Part(text)),
            None => {}
        }
    }
}

/// The text without case, composed, and without invisible characters. Upper case first, since that
/// unifies `ß` and `ss`, or `ς` and `σ`.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|character| !is_ignorable(*character))
        .nfc()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
}

/// Soft hyphens, zero-width characters and joiners, direction marks, variation selectors.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

fn kind(character: char) -> Option<Kind> {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric().then_some(Kind::Word);
    }
    let code = u32::from(character);
    let unspaced = UNSPACED
        .binary_search_by(|(first, last)| {
            if *last < code {
                std::cmp::Ordering::Less
            } else if *first > code {
                std::cmp::Ordering::Greater
            } else {
                std::cmp::Ordering::Equal
            }
        })
        .is_ok();
    match character.general_category_group() {
        GeneralCategoryGroup::Letter
        | GeneralCategoryGroup::Mark
        | GeneralCategoryGroup::Number => Some(if unspaced { Kind::Part } else { Kind::Word }),
        GeneralCategoryGroup::Symbol => Some(Kind::Part),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let shown = |segment| match segment {
            Segment::Word(text) => text,
            Segment::Part(text) => format!("[{text}]"),
        };
        let shown: Vec<_> = Segments::of(text).into_iter().map(shown).collect();
        shown.join(" ")
    }

    #[test]
    fn cuts_words_runs_and_symbols() {
        for (text, expected) in [
            ("", ""),
            (" ,.!?\n", ""),
            ("Hello, World-wide 42!", "hello world wide 42"),
            ("don't", "don t"),
            (
                "STRASSE straße ΣΊΣΥΦΟΣ σίσυφος",
                "strasse strasse σίσυφοσ σίσυφοσ",
            ),
            ("cafe\u{301} CAFÉ", "café café"),
            ("iPhone手机,很好", "iphone [手机] [很好]"),
            ("東京タワー tower", "[東京タワー] tower"),
            ("ภาษาไทย", "[ภาษาไทย]"),
            ("हिन्दी में", "हिन्दी में"),
            ("한국어 문장", "한국어 문장"),
            ("great🎉🎉 ❤\u{fe0f}", "great [🎉🎉] [❤]"),
            ("👨\u{200d}👩", "[👨👩]"),
            ("soft\u{ad}hyphen", "softhyphen"),
            ("“quoted” — dash…", "quoted dash"),
            ("ﬁne x² ①", "fine x² ①"),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_table_of_scripts_is_sorted() {
        assert!(UNSPACED.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }
}
