//! Search over conversations, with the same semantics in every store.
//!
//! A thread is found if its title and messages together contain all terms of the query. Words match
//! as a whole; text in scripts without spaces, and symbols such as emoji, match anywhere. Case and
//! Unicode normalisation are ignored. There are no stop words and no stemming.

mod segments;

pub use segments::{Segment, Segments};

use crate::domain::{Thread, ThreadId};
use std::collections::BTreeSet;

/// A query: its distinct terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Segment>,
}

impl Query {
    /// All terms of a text, whose length the caller bounds. If there are none, nothing is found.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let terms: BTreeSet<_> = Segments::of(text).into_iter().collect();
        Self {
            terms: terms.into_iter().collect(),
        }
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &[Segment] {
        &self.terms
    }
}

/// A search result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The thread.
    pub thread: Thread,
    /// The relevance, on a scale of each store.
    pub score: i64,
}

impl Found {
    /// The cursor of the next page.
    #[must_use]
    pub fn cursor(&self) -> SearchCursor {
        SearchCursor {
            score: self.score,
            id: self.thread.id.clone(),
        }
    }
}

/// The end of a page of results: the next page continues after this thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCursor {
    /// The last thread's score.
    pub score: i64,
    /// The last thread's id, for threads with the same score.
    pub id: ThreadId,
}

/// A page of results after `cursor`, best first, then newest.
#[must_use]
pub fn page(mut found: Vec<Found>, limit: usize, cursor: Option<&SearchCursor>) -> Vec<Found> {
    if let Some(last) = cursor {
        found.retain(|found| (found.score, &found.thread.id) < (last.score, &last.id));
    }
    found.sort_by(|a, b| (b.score, &b.thread.id).cmp(&(a.score, &a.thread.id)));
    found.truncate(limit);
    found
}
