//! The HTTP API: the only module that uses axum. `router` shows every route and every layer.

mod address;
mod admission;
mod answers;
mod chat;
mod client_secrets;
mod cookies;
mod cors;
mod docs;
mod error;
mod export;
mod extract;
mod headers;
mod mcp;
mod mcp_tokens;
mod me;
mod metrics;
mod models;
mod notes;
mod openapi;
mod operations;
mod origin;
mod paging;
mod request_id;
mod request_log;
mod router;
mod scheme;
mod secret;
mod server;
mod session;
mod session_view;
mod settings;
mod sites;
mod state;
#[cfg(test)]
mod tests;
mod threads;
mod unread_body;
mod visitor;

pub use router::{openapi_json, router};
pub use server::{Closing, serve};
pub use state::{Api, HttpOptions, Parts, Probe};
