//! Support for integration tests: the real server on a free port, a scripted provider, and a client
//! with cookies and event streams.

pub mod agents_file;
pub mod client;
pub mod events;
pub mod process;
pub mod provider;
pub mod python;
pub mod raw;
pub mod server;
pub mod shapes;
pub mod shop;
pub mod sites_file;
pub mod tool_server;

pub use agents_file::AgentsFile;
pub use client::Client;
pub use events::Events;
pub use process::Program;
pub use provider::{Model, Reply};
pub use raw::Raw;
pub use server::{PASSCODE, SITE_SECRET, TestServer};
pub use shapes::{Shape, Shapes};
pub use shop::Shop;
pub use sites_file::SitesFile;
pub use tool_server::ToolServer;
