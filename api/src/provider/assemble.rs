//! An answer put together: text, thoughts and calls from a protocol's events become events of ours.

use super::{
    calls::{CallPiece, Calls},
    carry::Carried,
    error::ProviderError,
    error_kind::ProviderErrorKind,
    json::halves::Halves,
    model::{AnswerEnd, FinishReason, ModelEvent},
    thought_tags::{Piece, ThoughtTags},
    usage::Counted,
};
use serde_json::Value;
use std::collections::VecDeque;

/// Largest answer: text, thoughts and calls together.
const ANSWER_MAX_BYTES: usize = 8 * 1024 * 1024;

/// One answer as far as it has come.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    events: VecDeque<ModelEvent>,
    text: Channel,
    thought: Channel,
    tags: ThoughtTags,
    /// Text was reported that is not reasoning.
    has_text: bool,
    calls: Calls,
    counted: Option<Counted>,
    carried: Carried,
    /// Reasoning items that came after the last text or call.
    reasoning_items: Vec<Value>,
    /// A thought that goes back under the name it came.
    reasoning_content: String,
    /// How much text, thought and calls came.
    bytes: usize,
    carried_bytes: usize,
}

/// A text that comes in pieces.
#[derive(Debug, Default)]
struct Channel {
    halves: Halves,
    has_come: bool,
}

impl Channel {
    /// The next piece, ready to be told: its halves joined, and without NUL, which PostgreSQL
    /// cannot store and nobody can read.
    fn take(&mut self, piece: String, has_halves: bool) -> String {
        let mut piece = self.halves.join(piece, has_halves);
        if piece.contains('\0') {
            piece.retain(|c| c != '\0');
        }
        self.has_come |= !piece.is_empty();
        piece
    }
}

impl Assembly {
    /// For the answer to a request that offers these tools.
    pub(super) fn new(offered: Vec<String>) -> Self {
        Self {
            calls: Calls::new(offered),
            ..Self::default()
        }
    }

    /// The next event that is ready.
    pub(super) fn pop(&mut self) -> Option<ModelEvent> {
        self.events.pop_front()
    }

    /// Whether there is text or a call.
    pub(super) fn has_output(&self) -> bool {
        self.has_text || !self.calls.is_empty()
    }

    /// Whether there is anything at all.
    pub(super) fn has_begun(&self) -> bool {
        self.has_output() || self.thought.has_come || self.text.has_come
    }

    /// How much output has come so far.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in text.
    pub(super) fn text(&mut self, piece: String, has_halves: bool) -> Result<(), ProviderError> {
        if piece.is_empty() {
            return Ok(());
        }
        self.count(piece.len())?;
        if !self.text.has_come {
            self.carried
                .reasoning_items
                .append(&mut self.reasoning_items);
        }
        let piece = self.text.take(piece, has_halves);
        let Self {
            tags,
            events,
            has_text,
            ..
        } = self;
        tags.push(piece, &mut |piece| tell(piece, events, has_text));
        Ok(())
    }

    /// Takes in a thought.
    pub(super) fn thought(&mut self, piece: String, has_halves: bool) -> Result<(), ProviderError> {
        if piece.is_empty() {
            return Ok(());
        }
        self.count(piece.len())?;
        let piece = self.thought.take(piece, has_halves);
        if !piece.is_empty() {
            self.events.push_back(ModelEvent::Reasoning(piece));
        }
        Ok(())
    }

    /// A break between two thoughts.
    pub(super) fn end_of_thought(&mut self) -> Result<(), ProviderError> {
        if self.thought.has_come {
            self.thought("\n\n".to_owned(), false)?;
        }
        Ok(())
    }

    /// A thought that goes back with this answer under the name `reasoning_content`.
    pub(super) fn keep_reasoning_content(&mut self, piece: &str) {
        self.reasoning_content.push_str(piece);
    }

    /// A field of the answer's that goes back with it.
    pub(super) fn keep_field(
        &mut self,
        name: &'static str,
        value: Value,
    ) -> Result<(), ProviderError> {
        self.count_carried(&value)?;
        self.carried.set(name, value);
        Ok(())
    }

