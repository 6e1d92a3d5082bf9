//! Runs the calls of an answer: the tools first, then the first handoff, unless a call has to wait
//! for the visitor or the page.

use super::{
    answer::Answer,
    handoffs::handed_over,
    history::Item,
    metrics::ToolLabel,
    offer::{Offer, ServerCall, ToolKind},
    pause::{PausedAnswer, Waiting, interrupts},
    prepared_call::PreparedCall,
    resumption::remembered,
    run::{Halt, Run},
    thread_writer::STOPPED,
    toolbox::engine_error,
};
use crate::{
    agents::Agent,
    domain::{AgentId, Interrupt, RunEvent, ToolCall, ToolOrigin, ToolOutcome},
    tools::{CallResult, PendingQuestion, Reply, ServerOutcome},
};

pub(super) enum Next {
    Turn,
    Handoff(AgentId),
}

pub(super) enum Called {
    Done(ServerOutcome),
    Waits(Waiting),
}

impl Run {
    pub(super) async fn act(
        &mut self,
        agent: &Agent,
        offer: &Offer,
        answer: Answer,
    ) -> Result<Next, Halt> {
        self.budget.begin_answer();
        let calls = answer.calls.into_iter().map(PreparedCall::new);
        let (handoffs, tools): (Vec<_>, Vec<_>) = calls.partition(PreparedCall::is_handoff);
        let mut done = Vec::new();
        let mut paused = PausedAnswer::default();
        let mut open = Vec::new();
        for mut call in tools {
            self.handoffs.worked();
            if let Some(ToolKind::Page { .. }) = offer.find(&call.call.tool) {
                call.call.origin = ToolOrigin::Page;
            }
            self.announce(&call)?;
            self.log.flush().await?;
            match self.call_tool(offer, &call).await {
                Ok(Called::Done(outcome)) => self.settle(&mut call, outcome)?,
                Ok(Called::Waits(waiting)) => {
                    self.wait(agent, offer, &call, &waiting, &mut open);
                    paused.waiting.push((call.call.id.clone(), waiting));
                }
                Err(halt) => {
                    self.settle(&mut call, engine_error(STOPPED))?;
                    let is_waiting = |call: &PreparedCall| {
                        let mut waiting = paused.waiting.iter();
                        waiting.any(|(id, _)| *id == call.call.id)
                    };
                    for call in done.iter_mut().filter(|call| is_waiting(call)) {
                        self.settle(call, engine_error(STOPPED))?;
                    }
                    return Err(halt);
                }
            }
            self.log.flush().await?;
            done.push(call);
        }
        if !open.is_empty() {
            paused.handoffs = handoffs.into_iter().map(|call| call.call).collect();
            return Err(self.pause(&paused, open)?);
        }
        let target = self.hand_over(agent, offer, handoffs, &mut done)?;
        self.log.flush().await?;
        self.items.push(Item::Answer {
            agent: agent.id.clone(),
            text: answer.text,
            calls: done.into_iter().map(PreparedCall::into_history).collect(),
            carry: answer.carry,
        });
        Ok(target.map_or(Next::Turn, Next::Handoff))
    }

    /// Ends the run until `open` is answered.
    pub(super) fn pause(
        &mut self,
        paused: &PausedAnswer,
        open: Vec<Interrupt>,
    ) -> Result<Halt, Halt> {
        for interrupt in &open {
            self.metrics.interrupted(interrupt.reason);
        }
        let pause = paused.seal(&self.context, self.thread.thread_id(), open)?;
        Ok(Halt::Paused(pause))
    }

    /// Creates the interrupts of a waiting call.
    pub(super) fn wait(
        &self,
        agent: &Agent,
        offer: &Offer,
        call: &PreparedCall,
        waiting: &Waiting,
        open: &mut Vec<Interrupt>,
    ) {
        let read_only = matches!(
            offer.find(&call.call.tool),
            Some(ToolKind::Page { read_only: true })
        );
        open.extend(interrupts(
            &self.context,
            &agent.name,
            &call.call,
            waiting,
            read_only,
        ));
    }

