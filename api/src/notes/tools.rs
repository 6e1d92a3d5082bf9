//! The note tools: one MCP server, called in process by agents and served at `/mcp` to others.
//!
//! With `http/mcp.rs` the only place that knows rmcp; what crosses the border is ours.

mod arguments;
mod client;
mod server;

#[cfg(test)]
mod tests;

pub use client::{ToolClient, ToolFault};
pub use server::NoteServer;

use super::NoteStore;
use crate::domain::{OwnerId, ToolSpec};
use std::{fmt, sync::Arc};

/// The note tools over one store.
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
    /// The tools over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn NoteStore>) -> Self {
        Self { store }
    }

    /// The server's own list of tools, as a model is offered them.
    #[must_use]
    pub fn specs(&self) -> Vec<ToolSpec> {
        server::specs()
    }

    /// The MCP server over one owner's notes.
    #[must_use]
    pub fn server(&self, owner: OwnerId) -> NoteServer {
        NoteServer::new(Arc::clone(&self.store), owner)
    }

    /// A client of [`NoteTools::server`] over a pipe in memory. Dropping it ends the server too.
    ///
    /// # Errors
    ///
    /// When client and server do not come to terms; the agents then have no tools.
    pub async fn connect(&self, owner: OwnerId) -> Result<ToolClient, ToolFault> {
        ToolClient::connect(self.server(owner)).await
    }
}
