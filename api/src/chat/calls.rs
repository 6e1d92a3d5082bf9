//! Runs the calls of one answer: the tools first, then the first handoff.

use super::{
    answer::Answer,
    handoffs::handed_over,
    history::Item,
    offer::{Offer, ToolKind},
    run::{Halt, Run},
    toolbox::PreparedCall,
};
use crate::{
    agents::Agent,
    domain::{AgentId, RunEvent, ToolOutcome},
};

impl Run {
    /// Runs the calls and adds the answer to the conversation. Returns the agent that it hands
    /// over to, if any.
    pub(super) async fn act(
        &mut self,
        agent: &Agent,
        offer: &Offer,
        answer: Answer,
    ) -> Result<Option<AgentId>, Halt> {
        self.budget.begin_answer();
        let calls = answer.calls.into_iter().map(PreparedCall::new);
        let (handoffs, tools): (Vec<_>, Vec<_>) = calls.partition(PreparedCall::is_handoff);
        let mut done = Vec::new();
        for mut call in tools {
            self.handoffs.worked();
            self.announce(&call)?;
            self.log.flush().await?;
            let outcome = self.call_tool(offer, &call).await;
            let halt = match outcome {
                Ok(outcome) => {
                    self.settle(&mut call, outcome)?;
                    None
                }
                Err(halt) => {
                    let outcome = ToolOutcome::error("Stopped before the tool answered.");
                    self.settle(&mut call, outcome)?;
                    Some(halt)
                }
            };
            if let Some(halt) = halt {
                return Err(halt);
            }
            self.log.flush().await?;
            done.push(call);
        }
        let target = self.hand_over(agent, offer, handoffs, &mut done)?;
        self.log.flush().await?;
        self.items.push(Item::Answer {
            agent: agent.id.clone(),
            text: answer.text,
            calls: done.into_iter().map(PreparedCall::into_history).collect(),
            carry: answer.carry,
        });
        Ok(target)
    }

    /// Calls a tool within the budget, unless the run is stopped meanwhile.
    async fn call_tool(&mut self, offer: &Offer, call: &PreparedCall) -> Result<ToolOutcome, Halt> {
        if let Err(refusal) = self.budget.admit() {
            return Ok(refusal);
        }
        let timer = self.metrics.tool_called(offer.name_of(&call.call.tool));
        let outcome = tokio::select! {
            biased;
            outcome = self.stop.stopped() => return Err(Halt::Stopped(outcome)),
            outcome = self.toolbox.call(offer, call) => outcome,
        };
        timer.answered(outcome.is_error);
        Ok(self.budget.fit(outcome))
    }

    /// Answers the handoffs of one answer: the first that is allowed counts.
    fn hand_over(
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
        // Refusals first, so that `agent_updated` follows the result of the handoff that counts.
        answered.sort_by_key(|(_, outcome)| !outcome.is_error);
        for (mut call, outcome) in answered {
            let timer = self.metrics.tool_called(offer.name_of(&call.call.tool));
            timer.answered(outcome.is_error);
            self.announce(&call)?;
            self.settle(&mut call, outcome)?;
            done.push(call);
        }
        Ok(target)
    }

    fn announce(&mut self, call: &PreparedCall) -> Result<(), Halt> {
        let call = &call.call;
        Ok(self.log.push(&RunEvent::ToolCall {
            id: call.id.clone(),
            tool: call.tool.clone(),
            arguments: call.arguments.clone(),
            origin: call.origin,
        })?)
    }

    /// Tells the readers what a call returned, and keeps it in the thread.
    fn settle(&mut self, call: &mut PreparedCall, outcome: ToolOutcome) -> Result<(), Halt> {
        let call = &mut call.call;
        call.result = Some(outcome.result.clone());
        call.is_error = outcome.is_error;
        self.thread.push_call(call.clone());
        Ok(self.log.push(&RunEvent::ToolResult {
            id: call.id.clone(),
            tool: call.tool.clone(),
            result: outcome.result,
            is_error: outcome.is_error,
        })?)
    }
}
