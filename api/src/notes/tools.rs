//! The note tools: an MCP server that agents call in process and others at `/mcp`.
//!
//! Besides `http/mcp.rs` the only module that uses rmcp as a server; its interface has our own
//! types.

mod arguments;
mod client;
mod server;

#[cfg(test)]
mod tests;

pub use client::{ToolClient, ToolError};
pub use server::NoteServer;

use super::NoteStore;
use crate::domain::{OwnerId, ToolSpec};
use std::{fmt, sync::Arc};

/// The note tools on top of a store.
#[derive(Clone)]
pub struct NoteTools {
    store: Arc<dyn NoteStore>,
}

impl fmt::Debug for NoteTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteTools")
    }
}

impl NoteTools {
    /// The tools on top of `store`.
    #[must_use]
    pub fn new(store: Arc<dyn NoteStore>) -> Self {
        Self { store }
    }

    /// The server's tools as models see them.
    #[must_use]
    pub fn specs(&self) -> Vec<ToolSpec> {
        server::specs()
    }

    /// The MCP server for an owner's notes.
    #[must_use]
    pub fn server(&self, owner: OwnerId) -> NoteServer {
        NoteServer::new(Arc::clone(&self.store), owner)
    }

    /// A client of [`NoteTools::server`] over an in-memory pipe. Dropping it stops the server. If
    /// it fails, agents have no tools.
    pub async fn connect(&self, owner: OwnerId) -> Result<ToolClient, ToolError> {
        ToolClient::connect(self.server(owner)).await
    }
}
