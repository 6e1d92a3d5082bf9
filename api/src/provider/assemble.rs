//! Assembles an answer: turns a protocol's text, thoughts and calls into our events.

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

/// Text, thoughts and calls together.
const ANSWER_MAX_BYTES: usize = 8 * 1024 * 1024;

/// An answer so far.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    events: Vec<ModelEvent>,
    text: Channel,
    thought: Channel,
    tags: ThoughtTags,
    /// Whether text other than reasoning was reported.
    has_text: bool,
    calls: Calls,
    counted: Option<Counted>,
    carried: Carried,
    /// Reasoning items after the last text or call.
    reasoning_items: Vec<Value>,
    /// A thought to be returned under its own name.
    reasoning_content: String,
    /// Bytes of text, thoughts and calls so far.
    bytes: usize,
    carried_bytes: usize,
}

/// A text that arrives in pieces.
#[derive(Debug, Default)]
struct Channel {
    halves: Halves,
    has_come: bool,
}

impl Channel {
    /// The next piece with its halves joined, and without NUL, which PostgreSQL cannot store.
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
    pub(super) fn new(offered: Vec<String>) -> Self {
        Self {
            calls: Calls::new(offered),
            ..Self::default()
        }
    }

    /// The events since the last call.
    pub(super) fn take_events(&mut self) -> Vec<ModelEvent> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn has_text(&self) -> bool {
        self.has_text
    }

    pub(super) fn has_calls(&self) -> bool {
        !self.calls.is_empty()
    }

    /// Whether there is text or a call.
    pub(super) fn has_output(&self) -> bool {
        self.has_text || self.has_calls()
    }

    /// Whether anything has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.has_output() || self.thought.has_come || self.text.has_come
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

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

    pub(super) fn thought(&mut self, piece: String, has_halves: bool) -> Result<(), ProviderError> {
        if piece.is_empty() {
            return Ok(());
        }
        self.count(piece.len())?;
        let piece = self.thought.take(piece, has_halves);
        if !piece.is_empty() {
            self.events.push(ModelEvent::Reasoning(piece));
        }
        Ok(())
    }

    pub(super) fn end_of_thought(&mut self) -> Result<(), ProviderError> {
        if self.thought.has_come {
            self.thought("\n\n".to_owned(), false)?;
        }
        Ok(())
    }

    /// A thought that is returned with this answer as `reasoning_content`.
    pub(super) fn keep_reasoning_content(&mut self, piece: &str) {
        self.reasoning_content.push_str(piece);
    }

    /// A field of the answer that is returned with it.
    pub(super) fn keep_field(
        &mut self,
        name: &'static str,
        value: Value,
    ) -> Result<(), ProviderError> {
        self.count_carried(&value)?;
        self.carried.set(name, value);
        Ok(())
    }

    /// Entries of a list that is returned with this answer.
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

    /// A reasoning item, which is returned with the text or the call that follows it.
    pub(super) fn reasoning_item(&mut self, item: Value) -> Result<(), ProviderError> {
        self.count_carried(&item)?;
        self.reasoning_items.push(item);
        Ok(())
    }

    pub(super) fn call(&mut self, mut piece: CallPiece) -> Result<(), ProviderError> {
        for text in [&mut piece.arguments, &mut piece.name, &mut piece.id] {
            text.retain(|c| c != '\0');
        }
        self.count(piece.id.len() + piece.name.len() + piece.arguments.len())?;
        self.count_carried(&piece.extra_content)?;
        self.calls.add(piece, &mut self.reasoning_items)
    }

    /// Some providers send growing counts in every chunk.
    pub(super) fn counted(&mut self, counted: Option<Counted>) {
        self.counted = counted.or(self.counted);
    }

    /// The answer is complete and was flushed.
    pub(super) fn finish(&mut self, reason: FinishReason) -> Result<(), ProviderError> {
        let calls = std::mem::take(&mut self.calls).finish()?;
        self.events
            .extend(calls.into_iter().map(ModelEvent::ToolCall));
        let mut carried = std::mem::take(&mut self.carried);
        if !self.reasoning_content.is_empty() {
            let reasoning = std::mem::take(&mut self.reasoning_content);
            carried.set("reasoning_content", Value::from(reasoning));
        }
        self.events.push(ModelEvent::End(AnswerEnd {
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

    /// Passes on what was held back, at the end.
    pub(super) fn flush(&mut self) {
        let lone = self.thought.halves.end();
        if !lone.is_empty() {
            self.events.push(ModelEvent::Reasoning(lone));
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

    fn count(&mut self, bytes: usize) -> Result<(), ProviderError> {
        self.bytes += bytes;
        self.check_size()
    }

    /// Counts data that is kept and not passed on.
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

fn tell(piece: Piece, events: &mut Vec<ModelEvent>, has_text: &mut bool) {
    *has_text = matches!(piece, Piece::Text(_)) || *has_text && piece != Piece::TextWasThought;
    events.push(match piece {
        Piece::Text(text) => ModelEvent::Text(text),
        Piece::Thought(text) => ModelEvent::Reasoning(text),
        Piece::TextWasThought => ModelEvent::TextWasReasoning,
    });
}

/// The approximate size in memory.
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
