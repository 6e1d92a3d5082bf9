//! Metrics for Prometheus ([`Meter`]) and traces for OTLP ([`Tracer`]).
//!
//! Both are values that `app` creates and passes down, not global state, so several servers in a
//! process do not mix. They never contain message text, keys, tokens or names chosen by clients.
//! Logs are `tracing`'s.

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

/// Metrics and traces. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    /// Metrics.
    pub meter: Meter,
    /// Traces.
    pub tracer: Tracer,
}
