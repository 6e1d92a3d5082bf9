//! Writes the messages of a run to its thread.

use super::failure::{Failure, Outcome};
use crate::{
    domain::{
        AgentId, Message, MessageStatus, RunErrorCode, StoreError, ThreadId, ToolCall, ToolCallId,
        ToolOutcome, Usage,
    },
    runs::RunRecord,
    threads::{Progress, ThreadStore},
};
use backon::{ConstantBuilder, Retryable};
use std::{slice, sync::Arc, time::Duration};
use tokio::time::Instant;

pub(super) const OUTPUT_MAX_BYTES: usize = 8 * 1024 * 1024;
const REASONING_MAX_BYTES: usize = 64 * 1024;
/// The result of a call during which the run was stopped.
pub(super) const STOPPED: &str =
    "Stopped before the tool answered; it is not known whether the call took effect.";
/// How far the stored text may lag behind the stream.
pub(super) const SAVE_INTERVAL: Duration = Duration::from_secs(1);
/// How long a run survives an unavailable store, so that a restart of the store ends no run.
pub(super) const STORE_TIMEOUT: Duration = Duration::from_secs(40);
pub(super) const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// The writer of a run's thread. Each segment, that is one agent's text between handoffs, is a
/// message.
pub(super) struct ThreadWriter {
    threads: Arc<dyn ThreadStore>,
    run: RunRecord,
    agent: AgentId,
    message: Option<Message>,
    /// Bytes of text in the whole run.
    text_bytes: usize,
    is_dirty: bool,
    /// Since when saving has failed.
    failing_since: Option<Instant>,
}

impl ThreadWriter {
    /// `paused` is the message to resume from, if any.
    pub(super) fn new(
        threads: Arc<dyn ThreadStore>,
        run: RunRecord,
        agent: AgentId,
        paused: Option<Message>,
    ) -> Self {
        Self {
            threads,
            run,
            agent,
            message: paused,
            text_bytes: 0,
            is_dirty: false,
            failing_since: None,
        }
    }

    pub(super) fn agent(&self) -> &AgentId {
        &self.agent
    }

    /// Stores the current segment; `agent` speaks from here on.
    pub(super) async fn begin_segment(&mut self, agent: AgentId) -> Result<(), StoreError> {
        self.agent = agent.clone();
        let finished = self.message.replace(Message::answer(agent));
        self.is_dirty = false;
        match finished {
            Some(message) => self.store_with_retry(&[message], Progress::Live).await,
            None => Ok(()),
        }
    }

    pub(super) fn push_text(&mut self, delta: &str) -> Result<(), Failure> {
        self.text_bytes += delta.len();
        if self.text_bytes > OUTPUT_MAX_BYTES {
            return Err(Failure::new(RunErrorCode::OutputTooLong));
        }
        if let Some(message) = self.edit() {
            message.content.push_str(delta);
        }
        Ok(())
    }

    /// Adds a piece of the model's reasoning, up to the limit.
    pub(super) fn push_reasoning(&mut self, delta: &str) {
        if let Some(message) = self.edit() {
            let reasoning = message.reasoning.get_or_insert_default();
            let room = REASONING_MAX_BYTES.saturating_sub(reasoning.len());
            reasoning.push_str(&delta[..delta.floor_char_boundary(room)]);
        }
    }

    /// Turns the text from byte `start` of the segment on into reasoning.
    pub(super) fn text_was_reasoning(&mut self, start: usize) {
        let thought = self
            .edit()
            .filter(|message| message.content.is_char_boundary(start))
            .map(|message| message.content.split_off(start));
        if let Some(thought) = thought {
            self.push_reasoning(&thought);
        }
    }

    /// Adds a call, which waits if it has no result.
    pub(super) fn push_call(&mut self, call: ToolCall) {
        if let Some(message) = self.edit() {
            message.tool_calls.push(call);
        }
    }

