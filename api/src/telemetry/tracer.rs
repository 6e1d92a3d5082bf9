//! Spans of runs: what took how long, for an OTLP collector, after OpenTelemetry's semantic
//! conventions for generative AI. Never what was said.

use super::{Meter, otlp};
use crate::domain::RunId;
use secrecy::SecretString;
use std::{fmt, time::SystemTime};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Most spans that wait to be sent; more are lost, so that a collector that is away costs nothing.
const QUEUE: usize = 4096;

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

/// Where spans go.
#[derive(Debug, Clone)]
pub struct TracerOptions {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the base URL of an OTLP/HTTP collector.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, separated by commas.
    pub headers: SecretString,
    /// The version of the service.
    pub version: &'static str,
}

impl TracerOptions {
    /// Whether they name a collector.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check(&self) -> Result<(), InvalidTracing> {
        otlp::check(self).map(drop)
    }
}

/// Why no spans can be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTracing {
    /// No URL of a collector.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT is no http or https URL")]
    Endpoint,
    /// No list of headers.
    #[error("OTEL_EXPORTER_OTLP_HEADERS must be name=value, separated by commas")]
    Headers,
    /// The HTTP client could not be made.
    #[error("no HTTP client could be made for the collector")]
    Client,
}

/// Takes spans, and never keeps anybody waiting. Cheap to clone.
#[derive(Clone)]
pub struct Tracer(Option<Sending>);

#[derive(Clone)]
struct Sending {
    queue: mpsc::Sender<Report>,
    meter: Meter,
}

impl fmt::Debug for Tracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "Tracer"
        } else {
            "Tracer(off)"
        })
    }
}

impl Tracer {
    /// Takes no spans.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Sends spans to a collector, from a task of its own.
    ///
    /// # Errors
    /// When the options name no collector.
    pub fn start(options: &TracerOptions, meter: Meter) -> Result<Self, InvalidTracing> {
        let exporter = otlp::Exporter::new(options, meter.clone())?;
        let (queue, reports) = mpsc::channel(QUEUE);
        tokio::spawn(exporter.run(reports));
        Ok(Self(Some(Sending { queue, meter })))
    }

    /// The trace of a run.
    #[must_use]
    pub fn run(&self, run: &RunId) -> RunTrace {
        RunTrace {
            tracer: self.clone(),
            // Our ids of runs are UUIDs, so that the id in a log line finds the trace.
            trace: Uuid::try_parse(run.as_str())
                .unwrap_or_else(|_| Uuid::now_v7())
                .as_u128(),
            root: random(),
        }
    }

    fn report(&self, span: impl FnOnce() -> Placed) {
        let Some(sending) = &self.0 else {
            return;
        };
        let report = Report::Span(Box::new(span()));
        if sending.queue.try_send(report).is_err() {
            sending.meter.spans_lost(1);
        }
    }

    /// Resolves when all spans so far were sent, or could not be.
    pub async fn flush(&self) {
        let Some(sending) = &self.0 else {
            return;
        };
        let (done, sent) = oneshot::channel();
        if sending.queue.send(Report::Flush(done)).await.is_ok() {
            let _ = sent.await;
        }
    }
}

/// The trace of one run: a span for the run, and one within it for each thing that it did.
#[derive(Debug, Clone)]
pub struct RunTrace {
    tracer: Tracer,
    trace: u128,
    root: u64,
}

impl RunTrace {
    /// Something that the run did has ended. `span` is not called when nobody wants it.
    pub fn child(&self, span: impl FnOnce() -> Span) {
        self.tracer.report(|| Placed {
            trace: self.trace,
            id: random(),
            parent: Some(self.root),
            span: span(),
            ended: SystemTime::now(),
        });
    }

    /// The run has ended.
    pub fn end(&self, span: impl FnOnce() -> Span) {
        self.tracer.report(|| Placed {
            trace: self.trace,
            id: self.root,
            parent: None,
            span: span(),
            ended: SystemTime::now(),
        });
    }
}

/// Of an id's random half; never 0, which means none.
fn random() -> u64 {
    let (_, low) = Uuid::now_v7().as_u64_pair();
    low.max(1)
}
