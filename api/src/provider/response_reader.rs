//! Reads an answer of the Responses API and finds its end.
//!
//! An event that repeats others (a `done` after its deltas, the complete response at the end)
//! counts only if those were left out, as some servers do.

use super::{
    assemble::Assembly,
    calls::CallPiece,
    end_of_body::{EndOfBody, broken},
    error::ProviderError,
    error_kind::ProviderErrorKind,
    json::{self, Parsed, lenient::Text},
    model::FinishReason,
    response_event::{Incomplete, Item, ResponseEvent},
    sse::Event,
    wire_error::WireError,
};

#[derive(Debug, Default)]
pub(super) struct ResponseReader {
    finish: Option<FinishReason>,
    /// The current part, item and reasoning so far.
    part_has_text: bool,
    item_has_text: bool,
    item_has_thought: bool,
    has_reasoning_items: bool,
}

impl ResponseReader {
    /// Whether the provider said that the answer is complete.
    pub(super) fn is_done(&self) -> bool {
        self.finish.is_some()
    }

    pub(super) fn take(
        &mut self,
        event: Event<'_>,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        let Event::Data { name, data } = event else {
            return Ok(());
        };
        if name == "error" {
            return Err(reported(data));
        }
        json::each(data, |parsed: Parsed<ResponseEvent>, text| {
            self.event(parsed.value, name, text, parsed.has_halves, assembly)
        })
    }

    fn event(
        &mut self,
        mut event: ResponseEvent,
        name: &str,
        data: &[u8],
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        let kind = match std::mem::take(&mut event.kind.0) {
            kind if kind.is_empty() => name.to_owned(),
            kind => kind,
        };
        match kind.as_str() {
            "response.output_text.delta" | "response.refusal.delta" => {
                self.text(event.delta, has_halves, assembly)
            }
            "response.output_text.done" => self.text_again(event.text, has_halves, assembly),
            "response.refusal.done" => self.text_again(event.refusal, has_halves, assembly),
            "response.content_part.added" => {
                self.part_has_text = false;
                Ok(())
            }
            "response.content_part.done" => self.text_again(event.part, has_halves, assembly),
            "response.reasoning_summary_part.added" if self.item_has_thought => {
                assembly.end_of_thought()
            }
            "response.function_call_arguments.delta" => {
                assembly.call(arguments(&event, event.delta.0.clone(), false, has_halves))
            }
            "response.function_call_arguments.done" => assembly.call(arguments(
                &event,
                event.arguments.0.clone(),
                true,
                has_halves,
            )),
            "response.output_item.added" => self.item_added(event, has_halves, assembly),
            "response.output_item.done" => {
                let index = event.output_index.0;
                self.item_done(event.item, index, has_halves, assembly)
            }
            "response.completed" | "response.done" | "response.incomplete" | "response.failed" => {
                let said = event.response.status.0.clone();
                let status = match kind.trim_start_matches("response.") {
                    "completed" | "done" if !said.is_empty() => said,
                    status => status.to_owned(),
                };
                self.whole(event, &status, has_halves, assembly)
            }
            "response.cancelled" => {
                Err(ProviderError::invalid("the provider cancelled the answer"))
            }
            "error" | "response.error" => Err(reported(data)),
            kind if kind.starts_with("response.reasoning") && kind.ends_with(".delta") => {
                self.item_has_thought = true;
                assembly.thought(event.delta.0, has_halves)
            }
            "" => self.untyped(event, data, has_halves, assembly),
            _ => Ok(()),
        }
    }

    /// The body has ended, with or without the answer's end.
    pub(super) fn end(
        &self,
        how: EndOfBody,
        assembly: &Assembly,
    ) -> Result<FinishReason, ProviderError> {
        match (self.finish, how) {
            (Some(reason), _) => Ok(reason),
            (None, EndOfBody::Broken(error)) => Err(broken(error, assembly)),
            (None, EndOfBody::Whole) if assembly.has_output() => Ok(FinishReason::Stop),
            (None, EndOfBody::Whole) => Err(ProviderError::invalid("the answer is empty")),
        }
    }

    fn text(
        &mut self,
        Text(piece): Text,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        self.part_has_text |= !piece.is_empty();
        self.item_has_text |= !piece.is_empty();
        assembly.text(piece, has_halves)
    }

    /// The text of a part that has ended.
    fn text_again(
        &mut self,
        text: Text,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        if self.part_has_text {
            return Ok(());
        }
        self.text(text, has_halves, assembly)
    }

    fn item_added(
        &mut self,
        event: ResponseEvent,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        match event.item.fields.kind.0.as_str() {
            "function_call" => {
                assembly.call(call(event.item, event.output_index.0, false, has_halves))
            }
            "reasoning" => {
                self.item_has_thought = false;
                assembly.end_of_thought()
            }
            _ => {
                self.item_has_text = false;
                self.part_has_text = false;
                Ok(())
            }
        }
    }

    fn item_done(
        &mut self,
        item: Item,
        index: Option<u64>,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        match item.fields.kind.0.as_str() {
            "function_call" => assembly.call(call(item, index, true, has_halves)),
            "message" => {
                if !std::mem::take(&mut self.item_has_text) {
                    assembly.text(item.fields.content.text, has_halves)?;
                }
                self.part_has_text = false;
                Ok(())
            }
            "reasoning" => {
                let is_carried = item.fields.is_carried_thought();
                let Item { fields, raw } = item;
                if !std::mem::take(&mut self.item_has_thought) {
                    assembly.thought(fields.summary.0 + &fields.content.thought, has_halves)?;
                }
                if is_carried {
                    self.has_reasoning_items = true;
                    assembly.reasoning_item(raw)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The complete response, at its end or in place of a stream.
    fn whole(
        &mut self,
        event: ResponseEvent,
        status: &str,
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        let error = event.error();
        let response = event.response;
        assembly.counted(response.usage.read().or_else(|| event.usage.read()));
        if status == "failed" || error.is_some() {
            let error = error.unwrap_or_default();
            return Err(ProviderError::reported(None, None, &error));
        }
        let (has_text, has_calls) = (assembly.has_text(), assembly.has_calls());
        for item in response.output.0.into_iter().chain(event.output.0) {
            let is_new = match item.fields.kind.0.as_str() {
                "reasoning" => !has_text && !has_calls && !self.has_reasoning_items,
                "function_call" => !has_calls,
                _ => !has_text,
            };
            if is_new {
                self.item_done(item, None, has_halves, assembly)?;
            }
        }
        let Incomplete {
            reason: Text(reason),
        } = if response.incomplete_details.reason.0.is_empty() {
            event.incomplete_details
        } else {
            response.incomplete_details
        };
        self.finish = Some(match status {
            "incomplete" if reason.contains("content_filter") => {
                return Err(ProviderError::new(
                    ProviderErrorKind::ContentFiltered,
                    "incomplete by the content filter",
                ));
            }
            "incomplete" => FinishReason::Length,
            _ => FinishReason::Stop,
        });
        Ok(())
    }

    /// An event without a type: a complete response, or an error in the fields of Chat Completions.
    fn untyped(
        &mut self,
        event: ResponseEvent,
        data: &[u8],
        has_halves: bool,
        assembly: &mut Assembly,
    ) -> Result<(), ProviderError> {
        if event.object.0 == "response" {
            let status = event.status.0.clone();
            return self.whole(event, &status, has_halves, assembly);
        }
        match WireError::in_event(data) {
            Some(error) => Err(ProviderError::reported(None, None, &error)),
            None => Ok(()),
        }
    }
}

fn reported(data: &[u8]) -> ProviderError {
    ProviderError::reported(None, None, &WireError::from_body(data))
}

fn arguments(
    event: &ResponseEvent,
    arguments: String,
    is_whole: bool,
    has_halves: bool,
) -> CallPiece {
    CallPiece {
        index: event.output_index.0,
        id: event.item_id.0.clone(),
        name: event.name.0.clone(),
        is_whole: is_whole && !arguments.is_empty(),
        arguments,
        has_halves,
        ..CallPiece::default()
    }
}

fn call(item: Item, index: Option<u64>, is_whole: bool, has_halves: bool) -> CallPiece {
    let fields = item.fields;
    CallPiece {
        index,
        id: fields.key().to_owned(),
        name: fields.name.0,
        is_whole: is_whole && !fields.arguments.0.is_empty(),
        arguments: fields.arguments.0,
        has_halves,
        ..CallPiece::default()
    }
}
