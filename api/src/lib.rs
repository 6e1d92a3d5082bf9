//! SmoothOperator: a small team of agents behind one streaming HTTP API.
//!
//! Modules stand on floors. A module imports from floors below its own, and no two files import
//! each other (`tests/it/layering.rs` fails when one does):
//!
//! | floor | modules | may import |
//! |---|---|---|
//! | F0 | [`domain`] | nothing of ours |
//! | F0 | [`config`], [`connect`] | [`domain`] |
//! | F1 | [`sessions`], [`runs`], [`threads`], [`notes`], [`sites`], [`provider`], [`agents`], [`tools`], [`telemetry`], [`transfer`] | [`domain`], never each other, never [`config`]; the first four and the last also [`connect`] |
//! | F2 | [`chat`] | F1 and [`domain`] |
//! | F3 | [`http`] | [`chat`], F1 and [`domain`] |
//! | F4 | [`app`], [`commands`], [`logging`], `main` | all |

pub mod agents;
pub mod app;
pub mod chat;
pub mod commands;
pub mod config;
pub mod connect;
pub mod domain;
pub mod http;
pub mod logging;
pub mod notes;
pub mod provider;
pub mod runs;
pub mod sessions;
pub mod sites;
pub mod telemetry;
pub mod threads;
pub mod tools;
pub mod transfer;

#[cfg(test)]
#[path = "../tests/private/eventually.rs"]
mod eventually;
