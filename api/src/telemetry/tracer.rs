//! Collects spans of runs for the exporter.

use super::{
    Meter,
    options::{InvalidTracing, TracerOptions},
    otlp,
    span::{Placed, Report, Span},
};
use crate::domain::RunId;
use std::{fmt, time::SystemTime};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Most queued spans; more are dropped, so that an unavailable collector costs nothing.
const QUEUE: usize = 4096;

/// Collects spans without blocking. Cheap to clone.
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
    /// A tracer that drops all spans.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Starts sending spans to a collector in a background task.
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
            // Run ids are UUIDs, so a run's trace has the same id as its log lines.
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

    /// Resolves when all spans so far have been sent or dropped.
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

/// The trace of a run: a span for the run, with child spans for its steps.
#[derive(Debug, Clone)]
pub struct RunTrace {
    tracer: Tracer,
    trace: u128,
    root: u64,
}

impl RunTrace {
    /// A step has ended. `span` is called only if traces are on.
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

/// The random half of an id; never 0, which would be invalid.
fn random() -> u64 {
    let (_, low) = Uuid::now_v7().as_u64_pair();
    low.max(1)
}
