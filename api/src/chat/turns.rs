//! The turns of a run: the model, then tools or a handoff, until the model calls nothing.

use super::{
    answer::Answer,
    calls::Next,
    failure::{Failure, Outcome},
    offer::Offer,
    run::{Halt, Run},
    view::{self, View},
};
use crate::{
    agents::Agent,
    domain::{Effort, ModelName, Notice, NoticeCode, RunErrorCode},
    provider::{FinishReason, ModelRequest, ProviderErrorKind},
};
use std::sync::Arc;

/// Most requests to the model in one run.
pub(super) const MAX_TURNS: usize = 10;

impl Run {
    pub(super) async fn converse(&mut self) -> Outcome {
        match self.turns().await {
            Ok(outcome) | Err(Halt::Stopped(outcome)) => outcome,
            Err(Halt::Paused(pause)) => Outcome::Interrupted(pause),
            Err(Halt::Failed(failure)) => Outcome::Failed(failure),
            Err(Halt::Provider(error)) => {
                let key_is_lent = self.allowance.lent.is_some();
                tracing::warn!(
                    kind = ?error.kind,
                    detail = %error.detail,
                    advice = error.advice,
                    key_is_lent,
                    "the provider failed"
                );
                Outcome::Failed(Failure::of_provider(&error, key_is_lent))
            }
        }
    }

    /// Boxes the short steps: a run that reads an answer for minutes must not carry the room that
    /// its other steps take.
    async fn turns(&mut self) -> Result<Outcome, Halt> {
        let agents = Arc::clone(&self.context.agents);
        let current = |run: &Self| agents.get(run.thread.agent()).unwrap_or(agents.entry());
        let first = match self.plan.take() {
            None => Next::Turn,
            Some(plan) => Box::pin(self.resume(current(self), plan)).await?,
        };
        let speaker = match first {
            Next::Turn => self.thread.agent().clone(),
            Next::Handoff(to) => to,
        };
        Box::pin(self.begin_segment(speaker)).await?;
        for _ in 0..MAX_TURNS {
            let agent = current(self);
            let offer = Box::pin(self.toolbox.offer(agent)).await;
            self.tell_of_servers_away(&offer)?;
            let answer = self.ask(agent, &offer).await?;
            if answer.calls.is_empty() {
                let truncated = answer.reason == FinishReason::Length;
                return Ok(Outcome::Completed { truncated });
            }
            if let Next::Handoff(to) = Box::pin(self.act(agent, &offer, answer)).await? {
                tracing::debug!(from = %agent.id, %to, "handoff");
                Box::pin(self.begin_segment(to)).await?;
            }
        }
        Err(Failure::new(RunErrorCode::MaxIterations).into())
    }

    fn tell_of_servers_away(&mut self, offer: &Offer) -> Result<(), Failure> {
        if offer.away.is_empty() {
            return Ok(());
        }
        let away = offer.away.join(", ");
        tracing::warn!(servers = away, "tools are unavailable");
        for server in &offer.away {
            self.metrics.server_away(server);
        }
        self.notify(Notice {
            code: NoticeCode::ToolsUnavailable,
            message: format!("Some tools are not available right now ({away})."),
        })
    }

    /// Asks the model, and again with half of the conversation if it was too long.
    async fn ask(&mut self, agent: &Agent, offer: &Offer) -> Result<Answer, Halt> {
        let view = self.view(agent, offer, self.context.options.context_tokens);
        let (tokens, can_shrink) = (view.tokens, view.can_shrink);
        match self.request(agent, offer, view).await {
            Err(Halt::Provider(error))
                if error.kind == ProviderErrorKind::ContextTooLong && can_shrink =>
            {
                tracing::info!(
                    tokens,
                    "the conversation is too long; asking with half of it"
                );
                let view = self.view(agent, offer, tokens / 2);
                self.request(agent, offer, view).await
            }
            result => result,
        }
    }

    fn view(&self, agent: &Agent, offer: &Offer, budget: usize) -> View {
        view::view(
            &self.items,
            agent,
            &self.context.agents,
            offer.specs(),
            self.toolbox.page_context(),
            budget,
        )
    }

    async fn request(&mut self, agent: &Agent, offer: &Offer, view: View) -> Result<Answer, Halt> {
        let (model, effort) = self.model_for(agent);
        let mut timer = self.metrics.model_asked(agent, &model);
        let events = self.context.models.stream(
            &self.key,
            ModelRequest {
                model,
                effort,
                system: view.system,
                messages: view.messages,
                tools: offer.specs().to_vec(),
            },
        );
        let result = self.read_answer(&mut timer, events).await;
        match &result {
            Ok(answer) => timer.answered(answer.usage),
            Err(Halt::Provider(error)) => timer.failed(error),
            Err(Halt::Stopped(_) | Halt::Paused(_) | Halt::Failed(_)) => timer.dropped(),
        }
        result
    }

    /// The visitor's choice, else the agent's, else the default. An agent's effort applies to its
    /// own model only.
    fn model_for(&self, agent: &Agent) -> (ModelName, Option<Effort>) {
        match (&self.chosen_model, &agent.model) {
            (Some(chosen), _) => (chosen.clone(), None),
            (None, Some(own)) => (own.clone(), agent.effort),
            (None, None) => (self.default_model.clone(), None),
        }
    }
}
