//! Reads one answer of the model and streams it to the readers.

use super::{
    failure::Failure,
    metrics::ModelTimer,
    run::{Halt, Run},
    thread_writer::SAVE_INTERVAL,
};
use crate::{
    domain::{Notice, NoticeCode, RunErrorCode, RunEvent, Usage},
    provider::{AnswerEnd, Carry, FinishReason, ModelEvent, ModelToolCall, ProviderError},
};
use futures_util::{FutureExt, Stream, StreamExt};
use std::pin::pin;
use tokio::time::{Instant, sleep_until};

const BATCH: usize = 256;

pub(super) struct Answer {
    /// Empty if there are no calls: the text is then in the thread, and nothing follows.
    pub(super) text: String,
    pub(super) calls: Vec<ModelToolCall>,
    pub(super) reason: FinishReason,
    pub(super) usage: Option<Usage>,
    pub(super) carry: Carry,
}

impl Run {
    /// Reads the answer to its end. Events that arrived together are passed on together.
    pub(super) async fn read_answer(
        &mut self,
        timer: &mut ModelTimer,
        events: impl Stream<Item = Result<ModelEvent, ProviderError>>,
    ) -> Result<Answer, Halt> {
        let mut events = pin!(events);
        let mut stopped = pin!(self.stop.stopped());
        let mut save = pin!(sleep_until(Instant::now() + SAVE_INTERVAL));
        let start = self.thread.text().len();
        let mut calls = Vec::new();
        loop {
            let first = tokio::select! {
                biased;
                outcome = &mut stopped => return Err(Halt::Stopped(outcome)),
                () = &mut save => {
                    self.thread.save().await?;
                    save.as_mut().reset(Instant::now() + SAVE_INTERVAL);
                    continue;
                }
                event = events.next() => event,
            };
            timer.event();
            let (mut end, mut taken, mut next) = (None, 0, Some(first));
            while let Some(event) = next {
                let Some(event) = event else {
                    return Err(Failure::new(RunErrorCode::ProviderInvalidResponse).into());
                };
                end = self.take(event.map_err(Halt::Provider)?, start, &mut calls)?;
                taken += 1;
                // Not `ready_chunks`, which allocates room for a whole batch at each event.
                let is_last = end.is_some() || taken == BATCH;
                next = if is_last {
                    None
                } else {
                    events.next().now_or_never()
                };
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
