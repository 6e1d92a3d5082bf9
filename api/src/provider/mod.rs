//! The language model: one request in, a stream of events out.
//!
//! The only module that knows async-openai. It speaks Chat Completions to one
//! configured base URL with the visitor's own key, understands the dialects of
//! the OpenAI-compatible world, and sorts everything that goes wrong by kind.
//! It knows no agents, threads or runs.
//!
//! How bytes travel: [`guard`] sends the request and cuts the answer into whole
//! SSE events ([`frame`], [`batch`]), bounded in size, time and read-ahead; async-openai
//! parses each into a [`chunk`]; [`answer`] makes events of them, with
//! [`assemble`] gathering tool calls; [`retry`] begins again while nothing was
//! said yet.

mod answer;
mod assemble;
mod batch;
mod carry;
mod chunk;
mod client;
mod error;
mod frame;
mod guard;
mod lenient;
mod model;
mod models;
mod options;
mod request;
mod retry;

#[cfg(test)]
mod tests;

pub use carry::Carry;
pub use client::{ModelStream, Provider};
pub use error::{ProviderError, ProviderErrorKind};
pub use model::{
    AnswerEnd, FinishReason, ModelEvent, ModelMessage, ModelRequest, ModelToolCall, UsageDetails,
};
pub use options::{InvalidProvider, ProviderOptions};
