//! Searches by reading every message.

use super::stored::Stored;
use crate::{
    domain::{Message, Thread},
    threads::search::{Found, Query, Segment, Segments},
};
use std::sync::Arc;

/// Compared with a term in a message.
const TITLE_WEIGHT: i64 = 10;

/// As of the beginning of the search.
pub(super) struct Candidate {
    thread: Thread,
    messages: Vec<Arc<Message>>,
}

impl Candidate {
    pub(super) fn of(stored: &Stored) -> Self {
        let messages = stored.messages.iter();
        Self {
            thread: stored.thread.clone(),
            messages: messages.map(|stored| Arc::clone(&stored.message)).collect(),
        }
    }

    /// `None` unless it has all terms.
    pub(super) fn find(self, query: &Query) -> Option<Found> {
        let mut hits = vec![0; query.terms().len()];
        count(&mut hits, query, &self.thread.title, TITLE_WEIGHT);
        for message in &self.messages {
            count(&mut hits, query, &message.content, 1);
        }
        let complete = !hits.is_empty() && hits.iter().all(|hits| *hits > 0);
        complete.then(|| Found {
            thread: self.thread,
            score: hits.iter().sum(),
        })
    }
}

fn count(hits: &mut [i64], query: &Query, text: &str, weight: i64) {
    for segment in Segments::of(text) {
        for (hits, term) in hits.iter_mut().zip(query.terms()) {
            let matches = match (term, &segment) {
                (Segment::Word(wanted), Segment::Word(word)) => wanted == word,
                (Segment::Part(wanted), Segment::Part(run)) => run.contains(wanted),
                _ => false,
            };
            *hits += if matches { weight } else { 0 };
        }
    }
}
