//! A live run and its state.

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

pub(super) struct Run {
    pub(super) context: Arc<Context>,
    pub(super) key: ApiKey,
    /// The model chosen by the visitor.
    pub(super) chosen_model: Option<ModelName>,
    pub(super) default_model: ModelName,
    pub(super) items: Vec<Item>,
    pub(super) toolbox: Toolbox,
    pub(super) handoffs: Handoffs,
    pub(super) budget: CallBudget,
    pub(super) notices: Vec<Notice>,
    /// Where its tokens are charged.
    pub(super) allowance: Allowance,
    /// The number of consecutive runs that resumed from a pause, including this one.
    pub(super) resumptions: usize,
    /// Permissions that apply to the rest of the thread.
    pub(super) remembered: Vec<String>,
    /// How to resume, if the run does.
    pub(super) plan: Option<Plan>,
    pub(super) stop: Stop,
    pub(super) log: RunLog,
    pub(super) thread: ThreadWriter,
    pub(super) metrics: RunMetrics,
}

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
    pub(super) async fn begin_segment(&mut self, agent: AgentId) -> Result<(), Halt> {
        self.metrics.agent(&agent);
        self.log.push(&RunEvent::AgentUpdated {
            agent: agent.clone(),
        })?;
        self.log.flush().await?;
        Ok(self.thread.begin_segment(agent).await?)
    }

    /// Sends a notice, once per run.
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

    /// Charges the tokens before the readers see the end, so that they count for the next message.
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
    pub(super) async fn finish(mut self: Box<Self>, mut outcome: Outcome) {
        if let Err(error) = self.thread.finish(&outcome).await {
            tracing::error!(%error, "the end of a run could not be saved");
            outcome = Outcome::Failed(Failure::from(error));
        }
        self.count_tokens().await;
        // Before the last events, so that a reader that has seen `done` finds the run counted.
        self.metrics.end(&outcome);
        let usage = self.metrics.usage();
        if let Err(error) = self.log.finish(&outcome, usage).await {
            tracing::error!(%error, "the last events of a run could not be written");
            self.metrics.store_failed(&error);
        }
    }
}
