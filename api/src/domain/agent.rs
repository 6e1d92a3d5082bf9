//! An agent as a client sees it.

use super::AgentId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An agent's id and the name people read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentInfo {
    /// The id that events carry.
    pub id: AgentId,
    /// The name for people.
    pub name: String,
}
