//! SmoothOperator: a small team of agents behind one streaming HTTP API.
//!
//! Modules stand on floors; a module imports only from floors below its own
//! (proved by `tests/it/layering.rs`):
//!
//! | floor | modules | may import |
//! |---|---|---|
//! | F0 | [`domain`], [`config`] | nothing of ours |
//! | F0 | [`connect`] | [`domain`] |
//! | F1 | [`sessions`], [`runs`], [`threads`], [`notes`], [`provider`], [`agents`], [`tools`], [`telemetry`] | [`domain`], never each other, never [`config`]; the first four also [`connect`] |
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
pub mod telemetry;
pub mod threads;
pub mod tools;