    /// Calls a tool within the budget, unless the run is stopped or the call has to wait.
    async fn call_tool(&mut self, offer: &Offer, call: &PreparedCall) -> Result<Called, Halt> {
        if let Err(refusal) = self.budget.admit() {
            return Ok(Called::Done(refusal.into()));
        }
        if let Some(fault) = call.fault {
            return Ok(Called::Done(engine_error(fault)));
        }
        let call = &call.call;
        let outcome = match offer.find(&call.tool) {
            Some(ToolKind::Page { .. }) => return Ok(Called::Waits(Waiting::Page)),
            Some(ToolKind::Server(target)) if self.must_ask(target) => {
                return Ok(Called::Waits(Waiting::Approval {
                    server: target.server.clone(),
                    tool: target.tool.clone(),
                    fingerprint: target.fingerprint.clone(),
                }));
            }
            Some(ToolKind::Server(target)) => {
                if !target.is_read_only {
                    self.thread.mark_call().await?;
                }
                return self
                    .call_server(&target.server, &target.tool, call, None)
                    .await;
            }
            Some(ToolKind::Note) => {
                let timer = self.metrics.tool_called(offer.label(&call.tool));
                let stopped = self.stop.stopped();
                let outcome = tokio::select! {
                    biased;
                    outcome = stopped => return Err(Halt::Stopped(outcome)),
                    outcome = self.toolbox.call_note_tool(call) => outcome,
                };
                timer.answered(outcome.is_error);
                outcome
            }
            Some(ToolKind::Handoff(_)) | None => {
                let timer = self.metrics.tool_called(offer.label(&call.tool));
                timer.answered(true);
                offer.unknown_tool(&call.tool)
            }
        };
        Ok(Called::Done(self.budget.fit(outcome.into())))
    }

    /// Calls a server's tool, or goes on with a call that asked something, unless the run is
    /// stopped meanwhile.
    pub(super) async fn call_server(
        &mut self,
        server: &str,
        tool: &str,
        call: &ToolCall,
        answered: Option<(PendingQuestion, Vec<Reply>)>,
    ) -> Result<Called, Halt> {
        let timer = self.metrics.tool_called(ToolLabel::Server(server));
        let stopped = self.stop.stopped();
        let result = tokio::select! {
            biased;
            outcome = stopped => {
                timer.dropped();
                return Err(Halt::Stopped(outcome));
            }
            result = self.toolbox.call_server(server, tool, call, answered) => result,
        };
        Ok(match result {
            CallResult::Done(outcome) => {
                timer.answered(outcome.outcome.is_error);
                Called::Done(self.budget.fit(outcome))
            }
            CallResult::Question(question) => {
                timer.asked();
                Called::Waits(Waiting::Question {
                    server: server.to_owned(),
                    tool: tool.to_owned(),
                    question,
                })
            }
        })
    }

    /// Whether the call needs the visitor's permission.
    fn must_ask(&self, call: &ServerCall) -> bool {
        let key = remembered(&call.server, &call.tool, &call.fingerprint);
        call.needs_approval && !self.remembered.contains(&key)
    }

    /// Answers the handoffs of an answer, of which the first permitted one counts.
    pub(super) fn hand_over(
        &mut self,
        agent: &Agent,
        offer: &Offer,
        calls: Vec<PreparedCall>,
        done: &mut Vec<PreparedCall>,
    ) -> Result<Option<AgentId>, Halt> {
        let mut target = None;
        let mut answered = Vec::new();
        for call in calls {
            let allowed = match offer.find(&call.call.tool) {
                _ if target.is_some() => Err(ToolOutcome::error(
                    "Only one handoff at a time: the first one counts.",
                )),
                Some(ToolKind::Handoff(to)) => self.handoffs.check(&self.context.agents, agent, to),
                _ => Err(self.handoffs.refuse(agent, offer, &call.call.tool)),
            };
            let outcome = match allowed {
                Ok(to) => handed_over(target.insert(to)),
                Err(refusal) => refusal,
            };
            answered.push((call, outcome));
        }
        // Refusals first, so that `agent_updated` directly follows the result of the handoff.
        answered.sort_by_key(|(_, outcome)| !outcome.is_error);
        for (mut call, outcome) in answered {
            let timer = self.metrics.tool_called(offer.label(&call.call.tool));
            timer.answered(outcome.is_error);
            self.announce(&call)?;
            self.settle(&mut call, outcome.into())?;
            done.push(call);
        }
        Ok(target)
    }

    /// Tells the readers of a call, and adds it to the thread without a result.
    fn announce(&mut self, call: &PreparedCall) -> Result<(), Halt> {
        let call = &call.call;
        self.thread.push_call(call.clone());
        Ok(self.log.push(&RunEvent::ToolCall {
            id: call.id.clone(),
            tool: call.tool.clone(),
            arguments: call.arguments.clone(),
            origin: call.origin,
        })?)
    }

    /// Sends the result of a call to the readers and stores it in the thread.
    fn settle(&mut self, call: &mut PreparedCall, outcome: ServerOutcome) -> Result<(), Halt> {
        call.answer(&outcome.outcome);
        call.for_model = outcome.for_model;
        self.thread.answer_call(&call.call.id, &outcome.outcome);
        let call = &call.call;
        Ok(self.log.push(&RunEvent::ToolResult {
            id: call.id.clone(),
            tool: call.tool.clone(),
            result: outcome.outcome.result,
            is_error: call.is_error,
        })?)
    }
}
