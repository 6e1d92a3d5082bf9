//! One run: what it works with and where it writes.

use super::{
    call_budget::CallBudget,
    context::Context,
    failure::{Failure, Outcome},
    handoffs::Handoffs,
    history::Item,
    metrics::RunMetrics,
    resumption::Plan,
    run_log::RunLog,
    stop::Stop,
    thread_writer::ThreadWriter,
    toolbox::Toolbox,
};
use crate::{
    domain::{AgentId, ApiKey, ModelName, Notice, Pause, RunEvent, StoreError},
    provider::ProviderError,
    sessions::Allowance,
};
use std::sync::Arc;

/// A run under way.
pub(super) struct Run {
    pub(super) context: Arc<Context>,
    pub(super) key: ApiKey,
    /// The model that the visitor has chosen.
    pub(super) chosen_model: Option<ModelName>,
    pub(super) default_model: ModelName,
    /// The conversation so far.
    pub(super) items: Vec<Item>,
    pub(super) toolbox: Toolbox,
    pub(super) handoffs: Handoffs,
    pub(super) budget: CallBudget,
    /// What the run has said in notices.
    pub(super) notices: Vec<Notice>,
    /// Where its tokens count.
    pub(super) allowance: Allowance,
    /// Runs in a row that went on from a pause, this one included.
    pub(super) resumptions: usize,
    /// Approvals that hold for the rest of the thread.
    pub(super) remembered: Vec<String>,
    /// How it goes on from a pause, if it does.
    pub(super) plan: Option<Plan>,
    pub(super) stop: Stop,
    pub(super) log: RunLog,
    pub(super) thread: ThreadWriter,
    pub(super) metrics: RunMetrics,
}

/// Why the turns end before the model is done.
pub(super) enum Halt {
    Stopped(Outcome),
    Paused(Pause),
    Failed(Failure),
    Provider(ProviderError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(Failure::from(error))
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Run {
    /// From here on `agent` speaks.
    pub(super) async fn begin_segment(&mut self, agent: AgentId) -> Result<(), Halt> {
        self.metrics.agent(&agent);
        self.log.push(&RunEvent::AgentUpdated {
            agent: agent.clone(),
        })?;
        self.log.flush().await?;
        Ok(self.thread.begin_segment(agent).await?)
    }

    /// Tells the readers something once a run.
    pub(super) fn notify(&mut self, notice: Notice) -> Result<(), Failure> {
        if self.notices.iter().any(|said| said.code == notice.code) {
            return Ok(());
        }
        self.log.push(&RunEvent::Notice {
            code: notice.code,
            message: notice.message.clone(),
        })?;
        self.notices.push(notice);
        Ok(())
    }

    /// Counts the tokens before the readers see the end, so that the next message finds them.
    async fn count_tokens(&self) {
        let Some(usage) = self.metrics.usage() else {
            return;
        };
        let used = usage.input_tokens.saturating_add(usage.output_tokens);
        let sessions = &self.context.sessions;
        if let Err(error) = sessions.count_tokens(&self.allowance, used).await {
            tracing::error!(%error, "the tokens of a run could not be counted");
            self.metrics.store_failed(&error);
        }
    }

    /// Stores the last message, then writes the last events. In this order, so that a reader that
    /// has seen `done` finds everything in the thread.
    pub(super) async fn finish(mut self, mut outcome: Outcome) {
        if let Err(error) = self.thread.finish(&outcome).await {
            tracing::error!(%error, "the end of a run could not be saved");
            outcome = Outcome::Failed(Failure::from(error));
        }
        self.count_tokens().await;
        // Before the readers know: who has seen `done` finds the run counted.
        self.metrics.end(&outcome);
        let usage = self.metrics.usage();
        if let Err(error) = self.log.finish(&outcome, usage).await {
            tracing::error!(%error, "the last events of a run could not be written");
            self.metrics.store_failed(&error);
        }
    }
}
