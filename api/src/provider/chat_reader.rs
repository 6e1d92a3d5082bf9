//! Reads an answer of Chat Completions and finds its end.

use super::{
    assemble::Assembly,
    chat_chunk::{Chunk, Delta, Finish},
    end_of_body::{EndOfBody, broken},
    error::ProviderError,
    error_kind::ProviderErrorKind,
    json::{self, Parsed, lenient::List},
    model::FinishReason,
    sse::Event,
    wire_error::WireError,
};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// How long to wait for token counts after the finish, if the provider neither sends `[DONE]` nor
/// closes the connection.
const EPILOGUE_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct ChatReader {
    finish: Finish,
    /// When the answer ends unless more arrives.
    ends_at: Option<Instant>,
    /// Whether output followed a finish, which then means nothing next to output.
    is_early: bool,
    /// Whether the answer arrives in deltas, which a complete message may repeat.
    has_deltas: bool,
    is_done: bool,
}

impl ChatReader {
    pub(super) fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }

    pub(super) fn take(
        &mut self,
        event: Event<'_>,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        let Event::Data { name, data } = event else {
            self.is_done = true;
            return Ok(());
        };
        if name == "error" {
            return Err(ProviderError::reported(
                None,
                None,
                &WireError::from_body(data),
            ));
        }
        json::each(data, |parsed: Parsed<List<Chunk>>, text| {
            let chunks = parsed.value.0;
            if chunks.iter().any(Chunk::may_be_error)
                && let Some(error) = WireError::in_event(text)
            {
                return Err(ProviderError::reported(None, None, &error));
            }
            chunks
                .into_iter()
                .try_for_each(|chunk| self.chunk(chunk, parsed.has_halves, assembly))
        })
    }

    fn chunk(
        &mut self,
        chunk: Chunk,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        assembly.counted(chunk.counted());
        let mut choices = chunk.choices.0.into_iter();
        let Some(choice) = choices.find(|choice| matches!(choice.index.0, None | Some(0))) else {
            return Ok(());
        };
        let mut finish = choice.finish();
        let before = assembly.bytes();
        let delta = choice.delta.0.filter(|delta| !delta.is_empty());
        match (delta, choice.message.0) {
            (Some(delta), _) => {
                self.has_deltas = true;
                delta_into(*delta, has_halves, assembly)?;
            }
            (None, Some(mut message)) => {
                if self.has_deltas {
                    // The complete answer repeats the deltas.
                    message.forget(assembly.has_text(), assembly.has_calls());
                } else if finish == Finish::Open {
                    finish = Finish::Stop;
                }
                delta_into(*message, has_halves, assembly)?;
            }
            (None, None) => {}
        }
        let has_more = assembly.bytes() > before;
        if has_more {
            self.is_early |= self.finish != Finish::Open;
            self.ends_at = None;
        }
        if finish != Finish::Open {
            self.finish = finish;
            if assembly.has_output() && !(has_more && self.is_early) {
                self.ends_at = Some(Instant::now() + EPILOGUE_TIMEOUT);
            }
        }
        Ok(())
    }

    /// The body has ended, with or without the answer's end.
    pub(super) fn end(
        &self,
        how: EndOfBody,
        assembly: &Assembly,
    ) -> Result<FinishReason, ProviderError> {
        match (self.finish, how) {
            (Finish::Stop, _) => Ok(FinishReason::Stop),
            (Finish::Length, _) => Ok(FinishReason::Length),
            (Finish::Filtered, _) => Err(ProviderError::new(
                ProviderErrorKind::ContentFiltered,
                "finish_reason content_filter",
            )),
            (Finish::Failed, _) => Err(ProviderError::new(
                ProviderErrorKind::Unavailable,
                "finish_reason says the provider failed",
            )),
            (Finish::Open, EndOfBody::Broken(error)) => Err(broken(error, assembly)),
            // Some never give a reason, but send `[DONE]`.
            (Finish::Open, _) if self.is_done && assembly.has_begun() => Ok(FinishReason::Stop),
            (Finish::Open, _) if assembly.has_begun() => {
                Err(ProviderError::invalid("the answer broke off"))
            }
            (Finish::Open, _) => Err(ProviderError::invalid("the answer is empty")),
        }
    }
}

fn delta_into(
    mut delta: Delta,
    has_halves: bool,
    assembly: &mut Assembly,
) -> Result<(), ProviderError> {
    let thought = delta.thought();
    assembly.keep_reasoning_content(&delta.reasoning_content.0);
    assembly.thought(thought, has_halves)?;
    let details = delta.reasoning_details.0.into_iter();
    assembly.keep_entries("reasoning_details", details.filter(is_opaque))?;
    if !delta.extra_content.is_null() {
        assembly.keep_field("extra_content", delta.extra_content)?;
    }
    assembly.text(delta.content.text, has_halves)?;
    assembly.text(delta.refusal.0, has_halves)?;
    let old = delta
        .function_call
        .0
        .map(|function| super::chat_chunk::CallPiece {
            function: *function,
            ..Default::default()
        });
    for piece in delta.tool_calls.0.into_iter().chain(old) {
        assembly.call(piece.into_piece(has_halves))?;
    }
    Ok(())
}

/// Whether a detail of a thought is only for the provider: encrypted or signed.
fn is_opaque(detail: &Value) -> bool {
    !detail["data"].is_null() || !detail["signature"].is_null()
}
