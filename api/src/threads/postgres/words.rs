//! Words as PostgreSQL's full text search keeps them.
//!
//! A whole word is a lexeme. Of a run without spaces each character and each pair of neighbours is
//! one, so that a pair is found wherever it stands; longer runs are found by their pairs and then
//! looked for in the text. Positions only count how often a lexeme comes.

use crate::{
    domain::OwnerId,
    threads::search::{Segment, Segments},
};
use std::{collections::BTreeMap, fmt::Write};

/// How much of a text is cut into words: to do so takes time.
const TEXT_MAX_BYTES: usize = 1024 * 1024;
/// Most bytes of lexemes of one text; PostgreSQL takes up to 1 MiB with their positions.
const VECTOR_MAX_BYTES: usize = 400_000;
/// Longest lexeme, in characters; PostgreSQL takes up to 2 KiB.
const LEXEME_MAX_CHARS: usize = 200;
/// Most times that a lexeme counts.
const COUNT_MAX: usize = 20;
/// The weight of a lexeme in a title, as PostgreSQL names it.
pub(super) const TITLE_WEIGHT: &str = "A";
/// The longest run that its lexemes find exactly.
const EXACT_CHARS: usize = 2;

/// A text of `owner` as a `tsvector`. What does not fit is not found.
pub(super) fn vector(owner: &OwnerId, text: &str, weight: &str) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut bytes = 0;
    let text = &text[..text.floor_char_boundary(TEXT_MAX_BYTES)];
    for lexeme in Segments::of(text).iter().flat_map(lexemes) {
        match counts.get_mut(&lexeme) {
            Some(count) => *count += 1,
            None if bytes + lexeme.len() <= VECTOR_MAX_BYTES => {
                bytes += lexeme.len();
                counts.insert(lexeme, 1);
            }
            None => {}
        }
    }
    let mut vector = of_owner(owner);
    for (lexeme, count) in counts {
        let _ = write!(vector, " '{lexeme}':");
        for position in 1..=count.min(COUNT_MAX) {
            let comma = if position > 1 { "," } else { "" };
            let _ = write!(vector, "{comma}{position}{weight}");
        }
    }
    vector
}

/// The word that every text of `owner` has, and no text can have by itself.
pub(super) fn of_owner(owner: &OwnerId) -> String {
    format!("'@{owner}'")
}

/// A term as a `tsquery` for all its lexemes.
pub(super) fn all_of(term: &Segment) -> String {
    query(term, " & ")
}

/// A term as a `tsquery` for any of its lexemes.
pub(super) fn any_of(term: &Segment) -> String {
    query(term, " | ")
}

fn query(term: &Segment, operator: &str) -> String {
    let lexemes: Vec<_> = match term {
        Segment::Part(run) if run.chars().count() > 1 => pairs(run).collect(),
        term => lexemes(term).collect(),
    };
    let quoted: Vec<_> = lexemes.iter().map(|lexeme| format!("'{lexeme}'")).collect();
    quoted.join(operator)
}

/// The run, when the lexemes of its term also find texts that do not have it.
pub(super) fn inexact(term: &Segment) -> Option<&str> {
    match term {
        Segment::Part(run) if run.chars().count() > EXACT_CHARS => Some(run),
        _ => None,
    }
}

/// Segments have neither quotes nor backslashes, so lexemes need no escapes.
fn lexemes(segment: &Segment) -> impl Iterator<Item = String> {
    let (word, run) = match segment {
        Segment::Word(word) => (Some(word.chars().take(LEXEME_MAX_CHARS).collect()), ""),
        Segment::Part(run) => (None, run.as_str()),
    };
    let characters = run.chars().map(String::from);
    word.into_iter().chain(characters).chain(pairs(run))
}

fn pairs(run: &str) -> impl Iterator<Item = String> {
    run.chars()
        .zip(run.chars().skip(1))
        .map(|(a, b)| String::from_iter([a, b]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_words_and_pairs() {
        let owner: OwnerId = "me".parse().unwrap();
        assert_eq!(vector(&owner, "", ""), "'@me'");
        assert_eq!(
            vector(&owner, "To be or not to be", ""),
            "'@me' 'be':1,2 'not':1 'or':1 'to':1,2"
        );
        assert_eq!(
            vector(&owner, "東京", "A"),
            "'@me' '京':1A '東':1A '東京':1A"
        );
    }

    #[test]
    fn asks_for_pairs() {
        let query_of = |text: &str| all_of(&Segments::of(text)[0]);
        assert_eq!(query_of("word"), "'word'");
        assert_eq!(query_of("京"), "'京'");
        assert_eq!(query_of("東京都"), "'東京' & '京都'");
        assert!(inexact(&Segments::of("東京")[0]).is_none());
        assert_eq!(inexact(&Segments::of("東京都")[0]), Some("東京都"));
    }

    #[test]
    fn a_vector_stays_within_what_the_server_takes() {
        let owner: OwnerId = "me".parse().unwrap();
        let many: Vec<_> = (0..1_000_000).map(|n| format!("word{n}")).collect();
        assert!(vector(&owner, &many.join(" "), "").len() < 1_000_000);
        let long = vector(&owner, &"x".repeat(100_000), "");
        assert!(long.len() < 300, "{}", long.len());
    }
}
