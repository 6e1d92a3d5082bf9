//! What operators see: counts for Prometheus ([`Meter`]) and spans for OTLP ([`Tracer`]).
//!
//! Both are plain values that `app` makes and hands down, never process-wide state: servers beside
//! each other in one process do not mix. Neither ever gets what was said, a key, a token or a name
//! that a stranger chose. Log lines are `tracing`'s.

use serde::Serialize;

mod meter;
mod names;
mod otlp;
mod tracer;

pub use meter::{Build, Meter};
pub use tracer::{Attribute, InvalidTracing, Kind, RunTrace, Span, Tracer, TracerOptions};

/// A status or a code as the wire spells it.
pub fn word(value: impl Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// What a running engine and its HTTP surface report to. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    /// Counts.
    pub meter: Meter,
    /// Spans.
    pub tracer: Tracer,
}
