//! What operators see: counts for Prometheus ([`Meter`]) and spans for OTLP ([`Tracer`]).
//!
//! Both are plain values that `app` creates and passes down, not process-wide state, so several
//! servers in one process do not mix. Neither ever gets message text, a key, a token or a name that
//! a client chose. Log lines are `tracing`'s.

mod meter;
mod names;
mod options;
mod otlp;
mod span;
mod tracer;

pub use meter::{Build, Meter};
pub use options::{InvalidTracing, TracerOptions};
pub use span::{Attribute, Kind, Span};
pub use tracer::{RunTrace, Tracer};

/// What a running engine and its HTTP surface report to. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    /// Counts.
    pub meter: Meter,
    /// Spans.
    pub tracer: Tracer,
}
