//! The configured agents with their tools and handoffs.
//!
//! Data only: `chat` carries out handoffs.

mod agent;
mod agent_table;
mod file;
mod handoff;
mod mcp_servers;
mod registry;

pub use agent::Agent;
pub use file::AgentsError;
pub use handoff::handoff_target;
pub use registry::Agents;
