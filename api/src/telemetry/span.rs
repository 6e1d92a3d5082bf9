//! Spans of runs: what took how long, named by OpenTelemetry's semantic conventions for generative
//! AI. They never hold what was said.

use std::time::SystemTime;
use tokio::sync::oneshot;

/// An attribute of a span.
pub type Attribute = (&'static str, serde_json::Value);

/// Whom a span waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody outside.
    Internal,
    /// Another server.
    Client,
}

/// Something that took its time.
#[derive(Debug, Clone)]
pub struct Span {
    /// What it was.
    pub name: String,
    /// Whom it waited for.
    pub kind: Kind,
    /// When it began. It ends when it is reported.
    pub began: SystemTime,
    /// More about it.
    pub attributes: Vec<Attribute>,
    /// The kind of failure, when it failed.
    pub error: Option<String>,
}

/// A span with its place in a trace.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) trace: u128,
    pub(super) id: u64,
    pub(super) parent: Option<u64>,
    pub(super) span: Span,
    pub(super) ended: SystemTime,
}

/// What the exporter is told.
pub(super) enum Report {
    Span(Box<Placed>),
    /// Send all there is, then answer.
    Flush(oneshot::Sender<()>),
}
