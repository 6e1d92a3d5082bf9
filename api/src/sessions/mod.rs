//! Sessions, client secrets, MCP tokens, the sign-in throttle and usage limits.
//!
//! [`Sessions`] adds types and encryption to raw records with lifetimes ([`RecordStore`], one file
//! per backend).

mod by_owner;
#[cfg(test)]
mod contract;
mod forgetting;
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
pub use record::{Growth, RecordStore};
pub use store::{OpenSession, Sessions};
pub use throttle::{FAILURES, Guess, WINDOW};
pub use token::{SessionRef, SessionToken};
pub use usage::{Account, Allowance};
