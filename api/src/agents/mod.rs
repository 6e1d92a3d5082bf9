//! The agents of a deployment: who they are, what they may call, to whom they hand over.
//!
//! Data only. What a handoff does to a run is up to `chat`.

mod file;
mod handoff;
mod mcp_servers;

use crate::domain::{
    AgentId, AgentInfo, Effort, ModelName, ToolSelector, ToolServerSpec, ToolSpec,
};

pub use file::AgentsError;
pub use handoff::handoff_target;

/// One agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The id in events and threads.
    pub id: AgentId,
    /// The name that people read.
    pub name: String,
    /// What it is good at, for the agents that may hand over to it.
    pub description: String,
    /// Its system prompt.
    pub instructions: String,
    /// The model that it runs on, unless the visitor has chosen one.
    pub model: Option<ModelName>,
    /// How long that model should think.
    pub effort: Option<Effort>,
    /// The tools that it may call, without handoffs.
    pub tools: Vec<ToolSelector>,
    /// The agents that it may hand over to; never itself.
    pub handoffs: Vec<AgentId>,
}

/// The agents, checked: every tool is known, every handoff leads to one of them.
#[derive(Debug, Clone)]
pub struct Agents {
    agents: Vec<Agent>,
    entry: usize,
    mcp_servers: Vec<ToolServerSpec>,
}

impl Agents {
    /// The agents that come with the program, as TOML.
    #[must_use]
    pub fn builtin_toml() -> &'static str {
        include_str!("../../agents.toml")
    }

    /// Reads agents from TOML. `known_tools` are the note tools; `env` gives the secrets that the
    /// file names.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, in one error.
    pub fn parse(
        toml: &str,
        known_tools: &[String],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AgentsError> {
        file::parse(toml, known_tools, env)
    }

    /// The MCP servers of the file, in its order.
    #[must_use]
    pub fn mcp_servers(&self) -> &[ToolServerSpec] {
        &self.mcp_servers
    }

    /// The agent that a new conversation begins with.
    #[must_use]
    pub fn entry(&self) -> &Agent {
        &self.agents[self.entry]
    }

    /// The agent of that id.
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

    /// The handoff tools that `agent` is offered, each with the agent that it leads to.
    pub fn handoffs(&self, agent: &Agent) -> impl Iterator<Item = (ToolSpec, AgentId)> {
        let targets = agent.handoffs.iter().filter_map(|target| self.get(target));
        targets.map(|target| (handoff::spec(target), target.id.clone()))
    }
}
