//! The registry of agents.

use super::{agent::Agent, handoff};
use crate::domain::{AgentId, AgentInfo, ToolServerSpec, ToolSpec};

/// The agents, checked: all tools are known and all handoffs lead to one of them.
#[derive(Debug, Clone)]
pub struct Agents {
    pub(super) agents: Vec<Agent>,
    pub(super) entry: usize,
    pub(super) mcp_servers: Vec<ToolServerSpec>,
}

impl Agents {
    /// The built-in agents, as TOML.
    #[must_use]
    pub fn builtin_toml() -> &'static str {
        include_str!("../../agents.toml")
    }

    /// The MCP servers of the file, in its order.
    #[must_use]
    pub fn mcp_servers(&self) -> &[ToolServerSpec] {
        &self.mcp_servers
    }

    /// The agent of new conversations.
    #[must_use]
    pub fn entry(&self) -> &Agent {
        &self.agents[self.entry]
    }

    /// The agent with this id.
    #[must_use]
    pub fn get(&self, id: &AgentId) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.id == *id)
    }

    /// All agents, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Agent> {
        self.agents.iter()
    }

    /// All agents as clients see them, in the order of the file.
    #[must_use]
    pub fn infos(&self) -> Vec<AgentInfo> {
        self.iter()
            .map(|agent| AgentInfo {
                id: agent.id.clone(),
                name: agent.name.clone(),
            })
            .collect()
    }

    /// The handoff tools of `agent`, with their targets.
    pub fn handoffs(&self, agent: &Agent) -> impl Iterator<Item = (ToolSpec, AgentId)> {
        let targets = agent.handoffs.iter().filter_map(|target| self.get(target));
        targets.map(|target| (handoff::spec(target), target.id.clone()))
    }
}
