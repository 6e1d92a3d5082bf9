//! Text for SQLite's full-text index: words between spaces, split and folded by us.
//!
//! Each word begins with its owner's number, so that a search reads no other owner's words. Of a
//! run without spaces each character is a word, so that any part of the run is a phrase.

use crate::threads::search::{Query, Segment, Segments};
use std::{collections::BTreeMap, fmt::Write};

/// Most bytes of a text's words; the rest is not found.
const TEXT_MAX_BYTES: usize = 1024 * 1024;
/// Separates the owner from the word; no text contains it inside a word.
const MARK: char = '·';

/// A text of the owner with this number, for the index.
pub(super) fn text(owner: i64, text: &str) -> String {
    let mut words = String::new();
    for segment in Segments::of(text) {
        if words.len() > TEXT_MAX_BYTES {
            break;
        }
        push(&mut words, owner, &segment);
        if matches!(segment, Segment::Part(_)) {
            // Keeps phrases from spanning two runs.
            words.push(MARK);
            words.push(' ');
        }
    }
    words
}

/// The terms of a query by their numbers: words and phrases.
pub(super) fn terms(
    owner: i64,
    query: &Query,
) -> (BTreeMap<usize, String>, BTreeMap<usize, String>) {
    let (mut single, mut phrases) = (BTreeMap::new(), BTreeMap::new());
    for (number, term) in query.terms().iter().enumerate() {
        let mut words = String::new();
        push(&mut words, owner, term);
        let words = words.trim_end();
        match term {
            Segment::Word(_) => single.insert(number, words.to_owned()),
            // Words contain no quotes.
            Segment::Part(_) => phrases.insert(number, format!("\"{words}\"")),
        };
    }
    (single, phrases)
}

fn push(words: &mut String, owner: i64, segment: &Segment) {
    let mut word = |word: &dyn std::fmt::Display| {
        let _ = write!(words, "{owner}{MARK}{word} ");
    };
    match segment {
        Segment::Word(text) => word(text),
        Segment::Part(run) => run.chars().for_each(|character| word(&character)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_words_whole_and_runs_in_characters() {
        assert_eq!(text(7, ""), "");
        assert_eq!(text(7, "Hello, World"), "7·hello 7·world ");
        assert_eq!(text(7, "手机,很"), "7·手 7·机 · 7·很 · ");
    }

    #[test]
    fn queries_words_and_phrases() {
        let (single, phrases) = terms(7, &Query::parse("手机 Hello"));
        assert_eq!(single.into_values().collect::<Vec<_>>(), ["7·hello"]);
        assert_eq!(phrases.into_values().collect::<Vec<_>>(), ["\"7·手 7·机\""]);
    }

    #[test]
    fn limits_the_words_of_a_text() {
        assert!(text(7, &"word ".repeat(1_000_000)).len() < TEXT_MAX_BYTES + 1000);
        assert!(text(7, &"x".repeat(100_000)).len() < 600);
    }
}
