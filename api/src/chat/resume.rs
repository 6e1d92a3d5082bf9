//! Resumes a paused run: gives the waiting calls their results, then makes the postponed handoff.

use super::{
    calls::{Called, Next},
    failure::Failure,
    history,
    metrics::ToolLabel,
    offer::Offer,
    pause::PausedAnswer,
    prepared_call::PreparedCall,
    resumption::{Plan, Step},
    run::{Halt, Run},
    thread_writer::STOPPED,
    toolbox::engine_error,
};
use crate::{
    agents::Agent,
    domain::{RunErrorCode, RunEvent, ToolCall, ToolOrigin},
    tools::ServerOutcome,
};
use std::collections::HashMap;

const RESUMPTIONS_MAX: usize = 25;

impl Run {
    /// Gives each waiting call its result. If a call has to wait again, the run ends once the
    /// others have theirs.
    pub(super) async fn resume(&mut self, agent: &Agent, plan: Plan) -> Result<Next, Halt> {
        let offer = self.toolbox.offer(agent).await;
        self.budget.begin_answer();
        let is_last = self.resumptions > RESUMPTIONS_MAX;
        let mut paused = PausedAnswer {
            waiting: Vec::new(),
            handoffs: plan.handoffs,
        };
        let mut open = Vec::new();
        let mut for_model = HashMap::new();
        for (id, step) in plan.steps {
            let calls = self.thread.message().map_or(&[][..], |m| &m.tool_calls[..]);
            let Some(call) = calls.iter().find(|call| call.id == id).cloned() else {
                continue;
            };
            match self.take_step(&offer, &call, step).await {
                Ok(Called::Done(mut outcome)) => {
                    if let Some(text) = outcome.for_model.take() {
                        for_model.insert(id, text);
                    }
                    self.give_result(&call, outcome).await?;
                }
                Ok(Called::Waits(_)) if is_last => {
                    let outcome = engine_error("The tool asked too often; the call was given up.");
                    self.give_result(&call, outcome).await?;
                }
                Err(halt) => {
                    self.give_result(&call, engine_error(STOPPED)).await?;
                    return Err(halt);
                }
                Ok(Called::Waits(waiting)) => {
                    let call = PreparedCall::from(call);
                    self.wait(agent, &offer, &call, &waiting, &mut open);
                    paused.waiting.push((call.call.id.clone(), waiting));
                }
            }
        }
        if is_last {
            return Err(Failure::new(RunErrorCode::MaxIterations).into());
        }
        if !open.is_empty() {
            return Err(self.pause(&paused, open)?);
        }
        let handoffs = paused
            .handoffs
            .into_iter()
            .map(PreparedCall::from)
            .collect();
        let target = self.hand_over(agent, &offer, handoffs, &mut Vec::new())?;
        self.log.flush().await?;
        let message = self.thread.message().cloned();
        let mut items = history::items(message.into_iter().collect());
        history::replace_results(&mut items, &for_model);
        self.items.append(&mut items);
        Ok(target.map_or(Next::Turn, Next::Handoff))
    }

    /// The result of a waiting call, or what it waits for now.
    async fn take_step(
        &mut self,
        offer: &Offer,
        call: &ToolCall,
        step: Step,
    ) -> Result<Called, Halt> {
        let (server, tool, answered) = match step {
            Step::Known(outcome) => {
                if call.origin == ToolOrigin::Page {
                    let timer = self.metrics.tool_called(ToolLabel::Page);
                    timer.answered(outcome.is_error);
                }
                return Ok(Called::Done(self.budget.fit(outcome.into())));
            }
            Step::Call {
                server,
                tool,
                fingerprint,
            } => {
                // The call must be the one that was shown to the visitor.
                let offered = offer.find_server_tool(&server, &tool);
                if offered.is_none_or(|offered| offered.fingerprint != fingerprint) {
                    return Ok(Called::Done(engine_error(
                        "The tool is gone or has changed since it was allowed; it was not called.",
                    )));
                }
                (server, tool, None)
            }
            Step::Answer {
                server,
                tool,
                question,
                answers,
            } => (server, tool, Some((question, answers))),
        };
        match self.budget.admit() {
            Ok(()) => self.call_server(&server, &tool, call, answered).await,
            Err(refusal) => Ok(Called::Done(refusal.into())),
        }
    }

    /// Sends and stores a result before the next call is made.
    async fn give_result(&mut self, call: &ToolCall, outcome: ServerOutcome) -> Result<(), Halt> {
        self.thread.answer_call(&call.id, &outcome.outcome);
        self.log.push(&RunEvent::ToolResult {
            id: call.id.clone(),
            tool: call.tool.clone(),
            result: outcome.outcome.result,
            is_error: outcome.outcome.is_error,
        })?;
        self.log.flush().await?;
        Ok(self.thread.save().await?)
    }
}
