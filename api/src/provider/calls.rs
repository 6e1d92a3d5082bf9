//! Tool calls, assembled from their pieces.
//!
//! OpenAI numbers calls by `index` and sends id and name once. Others leave the index out, let it
//! drift, give every call index 0, repeat the id or the name in every piece, send a new id with
//! each, send the name in pieces, or send whole calls at once. Only [`Calls::find`] decides which
//! call a piece belongs to. The work for a piece is linear in its bytes.

use super::{
    arguments,
    carry::Carried,
    error::ProviderError,
    error_kind::ProviderErrorKind,
    json::{Nesting, halves::Halves},
    model::ModelToolCall,
};
use serde_json::Value;

/// More than any answer needs; limits what a hostile provider can make us hold.
const MAX_CALLS: usize = 128;
/// Longest name that is joined from pieces.
const JOINED_NAME_MAX_BYTES: usize = 256;

#[derive(Debug, Default)]
pub(super) struct CallPiece {
    pub(super) index: Option<u64>,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
    /// Whether the arguments are complete and replace the pieces so far.
    pub(super) is_whole: bool,
    /// Whether the arguments may contain halves of surrogate pairs.
    pub(super) has_halves: bool,
    pub(super) extra_content: Value,
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Vec<Call>,
    /// The names of the offered tools, which tell a name in pieces from two names.
    offered: Vec<String>,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    nesting: Nesting,
    halves: Halves,
    carried: Carried,
}

