//! The engine: answers each message with a run.
//!
//! A run is a server task. It alternates between the model and tools or handoffs, appends each
//! event once to its log, and ends by itself, when cancelled, or after nobody has read it for a
//! while. The engine uses stores through their traits only and does not know HTTP.

mod answer;
mod answer_schema;
mod begin;
mod call_budget;
mod calls;
mod context;
mod engine;
mod failure;
mod forget;
mod handoffs;
mod history;
mod lost;
mod metrics;
mod models;
mod offer;
mod pause;
mod prepared_call;
mod reader;
mod request;
mod resume;
mod resumption;
mod run;
mod run_log;
#[cfg(test)]
mod simulation;
mod slot;
mod sse_event;
mod stop;
mod thread_writer;
mod tokens;
mod toolbox;
mod turns;
mod view;

pub use context::EngineOptions;
pub use engine::{Engine, EngineParts};
pub use models::Models;
pub use reader::{EventStream, RunEvents};
pub use request::{SendError, SendRequest, Task};
