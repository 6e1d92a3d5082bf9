//! Takes the spans of runs and queues them for the collector.

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

/// Most spans that wait to be sent; more are lost, so that a collector that is away costs nothing.
const QUEUE: usize = 4096;

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
