//! What a search over conversations means, the same in every store.
//!
//! A thread is found when its title and messages together have all terms of the query. Words count
//! whole; scripts that are written without spaces, and symbols such as emoji, count wherever they
//! stand. Case and the normal form of Unicode do not matter; there are no stop words and no stems.

mod segments;

pub use segments::{Segment, Segments};

use crate::domain::{Thread, ThreadId};
use std::collections::BTreeSet;

/// Most terms that are looked for; a longer query is cut.
const TERMS_MAX: usize = 32;

/// A query: what a thread must have, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    terms: Vec<Segment>,
}

impl Query {
    /// The terms of what somebody typed. May be empty, which finds nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let terms: BTreeSet<_> = Segments::of(text).into_iter().collect();
        Self {
            terms: terms.into_iter().take(TERMS_MAX).collect(),
        }
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &[Segment] {
        &self.terms
    }
}

/// A thread that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The thread.
    pub thread: Thread,
    /// How well it fits; each store measures in its own way.
    pub score: i64,
}

impl Found {
    /// Where the page after this one begins.
    #[must_use]
    pub fn cursor(&self) -> SearchCursor {
        SearchCursor {
            score: self.score,
            id: self.thread.id.clone(),
        }
    }
}

/// Where a page of found threads goes on: after this one, in the order of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchCursor {
    /// The last thread's score.
    pub score: i64,
    /// The last thread's id, among those of the same score.
    pub id: ThreadId,
}

/// Best first, then the newest; those after `cursor` only.
#[must_use]
pub fn page(mut found: Vec<Found>, limit: usize, cursor: Option<&SearchCursor>) -> Vec<Found> {
    if let Some(last) = cursor {
        found.retain(|found| (found.score, &found.thread.id) < (last.score, &last.id));
    }
    found.sort_by(|a, b| (b.score, &b.thread.id).cmp(&(a.score, &a.thread.id)));
    found.truncate(limit);
    found
}
