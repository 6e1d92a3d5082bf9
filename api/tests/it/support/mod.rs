//! What the integration tests stand on: the real server on a free port, a provider that answers as
//! a test says, a client that keeps cookies and reads event streams.

pub mod agents_file;
pub mod client;
pub mod events;
pub mod process;
pub mod provider;
pub mod python;
pub mod server;
pub mod sites_file;
pub mod tool_server;

pub use agents_file::AgentsFile;
pub use client::Client;
pub use events::Events;
pub use process::Program;
pub use provider::{Model, Reply};
pub use server::{PASSCODE, SITE_SECRET, TestServer};
pub use sites_file::SitesFile;
pub use tool_server::ToolServer;