impl Calls {
    pub(super) fn new(offered: Vec<String>) -> Self {
        Self {
            calls: Vec::new(),
            offered,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Adds a piece. `thoughts` returns the reasoning items before a new call.
    pub(super) fn add(
        &mut self,
        piece: CallPiece,
        thoughts: &mut Vec<Value>,
    ) -> Result<(), ProviderError> {
        if piece.id.is_empty() && piece.name.is_empty() && piece.arguments.is_empty() {
            return Ok(());
        }
        let at = match self.find(&piece) {
            Some(at) => at,
            None if self.calls.len() < MAX_CALLS => {
                self.calls.push(Call {
                    index: piece.index,
                    carried: Carried {
                        reasoning_items: std::mem::take(thoughts),
                        ..Carried::default()
                    },
                    ..Call::default()
                });
                self.calls.len() - 1
            }
            None => {
                let detail = "more than 128 tool calls in one answer";
                return Err(ProviderError::new(ProviderErrorKind::OutputTooLong, detail));
            }
        };
        self.calls[at].take(piece);
        Ok(())
    }

    /// The call that a piece continues; `None` if it begins one.
    fn find(&self, piece: &CallPiece) -> Option<usize> {
        let last = self.calls.len().checked_sub(1)?;
        let same_index = |call: &Call| piece.index.is_some() && call.index == piece.index;
        let by_id = self
            .calls
            .iter()
            .rposition(|call| !piece.id.is_empty() && call.id == piece.id);
        let by_index = self.calls.iter().rposition(same_index);
        if let Some(at) = by_id {
            let has_moved = piece.index.is_some() && !same_index(&self.calls[at]);
            let goes_on = self.goes_on(at, piece, !has_moved);
            let call = &self.calls[at];
            // Some repeat a call under another index.
            let is_same = !has_moved || call.is_blank() || call.has_again(&piece.arguments);
            let repeats = piece.name == call.name && is_same;
            return (goes_on || repeats).then_some(at);
        }
        let Some(at) = by_index else {
            return self.goes_on(last, piece, false).then_some(last);
        };
        let is_new_id = !piece.id.is_empty() && !self.calls[at].id.is_empty();
        if piece.name.is_empty()
            && !is_new_id
            && self.calls[at].is_whole()
            && self.calls[last].is_open()
        {
            // The index stays at the first call while the arguments of another arrive.
            return Some(last);
        }
        self.goes_on(at, piece, !is_new_id).then_some(at)
    }

    /// Whether a piece continues this call. `same_place`: it has the call's id, or its index and no
    /// other id.
    fn goes_on(&self, at: usize, piece: &CallPiece, same_place: bool) -> bool {
        let call = &self.calls[at];
        let has_new_id = !piece.id.is_empty() && !call.id.is_empty() && piece.id != call.id;
        let has_new_index = piece.index.is_some() && piece.index != call.index;
        if piece.name.is_empty() {
            // Only an id can begin a call without a name, which then follows.
            let begins = piece.arguments.is_empty() && !same_place && (has_new_id || has_new_index);
            let is_next = !piece.id.is_empty() && piece.arguments.is_empty() && call.is_whole();
            return !begins && !is_next;
        }
        if call.name.is_empty() {
            return !has_new_index;
        }
        if piece.name == call.name {
            if call.is_open() {
                let begins = has_new_id && has_new_index
                    || (has_new_id || has_new_index)
                        && piece.arguments.trim_start().starts_with('{');
                return !(begins || has_new_id && piece.arguments.is_empty());
            }
            if call.is_whole() {
                return !has_new_id
                    && !has_new_index
                    && (piece.arguments.is_empty() || call.has_again(&piece.arguments));
            }
            // Only the name has arrived so far.
            return !has_new_index && (!has_new_id || piece.index.is_some());
        }
        if !call.is_blank()
            || call.name.len() + piece.name.len() > JOINED_NAME_MAX_BYTES
            || self.is_offered(&call.name)
        {
            return false;
        }
        let has_place = piece.index.is_some() || !piece.id.is_empty();
        (same_place && has_place) || self.is_offered(&format!("{}{}", call.name, piece.name))
    }

    fn is_offered(&self, name: &str) -> bool {
        self.offered.iter().any(|tool| tool == name)
    }

    /// The complete calls, ordered by index.
    pub(super) fn finish(self) -> Result<Vec<ModelToolCall>, ProviderError> {
        let mut calls = self.calls;
        let mut last = 0;
        for call in &mut calls {
            // A call without an index comes after the one before it.
            last = *call.index.get_or_insert(last);
        }
        calls.sort_by_key(|call| call.index);
        calls
            .into_iter()
            .enumerate()
            .map(|(number, call)| call.finish(number))
            .collect()
    }
}

impl Call {
    /// Whether arguments have begun and are incomplete.
    fn is_open(&self) -> bool {
        self.nesting.has_begun() && !self.nesting.is_whole()
    }

    fn is_whole(&self) -> bool {
        self.nesting.is_whole()
    }

    fn is_blank(&self) -> bool {
        !self.nesting.has_begun()
    }

    /// Whether these are its arguments again, and not the empty ones of another call.
    fn has_again(&self, arguments: &str) -> bool {
        self.arguments == arguments && arguments.len() > 2
    }

    fn take(&mut self, piece: CallPiece) {
        if self.id.is_empty() {
            self.id = piece.id;
        }
        if self.name.is_empty() || piece.name.starts_with(&self.name) {
            if piece.name.len() > self.name.len() {
                self.name = piece.name;
            }
        } else if self.is_blank() {
            self.name.push_str(&piece.name);
        }
        if piece.is_whole {
            self.arguments.clear();
            self.nesting = Nesting::default();
            self.halves = Halves::default();
        }
        let arguments = self.halves.join(piece.arguments, piece.has_halves);
        self.nesting.feed(arguments.as_bytes());
        self.arguments.push_str(&arguments);
        if !piece.extra_content.is_null() {
            self.carried.set("extra_content", piece.extra_content);
        }
    }

    fn finish(mut self, number: usize) -> Result<ModelToolCall, ProviderError> {
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            return Err(ProviderError::new(
                ProviderErrorKind::InvalidResponse,
                "a tool call without a name",
            ));
        }
        self.arguments.push_str(&self.halves.end());
        Ok(ModelToolCall {
            id: number.to_string(),
            name,
            arguments: arguments::normalize(self.arguments),
            carry: self.carried.into(),
        })
    }
}
