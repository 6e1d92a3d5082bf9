//! Rules for the handoffs of a run.

use super::offer::Offer;
use crate::{
    agents::{Agent, Agents, handoff_target},
    domain::{AgentId, JsonObject, ToolOutcome},
};
use serde_json::Value;

/// The last handoff of a run, and whether its target has done anything since.
#[derive(Debug, Default)]
pub(super) struct Handoffs {
    from: Option<AgentId>,
    is_idle: bool,
}

impl Handoffs {
    pub(super) fn worked(&mut self) {
        self.is_idle = false;
    }

    /// Whether `agent` may hand over to `to` now: not straight back to the agent that has just
    /// handed over.
    pub(super) fn check(
        &mut self,
        agents: &Agents,
        agent: &Agent,
        to: &AgentId,
    ) -> Result<AgentId, ToolOutcome> {
        if self.is_idle && self.from.as_ref() == Some(to) {
            let name = agents.get(to).map_or(to.as_str(), |agent| &agent.name);
            return Err(ToolOutcome::error(format!(
                "{name} has just handed this over to you. Do not hand it back: answer as well as you can."
            )));
        }
        self.from = Some(agent.id.clone());
        self.is_idle = true;
        Ok(to.clone())
    }

    pub(super) fn refuse(&self, agent: &Agent, offer: &Offer, tool: &str) -> ToolOutcome {
        if handoff_target(tool) == Some(agent.id.as_str()) {
            ToolOutcome::error(format!(
                "You are the {} already. Answer yourself.",
                agent.name
            ))
        } else {
            offer.unknown_tool(tool)
        }
    }
}

pub(super) fn handed_over(to: &AgentId) -> ToolOutcome {
    let mut result = JsonObject::new();
    result.insert("agent".to_owned(), Value::String(to.to_string()));
    ToolOutcome {
        result,
        is_error: false,
    }
}
