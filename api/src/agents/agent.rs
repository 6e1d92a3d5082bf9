//! One agent.

use crate::domain::{AgentId, Effort, ModelName, ToolSelector};

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
