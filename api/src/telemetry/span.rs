//! Spans of runs, named by OpenTelemetry's semantic conventions for generative AI. They never
//! contain message text.

use std::time::SystemTime;
use tokio::sync::oneshot;

/// An attribute of a span.
pub type Attribute = (&'static str, serde_json::Value);

/// The kind of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Work of our own.
    Internal,
    /// A request to another server.
    Client,
}

/// A timed operation.
#[derive(Debug, Clone)]
pub struct Span {
    /// The operation.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The start. The end is when the span is reported.
    pub began: SystemTime,
    /// Details.
    pub attributes: Vec<Attribute>,
    /// The kind of failure, if it failed.
    pub error: Option<String>,
}

#[derive(Debug)]
pub(super) struct Placed {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) span: Span,
    pub(super) ended: SystemTime,
}

pub(super) enum Report {
    Span(Box<Placed>),
    /// Send all spans, then reply.
    Flush(oneshot::Sender<()>),
}
