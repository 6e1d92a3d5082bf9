//! The turns of a run: model → tools or handoff → model, until the model has nothing to call.

use super::{
    account::Asked,
    engine::Shared,
    failure::{Failure, Outcome},
    history::{self, Call, Item},
    journal::{FLUSH_EVERY, Journal},
    stop::Stop,
    tools::{Handoffs, PreparedCall, Toolbox, handed_over, known, offered},
};
use crate::{
    agents::Agent,
    domain::{ApiKey, ModelName, RunErrorCode, StoreError, ToolOutcome, ToolSpec, Usage},
    provider::{
        AnswerEnd, Carry, FinishReason, ModelEvent, ModelRequest, ModelToolCall, ProviderError,
        ProviderErrorKind,
    },
};
use futures_util::{FutureExt, Stream, StreamExt};
use std::{pin::pin, sync::Arc};
use tokio::time::{Instant, sleep_until};

/// Most requests to the model in one run.
pub(super) const MAX_TURNS: usize = 10;
/// Most events of the provider that are handled before the readers get to see them.
const BATCH: usize = 128;

/// What a run works with.
pub(super) struct Run {
    pub(super) shared: Arc<Shared>,
    pub(super) key: ApiKey,
    pub(super) model: ModelName,
    pub(super) items: Vec<Item>,
    pub(super) toolbox: Toolbox,
    pub(super) stop: Stop,
}

/// Why the turns end before the model is done.
enum Interrupt {
    Stopped(Outcome),
    Failed(Failure),
    Provider(ProviderError),
}

impl From<StoreError> for Interrupt {
    fn from(error: StoreError) -> Self {
        Self::Failed(Failure::from(error))
    }
}

impl From<Failure> for Interrupt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// One answer of the model.
struct Answer {
    text: String,
    calls: Vec<ModelToolCall>,
    reason: FinishReason,
    usage: Option<Usage>,
    carry: Carry,
}

impl Run {
    /// Takes turns until the run is over; what happened is in the journal.
    pub(super) async fn converse(&mut self, journal: &mut Journal) -> Outcome {
        match self.turns(journal).await {
            Ok(outcome) | Err(Interrupt::Stopped(outcome)) => outcome,
            Err(Interrupt::Failed(failure)) => Outcome::Failed(failure),
            Err(Interrupt::Provider(error)) => {
                tracing::warn!(kind = ?error.kind, detail = %error.detail, "the provider failed a run");
                Outcome::Failed(Failure::from(&error))
            }
        }
    }

    async fn turns(&mut self, journal: &mut Journal) -> Result<Outcome, Interrupt> {
        let shared = Arc::clone(&self.shared);
        journal.begin_stretch(journal.agent().clone()).await?;
        let mut handoffs = Handoffs::default();
        for _ in 0..MAX_TURNS {
            let agent = shared
                .agents
                .get(journal.agent())
                .unwrap_or_else(|| shared.agents.entry());
            let answer = self.ask(journal, agent).await?;
            if !answer.text.is_empty() {
                handoffs.worked();
            }
            if answer.calls.is_empty() {
                let truncated = answer.reason == FinishReason::Length;
                return Ok(Outcome::Completed { truncated });
            }
            self.act(journal, agent, answer, &mut handoffs).await?;
        }
        Err(Failure::new(RunErrorCode::MaxIterations).into())
    }

    /// One request to the model; when it says that the conversation is too long, one shorter.
    async fn ask(&mut self, journal: &mut Journal, agent: &Agent) -> Result<Answer, Interrupt> {
        let tools = offered(&self.shared, agent);
        let budget = self.shared.options.context_tokens;
        let view = self.view(agent, &tools, budget);
        let (tokens, can_shrink) = (view.tokens, view.can_shrink);
        match self.stream(journal, agent, view, &tools).await {
            Err(Interrupt::Provider(error))
                if error.kind == ProviderErrorKind::ContextTooLong && can_shrink =>
            {
                tracing::info!(
                    tokens,
                    "the conversation is too long for the model; asking with half"
                );
                let view = self.view(agent, &tools, tokens / 2);
                self.stream(journal, agent, view, &tools).await
            }
            result => result,
        }
    }

    fn view(&self, agent: &Agent, tools: &[ToolSpec], budget: usize) -> history::View {
        history::view(&self.items, agent, &self.shared.agents, tools, budget)
    }

    async fn stream(
        &mut self,
        journal: &mut Journal,
        agent: &Agent,
        view: history::View,
        tools: &[ToolSpec],
    ) -> Result<Answer, Interrupt> {
        let request = ModelRequest {
            model: self.model.clone(),
            effort: None,
            system: view.system,
            messages: view.messages,
            tools: tools.to_vec(),
        };
        let mut asked = journal.account.ask(agent, &self.model);
        let events = self.shared.provider.stream(&self.key, request);
        let result = self.listen(journal, &mut asked, events).await;
        match &result {
            Ok(answer) => asked.answered(answer.usage),
            Err(Interrupt::Provider(error)) => asked.failed(error),
            Err(Interrupt::Stopped(_) | Interrupt::Failed(_)) => asked.dropped(),
        }
        result
    }

