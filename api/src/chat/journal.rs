//! The writer of a run: events go to its log, what is said to its thread.

use super::{
    account::Account,
    engine::Shared,
    failure::{Failure, Outcome},
    frame,
};
use crate::{
    domain::{
        AgentId, Message, MessageStatus, OwnerId, RunErrorCode, RunEvent, RunId, StoreError,
        ThreadId, ToolCall, ToolOrigin, ToolOutcome, Usage,
    },
    runs::Frames,
    threads::Progress,
};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// Longest answer of a run, in bytes of text.
pub(super) const OUTPUT_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Longest log of a run: text in very small pieces is mostly frame.
const LOG_MAX_BYTES: usize = 64 * 1024 * 1024;
/// How far a thread's stored text may lie behind what was said.
pub(super) const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long a run waits for threads that are away, so that a restart of their store ends none.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long it waits between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// Where a run writes.
pub(super) struct Place {
    pub(super) run: RunId,
    pub(super) thread: ThreadId,
    pub(super) owner: OwnerId,
}

/// Writes one run. Events are gathered until [`Journal::commit`], in the order they came.
pub(super) struct Journal {
    shared: Arc<Shared>,
    place: Place,
    frames: Frames,
    number: u64,
    log_bytes: usize,
    text_bytes: usize,
    agent: AgentId,
    /// The stretch being written.
    message: Option<Message>,
    unsaved: bool,
    /// Since when the thread could not be stored.
    behind_since: Option<Instant>,
    pub(super) account: Account,
}

impl Journal {
    pub(super) fn new(shared: Arc<Shared>, place: Place, agent: AgentId, account: Account) -> Self {
        Self {
            shared,
            place,
            frames: Frames::default(),
            number: 0,
            log_bytes: 0,
            text_bytes: 0,
            agent,
            message: None,
            unsaved: false,
            behind_since: None,
            account,
        }
    }

    pub(super) fn agent(&self) -> &AgentId {
        &self.agent
    }

    fn emit(&mut self, event: &RunEvent) {
        let before = self.frames.bytes.len();
        self.number += 1;
        frame::write(&mut self.frames, self.number, event);
        self.log_bytes += self.frames.bytes.len() - before;
    }

