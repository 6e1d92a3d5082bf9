//! The language model: one request in, a stream of events out.
//!
//! Supports Chat Completions and Responses at one base URL with the visitor's own key, understands
//! the dialects of OpenAI-compatible servers, and classifies errors. Does not know agents, threads
//! or runs.
//!
//! A request: [`client`] is the interface; [`retry`] sends it, again after a temporary failure, and
//! in another [`form`] after a [`refusal`], which is [`learned`]; [`conversation`] is in a form
//! that every server accepts, [`chat_request`] and [`response_request`] are the two bodies. Their
//! types are async-openai's, as is the call for the list of [`models`]; no other module knows it.
//!
//! An answer: [`transport`] provides its bytes; [`sse`] splits them into events; [`chat_reader`]
//! and [`response_reader`] parse these as [`chat_chunk`] and [`response_event`] and [`assemble`]
//! the answer, with [`thought_tags`] and [`calls`]; [`answer`] returns its events. Each byte is
//! parsed once, and nothing is read before the previous events are taken.

mod answer;
mod arguments;
mod assemble;
mod calls;
mod carry;
mod chat_chunk;
mod chat_reader;
mod chat_request;
mod classify;
mod client;
mod conversation;
mod end_of_body;
mod endpoint;
mod error;
mod error_kind;
mod form;
mod json;
mod learned;
mod model;
mod model_list;
mod models;
mod options;
mod recent_lists;
mod refusal;
mod response_event;
mod response_reader;
mod response_request;
mod retry;
mod retry_after;
mod sse;
mod thought_tags;
mod tool_schema;
mod transport;
mod usage;
mod wire_error;
mod wire_name;

#[cfg(test)]
mod tests;

pub use carry::Carry;
pub use client::{ModelStream, Provider};
pub use error::ProviderError;
pub use error_kind::ProviderErrorKind;
pub use model::{
    AnswerEnd, FinishReason, ModelEvent, ModelMessage, ModelRequest, ModelToolCall, UsageDetails,
};
pub use model_list::{ModelList, OfferedModel};
pub use options::{Api, InvalidApi, InvalidProvider, ProviderOptions};
