//! Sessions and what lives beside them: client secrets, MCP tokens, the sign-in throttle.
//!
//! Typed and sealed once, in [`Sessions`], over raw records that end by themselves
//! ([`RecordStore`], one file a backend).

mod by_owner;
#[cfg(test)]
mod contract;
mod grants;
mod mcp_tokens;
pub mod memory;
mod record;
pub mod redis;
mod seal;
mod sealed_text;
pub mod sqlite;
mod store;
mod throttle;
mod token;
mod usage;

pub use grants::{ClientGrant, GRANT_LIFETIME, IssuedGrant};
pub use mcp_tokens::{
    IssueError, IssuedMcpToken, MCP_TOKEN_LIFETIME, MCP_TOKENS_PER_OWNER, McpTokenInfo,
};
pub use record::RecordStore;
pub use store::{OpenSession, Sessions};
pub use throttle::{FAILURES, Guess, WINDOW};
pub use token::{SessionRef, SessionToken};
pub use usage::{Account, Allowance};
