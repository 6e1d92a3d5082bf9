//! Agents as clients see them.

use super::AgentId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An agent's id and display name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentInfo {
    /// The id used in events.
    pub id: AgentId,
    /// The display name.
    pub name: String,
}
