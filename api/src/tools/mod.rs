//! External MCP servers: connections, tool lists, calls, and the policy for permissions.
//!
//! The only MCP client of external servers. It does not know agents, threads or runs: the engine
//! asks for the offered tools, asks the visitor for permission, and calls.

mod connection;
mod definition;
mod http_client;
mod identity;
mod name;
mod question;
mod result;
mod server;
mod servers;
#[cfg(test)]
mod tests;

pub use definition::ServerTool;
pub use identity::Caller;
pub use question::{Ask, PendingQuestion, Reply};
pub use result::{CallResult, ServerOutcome};
pub use servers::{Offer, ToolServers, ToolServersError};
