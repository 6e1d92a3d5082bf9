//! The agents of a deployment: who they are, what they may call, to whom they hand over.
//!
//! Data only. What a handoff does to a run is up to `chat`.

mod agent;
mod file;
mod handoff;
mod mcp_servers;
mod registry;

pub use agent::Agent;
pub use file::AgentsError;
pub use handoff::handoff_target;
pub use registry::Agents;
