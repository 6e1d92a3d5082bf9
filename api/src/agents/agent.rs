//! Agents.

use crate::domain::{AgentId, Effort, ModelName, ToolSelector};
use std::sync::Arc;

/// An agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// The id in events and threads.
    pub id: AgentId,
    /// The display name.
    pub name: String,
    /// Its abilities, described for agents that can hand over to it.
    pub description: String,
    /// Its system prompt.
    pub instructions: Arc<str>,
    /// The model it uses, unless the visitor has chosen one.
    pub model: Option<ModelName>,
    /// The reasoning effort for that model.
    pub effort: Option<Effort>,
    /// The tools it may call, besides handoffs.
    pub tools: Vec<ToolSelector>,
    /// The agents it may hand over to; never itself.
    pub handoffs: Vec<AgentId>,
}
