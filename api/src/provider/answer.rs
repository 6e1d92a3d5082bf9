//! One answer: chunks in, events out, up to its one end.
//!
//! A stream of chunks just stops, whether the provider was done or its
//! connection broke; which of the two it was is decided here.

use super::{
    assemble::Calls,
    carry::Carry,
    chunk::{CallPiece, Chunk, Delta, Finish},
    error::{ProviderError, ProviderErrorKind},
    frame::ANSWER_MAX_BYTES,
    guard::Feed,
    lenient::{List, Object},
    model::{AnswerEnd, FinishReason, ModelEvent, UsageDetails},
};
use crate::domain::Usage;
use async_openai::{error::OpenAIError, types::stream::StreamResponse};
use futures_util::StreamExt;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::time::timeout;

/// After the model has finished, counts may follow; a provider that neither sends them nor closes
/// is waited for this long.
const EPILOGUE_TIMEOUT: Duration = Duration::from_secs(2);

/// An answer that is being read.
pub(super) struct Answer {
    chunks: StreamResponse<List<Chunk>>,
    feed: Arc<Feed>,
    calls: Calls,
    finish: Finish,
    usage: Option<Usage>,
    bytes: usize,
    has_text: bool,
}

impl Answer {
    pub(super) fn new(chunks: StreamResponse<List<Chunk>>, feed: Arc<Feed>) -> Self {
        let (calls, finish) = (Calls::default(), Finish::Open);
        Self {
            chunks,
            feed,
            calls,
            finish,
            usage: None,
            bytes: 0,
            has_text: false,
        }
    }

    /// Reads on until there is something to say. Puts the events to `events`; the last of an
    /// answer is [`ModelEvent::End`]. What was put there before a failure still counts.
    pub(super) async fn read(
        &mut self,
        events: &mut VecDeque<ModelEvent>,
    ) -> Result<(), ProviderError> {
        while events.is_empty() {
            let chunk = if self.finish == Finish::Open {
                self.chunks.next().await
            } else {
                timeout(EPILOGUE_TIMEOUT, self.chunks.next())
                    .await
                    .unwrap_or(None)
            };
            match chunk {
                Some(Ok(List(chunks))) => {
                    self.feed.taken();
                    for chunk in chunks {
                        self.take(chunk, events)?;
                    }
                }
                Some(Err(error)) => {
                    self.feed.taken();
                    return Err(self.failure(&error));
                }
                None => return self.end(events),
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        mut chunk: Chunk,
        events: &mut VecDeque<ModelEvent>,
    ) -> Result<(), ProviderError> {
        if let Some(error) = chunk.error() {
            return Err(ProviderError::reported(None, None, &error));
        }
        // Some send it in every chunk, growing: the last one is the sum.
        self.usage = chunk.usage().or(self.usage);
        let choices = chunk
            .choices
            .0
            .into_iter()
            .filter(|choice| matches!(choice.index.0, None | Some(0)));
        for choice in choices.take(1) {
            let said_nothing = !self.has_text && self.calls.is_empty();
            let whole = choice.message.filter(|_| said_nothing);
            if let Some(Object(delta)) = choice.delta.or(whole) {
                self.say(delta, events)?;
            }
            match choice.finish_reason {
                Finish::Open => {}
                finish => self.finish = finish,
            }
        }
        Ok(())
    }

    fn say(
        &mut self,
        delta: Delta,
        events: &mut VecDeque<ModelEvent>,
    ) -> Result<(), ProviderError> {
        for text in [delta.content.0, delta.refusal.0] {
            // PostgreSQL cannot store NUL, and nobody can read it.
            let text = if text.contains('\0') {
                text.replace('\0', "")
            } else {
                text
            };
            if !text.is_empty() {
                self.count(text.len())?;
                self.has_text = true;
                events.push_back(ModelEvent::Text(text));
            }
        }
        let old = delta.function_call.map(|function| CallPiece {
            function,
            ..CallPiece::default()
        });
        for mut piece in delta.tool_calls.0.into_iter().chain(old) {
            let function = &mut piece.function.0;
            function.arguments.0.retain(|c| c != '\0');
            function.name.0.retain(|c| c != '\0');
            self.count(piece.id.0.len() + function.name.0.len() + function.arguments.0.len())?;
            self.calls.add(piece)?;
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), ProviderError> {
        self.bytes += bytes;
        if self.bytes > ANSWER_MAX_BYTES {
            return Err(ProviderError::new(
                ProviderErrorKind::OutputTooLong,
                "the answer passed 8 MiB",
            ));
        }
        Ok(())
    }

    /// The chunks have ended: was that the end of the answer?
    fn end(&mut self, events: &mut VecDeque<ModelEvent>) -> Result<(), ProviderError> {
        let failure = self.feed.take_failure();
        let has_output = self.has_text || !self.calls.is_empty();
        let reason = match self.finish {
            Finish::Stop => FinishReason::Stop,
            Finish::Length => FinishReason::Length,
            Finish::Filtered => {
                return Err(ProviderError::new(
                    ProviderErrorKind::ContentFiltered,
                    "finish_reason content_filter",
                ));
            }
            Finish::Failed => {
                return Err(ProviderError::new(
                    ProviderErrorKind::Unavailable,
                    "finish_reason says the provider failed",
                ));
            }
            Finish::Open => match failure {
                Some(failure) => return Err(self.broken(failure)),
                // Some never give a reason, but do say `[DONE]`.
                None if self.feed.is_done() && has_output => FinishReason::Stop,
                None if has_output => return Err(invalid("the answer broke off")),
                None => return Err(invalid("the answer is empty")),
            },
        };
        let calls = std::mem::take(&mut self.calls).finish()?;
        events.extend(calls.into_iter().map(ModelEvent::ToolCall));
        events.push_back(ModelEvent::End(AnswerEnd {
            reason,
            usage: self.usage,
            details: UsageDetails::default(),
            carry: Carry::default(),
        }));
        Ok(())
    }

    fn failure(&self, error: &OpenAIError) -> ProviderError {
        match (self.feed.take_failure(), error) {
            (Some(failure), _) => self.broken(failure),
            // The text of these holds what the model said.
            (None, OpenAIError::JSONDeserialize(..)) => invalid("a chunk is not JSON"),
            (None, _) => invalid("the event stream cannot be read"),
        }
    }

    /// A connection that breaks in mid-answer is an answer that broke off.
    fn broken(&self, failure: ProviderError) -> ProviderError {
        let begun = self.has_text || !self.calls.is_empty();
        if begun && failure.kind == ProviderErrorKind::Unavailable {
            return invalid(format!("the answer broke off: {}", failure.detail));
        }
        failure
    }
}

fn invalid(detail: impl Into<String>) -> ProviderError {
    ProviderError::new(ProviderErrorKind::InvalidResponse, detail)
}