    pub(super) fn answer_call(&mut self, id: &ToolCallId, outcome: &ToolOutcome) {
        if let Some(message) = self.edit() {
            message.answer_call(id, outcome);
        }
    }

    pub(super) fn message(&self) -> Option<&Message> {
        self.message.as_ref()
    }

    pub(super) fn thread_id(&self) -> &ThreadId {
        &self.run.thread_id
    }

    pub(super) fn add_usage(&mut self, usage: Usage) {
        if let Some(message) = self.edit() {
            *message.usage.get_or_insert_default() += usage;
        }
    }

    fn edit(&mut self) -> Option<&mut Message> {
        self.is_dirty = true;
        self.message.as_mut()
    }

    /// The segment's text so far.
    pub(super) fn text(&self) -> &str {
        self.message
            .as_ref()
            .map_or("", |message| message.content.as_str())
    }

    /// Stores the current segment. If the store is unavailable, the run goes on and the next call
    /// tries again.
    pub(super) async fn save(&mut self) -> Result<(), StoreError> {
        let Some(message) = self.message.as_ref().filter(|_| self.is_dirty) else {
            return Ok(());
        };
        match self.store(slice::from_ref(message), Progress::Live).await {
            Ok(()) => {
                self.is_dirty = false;
                self.failing_since = None;
                Ok(())
            }
            Err(error @ StoreError::Unavailable { .. }) => {
                tracing::warn!(%error, run.id = %self.run.id, "an answer could not be saved yet");
                let since = *self.failing_since.get_or_insert_with(Instant::now);
                if since.elapsed() < STORE_TIMEOUT {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Stores that a call is about to be made, so that it is known should the process die with it.
    pub(super) async fn mark_call(&mut self) -> Result<(), StoreError> {
        if let Some(message) = &self.message {
            self.store_with_retry(slice::from_ref(message), Progress::Live)
                .await?;
            self.is_dirty = false;
        }
        Ok(())
    }

    /// Stores the last segment with its `outcome`, and ends the run in its thread.
    pub(super) async fn finish(&mut self, outcome: &Outcome) -> Result<(), StoreError> {
        if let Some(message) = &mut self.message {
            match outcome {
                Outcome::Completed { truncated } => message.truncated = *truncated,
                Outcome::Interrupted(_) => message.status = MessageStatus::Interrupted,
                Outcome::Cancelled => message.status = MessageStatus::Cancelled,
                Outcome::Failed(failure) => {
                    message.status = MessageStatus::Failed;
                    message.error = Some(failure.message_error());
                }
            }
            if !matches!(outcome, Outcome::Interrupted(_)) {
                message.answer_waiting_calls(&ToolOutcome::error(STOPPED));
            }
        }
        let last: Vec<Message> = self.message.take().into_iter().collect();
        let progress = match outcome {
            Outcome::Interrupted(pause) => Progress::Paused(pause.clone()),
            _ => Progress::Ended,
        };
        self.store_with_retry(&last, progress).await
    }

    async fn store_with_retry(
        &self,
        messages: &[Message],
        progress: Progress,
    ) -> Result<(), StoreError> {
        let until = Instant::now() + STORE_TIMEOUT;
        let backoff = ConstantBuilder::default()
            .with_delay(RETRY_INTERVAL)
            .without_max_times();
        (|| self.store(messages, progress.clone()))
            .retry(backoff)
            .when(|error| matches!(error, StoreError::Unavailable { .. }) && Instant::now() < until)
            .await
    }

    async fn store(&self, messages: &[Message], progress: Progress) -> Result<(), StoreError> {
        let RunRecord {
            id,
            thread_id,
            owner,
        } = &self.run;
        let is_stored = self
            .threads
            .save(owner, thread_id, id, messages, &self.agent, progress)
            .await?;
        if !is_stored {
            tracing::debug!(run.id = %id, "the thread of a run is gone");
        }
        Ok(())
    }
}
