//! The HTTP surface: the only place that speaks axum. `router` shows every route and every layer.

mod address;
mod chat;
mod client_secrets;
mod cookies;
mod cors;
mod docs;
mod error;
mod extract;
mod headers;
mod mcp;
mod mcp_tokens;
mod metrics;
mod notes;
mod openapi;
mod operations;
mod origin;
mod owner;
mod passcode;
mod request_id;
mod request_log;
mod router;
mod session;
mod session_view;
mod settings;
mod sites;
mod state;
#[cfg(test)]
mod tests;
mod threads;

pub use openapi::openapi_json;
pub use router::router;
pub use sites::{Sites, SitesError};
pub use state::{Api, HttpOptions, Parts, Probe};