    /// Entries of a list that goes back with this answer.
    pub(super) fn keep_entries(
        &mut self,
        name: &'static str,
        entries: impl Iterator<Item = Value>,
    ) -> Result<(), ProviderError> {
        for entry in entries {
            self.count_carried(&entry)?;
            self.carried.push(name, entry);
        }
        Ok(())
    }

    /// Takes in a reasoning item, which goes back with the text or the call that follows it.
    pub(super) fn reasoning_item(&mut self, item: Value) -> Result<(), ProviderError> {
        self.count_carried(&item)?;
        self.reasoning_items.push(item);
        Ok(())
    }

    /// Takes in a piece of a call.
    pub(super) fn call(&mut self, mut piece: CallPiece) -> Result<(), ProviderError> {
        for text in [&mut piece.arguments, &mut piece.name, &mut piece.id] {
            text.retain(|c| c != '\0');
        }
        self.count(piece.id.len() + piece.name.len() + piece.arguments.len())?;
        self.count_carried(&piece.extra_content)?;
        self.calls.add(piece, &mut self.reasoning_items)
    }

    /// Takes in what the provider counted: some send it in every chunk, growing.
    pub(super) fn counted(&mut self, counted: Option<Counted>) {
        self.counted = counted.or(self.counted);
    }

    /// The answer is whole, and was flushed.
    pub(super) fn finish(&mut self, reason: FinishReason) -> Result<(), ProviderError> {
        let calls = std::mem::take(&mut self.calls).finish()?;
        self.events
            .extend(calls.into_iter().map(ModelEvent::ToolCall));
        let mut carried = std::mem::take(&mut self.carried);
        if !self.reasoning_content.is_empty() {
            let reasoning = std::mem::take(&mut self.reasoning_content);
            carried.set("reasoning_content", Value::from(reasoning));
        }
        self.events.push_back(ModelEvent::End(AnswerEnd {
            reason,
            usage: self.counted.map(|counted| counted.usage),
            details: self
                .counted
                .map(|counted| counted.details)
                .unwrap_or_default(),
            carry: carried.into(),
        }));
        Ok(())
    }

    /// Tells what was held back; nothing more comes.
    pub(super) fn flush(&mut self) {
        let lone = self.thought.halves.end();
        if !lone.is_empty() {
            self.events.push_back(ModelEvent::Reasoning(lone));
        }
        let lone = self.text.halves.end();
        let Self {
            tags,
            events,
            has_text,
            ..
        } = self;
        let mut sink = |piece| tell(piece, events, has_text);
        tags.push(lone, &mut sink);
        tags.end(&mut sink);
    }

    /// Counts output.
    fn count(&mut self, bytes: usize) -> Result<(), ProviderError> {
        self.bytes += bytes;
        self.check_size()
    }

    /// Counts what is kept and not told.
    fn count_carried(&mut self, value: &Value) -> Result<(), ProviderError> {
        if !value.is_null() {
            self.carried_bytes += size(value);
        }
        self.check_size()
    }

    fn check_size(&self) -> Result<(), ProviderError> {
        if self.bytes + self.carried_bytes > ANSWER_MAX_BYTES {
            return Err(ProviderError::new(
                ProviderErrorKind::OutputTooLong,
                "the answer passed 8 MiB",
            ));
        }
        Ok(())
    }
}

fn tell(piece: Piece, events: &mut VecDeque<ModelEvent>, has_text: &mut bool) {
    *has_text = matches!(piece, Piece::Text(_)) || *has_text && piece != Piece::TextWasThought;
    events.push_back(match piece {
        Piece::Text(text) => ModelEvent::Text(text),
        Piece::Thought(text) => ModelEvent::Reasoning(text),
        Piece::TextWasThought => ModelEvent::TextWasReasoning,
    });
}

/// About how much memory a value takes.
fn size(value: &Value) -> usize {
    16 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| name.len() + size(value))
            .sum(),
    }
}