    /// Hands what was gathered to the log, and so to the readers.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        if self.frames.ends.is_empty() {
            return Ok(());
        }
        self.shared
            .runs
            .append(&self.place.run, &self.frames)
            .await?;
        self.frames.clear();
        Ok(())
    }

    /// The first event.
    pub(super) fn user_message(&mut self, message: &Message) {
        let Place { run, thread, .. } = &self.place;
        let event = RunEvent::user_message(run.clone(), thread.clone(), message);
        self.emit(&event);
    }

    /// From here on `agent` speaks: what the last one said is a message of its own.
    pub(super) async fn begin_stretch(&mut self, agent: AgentId) -> Result<(), StoreError> {
        let finished = self.message.take();
        self.account.agent(&agent);
        self.agent = agent.clone();
        self.emit(&RunEvent::AgentUpdated {
            agent: agent.clone(),
        });
        let begun = Message::answer(agent);
        self.message = Some(begun);
        self.commit().await?;
        match finished {
            Some(message) => self.store_patiently(&[message], Progress::Live).await,
            None => Ok(()),
        }
    }

    /// A piece of the answer.
    pub(super) fn text(&mut self, delta: String) -> Result<(), Failure> {
        self.account.text();
        self.text_bytes += delta.len();
        if self.text_bytes > OUTPUT_MAX_BYTES || self.log_bytes > LOG_MAX_BYTES {
            return Err(Failure::new(RunErrorCode::OutputTooLong));
        }
        if let Some(message) = &mut self.message {
            message.content.push_str(&delta);
            self.unsaved = true;
        }
        self.emit(&RunEvent::ContentDelta { delta });
        Ok(())
    }

    /// Length of the stretch's text so far.
    pub(super) fn text_len(&self) -> usize {
        self.message
            .as_ref()
            .map_or(0, |message| message.content.len())
    }

    /// The stretch's text from `start` on.
    pub(super) fn text_from(&self, start: usize) -> String {
        let message = self.message.as_ref();
        message
            .and_then(|message| message.content.get(start..))
            .unwrap_or_default()
            .to_owned()
    }

    /// A call that is about to run.
    pub(super) fn tool_call(&mut self, call: &super::tools::PreparedCall) {
        self.emit(&RunEvent::ToolCall {
            id: call.id.clone(),
            tool: call.tool.clone(),
            arguments: call.arguments.clone(),
            origin: ToolOrigin::Server,
        });
    }

    /// What the call gave.
    pub(super) fn tool_result(&mut self, call: &super::tools::PreparedCall, outcome: &ToolOutcome) {
        self.emit(&RunEvent::ToolResult {
            id: call.id.clone(),
            tool: call.tool.clone(),
            result: outcome.result.clone(),
            is_error: outcome.is_error,
        });
        if let Some(message) = &mut self.message {
            message.tool_calls.push(ToolCall {
                id: call.id.clone(),
                tool: call.tool.clone(),
                arguments: call.arguments.clone(),
                origin: ToolOrigin::Server,
                result: Some(outcome.result.clone()),
                is_error: outcome.is_error,
            });
            self.unsaved = true;
        }
    }

    /// Adds what the provider counted for one request.
    pub(super) fn count(&mut self, usage: Usage) {
        self.account.count(usage);
        if let Some(message) = &mut self.message {
            *message.usage.get_or_insert_default() += usage;
        }
    }

    /// Stores the stretch as far as it has come. While its store is away that is left to the next
    /// time: the answer goes on.
    pub(super) async fn save(&mut self) -> Result<(), StoreError> {
        let message = match &self.message {
            Some(message) if self.unsaved => message.clone(),
            _ => return Ok(()),
        };
        match self.store(&[message], Progress::Live).await {
            Ok(()) => {
                self.unsaved = false;
                self.behind_since = None;
                Ok(())
            }
            Err(error @ StoreError::Unavailable { .. }) => {
                tracing::warn!(%error, run.id = %self.place.run, "an answer could not be stored yet");
                let since = *self.behind_since.get_or_insert_with(Instant::now);
                if since.elapsed() < PATIENCE {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Tries again while the store is away, for as long as a run has patience.
    async fn store_patiently(
        &self,
        messages: &[Message],
        progress: Progress,
    ) -> Result<(), StoreError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.store(messages, progress.clone()).await {
                Err(StoreError::Unavailable { .. }) if Instant::now() < until => {
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result,
            }
        }
    }

    async fn store(&self, messages: &[Message], progress: Progress) -> Result<(), StoreError> {
        let Place { run, thread, owner } = &self.place;
        let threads = &self.shared.threads;
        if !threads
            .save(owner, thread, run, messages, &self.agent, progress)
            .await?
        {
            tracing::debug!(run.id = %run, "the thread of a run is gone");
        }
        Ok(())
    }

    /// The last events, the last state of the thread, the end of the log.
    ///
    /// The thread comes before `done`: who reads `done` and then the thread finds all in it.
    pub(super) async fn finish(mut self, outcome: &Outcome) {
        let usage = self.account.usage();
        let mut truncated = false;
        if let Some(message) = &mut self.message {
            match outcome {
                Outcome::Completed { truncated: cut } => {
                    truncated = *cut;
                    message.truncated = truncated;
                }
                Outcome::Cancelled => message.status = MessageStatus::Cancelled,
                Outcome::Failed(failure) => {
                    message.status = MessageStatus::Failed;
                    message.error = Some(failure.message_error());
                }
            }
        }
        let last: Vec<Message> = self.message.take().into_iter().collect();
        let mut outcome = outcome.clone();
        if let Err(error) = self.store_patiently(&last, Progress::Ended).await {
            tracing::error!(%error, run.id = %self.place.run, "the end of a run could not be stored");
            outcome = Outcome::Failed(Failure::from(error));
        }
        if let Outcome::Failed(failure) = &outcome {
            self.emit(&failure.event());
        }
        self.emit(&RunEvent::Done {
            status: outcome.status(),
            truncated,
            usage,
            interrupts: Vec::new(),
        });
        // Before the readers know: who has read `done` finds the run counted.
        self.account.close(&outcome);
        let Place { run, .. } = &self.place;
        if let Err(error) = self.shared.runs.append(run, &self.frames).await {
            tracing::error!(%error, run.id = %run, "the last events of a run could not be stored");
            self.account.store_failed(&error);
        }
        if let Err(error) = self.shared.runs.end(run).await {
            tracing::error!(%error, run.id = %run, "the log of a run could not be ended");
            self.account.store_failed(&error);
        }
    }
}
