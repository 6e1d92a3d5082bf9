//! External MCP servers: connections, lists of tools, calls, and which calls need permission.
//!
//! The only module that is an MCP client of somebody else's server. It knows no agents, threads
//! or runs: the engine asks what is offered, decides on permission, and calls.

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
pub use question::{Answer, Ask, PendingQuestion};
pub use result::{CallResult, ServerOutcome};
pub use servers::{Offer, ToolServers, ToolServersError};
