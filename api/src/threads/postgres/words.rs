//! Text as lexemes of PostgreSQL's full text search.
//!
//! A word is a lexeme. Of a run without spaces, each character and each pair of neighbours is a
//! lexeme, so that pairs are found anywhere. Longer runs are found by their pairs and then checked
//! in the text. Positions only count occurrences.

use crate::{
    domain::OwnerId,
    threads::search::{Segment, Segments},
};
use std::{collections::BTreeMap, fmt::Write};

/// How much of a text is indexed, since that takes time.
const TEXT_MAX_BYTES: usize = 1024 * 1024;
/// Most bytes of a text's lexemes; PostgreSQL allows 1 MiB including their positions.
const VECTOR_MAX_BYTES: usize = 400_000;
/// Most occurrences of a lexeme that count.
const COUNT_MAX: usize = 20;
/// The weight of a lexeme in a title, in PostgreSQL's terms.
pub(super) const TITLE_WEIGHT: &str = "A";
/// The longest run that lexemes find exactly.
const EXACT_CHARS: usize = 2;

/// A text of `owner` as a `tsvector`. What exceeds the limits is not found.
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

/// A word that every text of `owner` has, and that no text can contain.
pub(super) fn of_owner(owner: &OwnerId) -> String {
    format!("'@{owner}'")
}

pub(super) fn all_of(term: &Segment) -> String {
    query(term, " & ")
}

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

/// The run of a term, if its lexemes also find texts without it.
pub(super) fn inexact(term: &Segment) -> Option<&str> {
    match term {
        Segment::Part(run) if run.chars().count() > EXACT_CHARS => Some(run),
        _ => None,
    }
}

/// Segments contain neither quotes nor backslashes, so lexemes need no escaping.
fn lexemes(segment: &Segment) -> impl Iterator<Item = String> {
    let (word, run) = match segment {
        Segment::Word(word) => (Some(word.clone()), ""),
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
    fn queries_pairs_of_characters() {
        let query_of = |text: &str| all_of(&Segments::of(text)[0]);
        assert_eq!(query_of("word"), "'word'");
        assert_eq!(query_of("京"), "'京'");
        assert_eq!(query_of("東京都"), "'東京' & '京都'");
        assert!(inexact(&Segments::of("東京")[0]).is_none());
        assert_eq!(inexact(&Segments::of("東京都")[0]), Some("東京都"));
    }

    #[test]
    fn vectors_stay_within_the_servers_limits() {
        let owner: OwnerId = "me".parse().unwrap();
        let many: Vec<_> = (0..1_000_000).map(|n| format!("word{n}")).collect();
        assert!(vector(&owner, &many.join(" "), "").len() < 1_000_000);
        let long = vector(&owner, &"x".repeat(100_000), "");
        assert!(long.len() < 600, "{}", long.len());
    }
}
