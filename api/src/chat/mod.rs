//! The engine: a message comes in, a run answers it.
//!
//! A run is a task of the server. It takes turns of model → tools or handoff → model, writes every
//! event once into its log, and ends by itself, by cancel, or when nobody has read it for a while.
//! The engine knows stores by their traits only; nothing here speaks HTTP.

mod account;
mod engine;
mod failure;
mod frame;
mod history;
mod journal;
mod lost;
mod reader;
mod start;
mod stop;
mod tools;
mod turns;

pub use engine::{Engine, EngineOptions, Parts};
pub use reader::{EventStream, RunEvents};
pub use start::{SendError, SendRequest};
