//! Reads one answer of the model and streams it to the readers.

use super::{
    failure::Failure,
    metrics::ModelTimer,
    run::{Halt, Run},
    thread_writer::SAVE_INTERVAL,
};
use crate::{
    domain::{Notice, NoticeCode, RunErrorCode, RunEvent, Usage},
    provider::{AnswerEnd, Carry, FinishReason, ModelEvent, ModelStream, ModelToolCall},
};
use futures_util::StreamExt;
use std::pin::pin;
use tokio::time::{Instant, sleep_until};

pub(super) struct Answer {
    /// Empty if there are no calls: the text is then in the thread, and nothing follows.
    pub(super) text: String,
    pub(super) calls: Vec<ModelToolCall>,
    pub(super) reason: FinishReason,
    pub(super) usage: Option<Usage>,
    pub(super) carry: Carry,
}

impl Run {
    /// Reads the answer to its end.
    pub(super) async fn read_answer(
        &mut self,
        timer: &mut ModelTimer,
        mut events: ModelStream,
    ) -> Result<Answer, Halt> {
        let mut stopped = pin!(self.stop.stopped());
        let mut save = pin!(sleep_until(Instant::now() + SAVE_INTERVAL));
        let start = self.thread.text().len();
        let mut calls = Vec::new();
        loop {
            let events = tokio::select! {
                biased;
                outcome = &mut stopped => return Err(Halt::Stopped(outcome)),
                () = &mut save => {
                    self.thread.save().await?;
                    save.as_mut().reset(Instant::now() + SAVE_INTERVAL);
                    continue;
                }
                events = events.next() => events,
            };
            timer.event();
            let Some(events) = events else {
                return Err(Failure::new(RunErrorCode::ProviderInvalidResponse).into());
            };
            let mut end = None;
            for event in events.map_err(Halt::Provider)? {
                end = self.take(event, start, &mut calls)?;
            }
            self.log.flush().await?;
            if let Some(AnswerEnd {
                reason,
                usage,
                carry,
                ..
            }) = end
            {
                let text = self.thread.text().get(start..).unwrap_or_default();
                if !text.is_empty() {
                    self.handoffs.worked();
                }
                return Ok(Answer {
                    text: if calls.is_empty() {
                        String::new()
                    } else {
                        text.to_owned()
                    },
                    calls,
                    reason,
                    usage,
                    carry,
                });
            }
        }
    }

    /// Handles one event. `start` is where this answer's text begins in the segment.
    fn take(
        &mut self,
        event: ModelEvent,
        start: usize,
        calls: &mut Vec<ModelToolCall>,
    ) -> Result<Option<AnswerEnd>, Failure> {
        match event {
            ModelEvent::WithoutTools => self.notify(Notice {
                code: NoticeCode::ModelWithoutTools,
                message: "This model cannot use tools, so the agents can only talk.".to_owned(),
            })?,
            ModelEvent::Reasoning(delta) => {
                self.thread.push_reasoning(&delta);
                self.log.push(&RunEvent::ReasoningDelta { delta })?;
            }
            ModelEvent::Text(delta) => {
                self.metrics.text();
                self.thread.push_text(&delta)?;
                self.log.push(&RunEvent::ContentDelta { delta })?;
            }
            ModelEvent::TextWasReasoning => self.thread.text_was_reasoning(start),
            ModelEvent::ToolCall(call) => calls.push(call),
            ModelEvent::End(end) => {
                if let Some(usage) = end.usage {
                    self.metrics.add_usage(usage);
                    self.metrics.add_details(end.details);
                    self.thread.add_usage(usage);
                }
                return Ok(Some(end));
            }
        }
        Ok(None)
    }
}