    async fn listen(
        &self,
        journal: &mut Journal,
        asked: &mut Asked,
        events: impl Stream<Item = Result<ModelEvent, ProviderError>>,
    ) -> Result<Answer, Interrupt> {
        let mut events = pin!(events);
        let mut stopped = pin!(self.stop.stopped());
        let mut save = pin!(sleep_until(Instant::now() + FLUSH_EVERY));
        let start = journal.text_len();
        let mut calls = Vec::new();
        loop {
            let event = tokio::select! {
                biased;
                outcome = &mut stopped => return Err(Interrupt::Stopped(outcome)),
                () = &mut save => {
                    journal.save().await?;
                    save.as_mut().reset(Instant::now() + FLUSH_EVERY);
                    continue;
                }
                event = events.next() => event,
            };
            asked.event();
            // What has come already goes to the readers together.
            let mut event = event;
            for n in 1.. {
                if let Some(AnswerEnd {
                    reason,
                    usage,
                    carry,
                    ..
                }) = take(journal, &mut calls, event)?
                {
                    usage.into_iter().for_each(|usage| journal.count(usage));
                    journal.commit().await?;
                    return Ok(Answer {
                        text: journal.text_from(start),
                        calls,
                        reason,
                        usage,
                        carry,
                    });
                }
                match (n < BATCH).then(|| events.next().now_or_never()).flatten() {
                    Some(next) => event = next,
                    None => break,
                }
            }
            journal.commit().await?;
        }
    }

    /// Runs the calls of an answer: the tools first, then the first handoff.
    async fn act(
        &mut self,
        journal: &mut Journal,
        agent: &Agent,
        answer: Answer,
        handoffs: &mut Handoffs,
    ) -> Result<(), Interrupt> {
        let calls: Vec<PreparedCall> = answer.calls.into_iter().map(PreparedCall::new).collect();
        let (hand, tools): (Vec<_>, Vec<_>) =
            calls.into_iter().partition(|call| call.handoff().is_some());
        let mut done = Vec::new();
        for call in tools {
            handoffs.worked();
            journal.tool_call(&call);
            journal.commit().await?;
            let called = journal.account.call(known(agent, &call));
            let stopped = self.stop.stopped();
            let outcome = tokio::select! {
                biased;
                outcome = stopped => {
                    journal.tool_result(&call, &ToolOutcome::error("Stopped before the tool answered."));
                    return Err(Interrupt::Stopped(outcome));
                }
                outcome = self.toolbox.call(&self.shared, agent, &call) => outcome,
            };
            called.answered(outcome.is_error);
            journal.tool_result(&call, &outcome);
            journal.commit().await?;
            done.push(finished(&call, &outcome));
        }
        let mut target = None;
        let mut handed = Vec::new();
        for call in hand {
            let outcome = match (call.handoff(), &target) {
                (Some(to), None) => match handoffs.check(&self.shared, agent, to) {
                    Ok(to) => {
                        let outcome = handed_over(&to);
                        target = Some(to);
                        outcome
                    }
                    Err(refusal) => refusal,
                },
                _ => ToolOutcome::error("Only one handoff at a time: the first one counts."),
            };
            handed.push((call, outcome));
        }
        // What is refused is said first: `agent_updated` follows on the result of what is not.
        handed.sort_by_key(|(_, outcome)| !outcome.is_error);
        for (call, outcome) in handed {
            let called = journal.account.call(known(agent, &call));
            called.answered(outcome.is_error);
            journal.tool_call(&call);
            journal.tool_result(&call, &outcome);
            done.push(finished(&call, &outcome));
        }
        journal.commit().await?;
        self.items.push(Item::Answer {
            agent: agent.id.clone(),
            text: answer.text,
            calls: done,
            carry: answer.carry,
        });
        if let Some(to) = target {
            tracing::debug!(from = %agent.id, %to, "handoff");
            journal.begin_stretch(to).await?;
        }
        Ok(())
    }
}

/// Takes one event in; gives the end.
fn take(
    journal: &mut Journal,
    calls: &mut Vec<ModelToolCall>,
    event: Option<Result<ModelEvent, ProviderError>>,
) -> Result<Option<AnswerEnd>, Interrupt> {
    match event {
        Some(Ok(ModelEvent::Text(delta))) => journal.text(delta)?,
        Some(Ok(ModelEvent::ToolCall(call))) => calls.push(call),
        Some(Ok(ModelEvent::End(end))) => return Ok(Some(end)),
        Some(Ok(
            ModelEvent::WithoutTools | ModelEvent::Reasoning(_) | ModelEvent::TextWasReasoning,
        )) => {}
        Some(Err(error)) => return Err(Interrupt::Provider(error)),
        None => return Err(Failure::new(RunErrorCode::ProviderInvalidResponse).into()),
    }
    Ok(None)
}

fn finished(call: &PreparedCall, outcome: &ToolOutcome) -> Call {
    Call {
        id: call.id.to_string(),
        tool: call.tool.clone(),
        arguments: call.arguments_text(),
        result: history::to_text(&outcome.result),
        carry: call.carry.clone(),
    }
}
