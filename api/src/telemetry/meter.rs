//! The metrics of a server, in Prometheus' format.

use super::names::{self, Kind, METRICS};
use crate::domain::{InterruptOutcome, InterruptReason, RunErrorCode, RunStatus, Usage};
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::{sync::Arc, time::Duration};
use strum::VariantArray;

const METADATA: Metadata<'static> = Metadata::new("smooth_operator", Level::INFO, None);
/// Replaces label values made up by clients and models.
const UNKNOWN: &str = "unknown";

/// The version of this build.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    /// The version.
    pub version: &'static str,
    /// The commit.
    pub commit: &'static str,
}

/// Records metrics. Cheap to clone. Metrics that are updated often have a prepared handle, which
/// needs no look-up or allocation.
#[derive(Clone)]
pub struct Meter(Arc<Inner>);

struct Inner {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    reader_lag: Histogram,
    first_delta: Histogram,
    provider_first_event: Histogram,
    runs_started: Counter,
    input_tokens: Counter,
    output_tokens: Counter,
}

impl Meter {
    /// Creates the metrics of a server.
    #[must_use]
    pub fn new(build: Build) -> Self {
        let mut builder = PrometheusBuilder::new();
        for (name, kind, _) in METRICS {
            if let Kind::Histogram(bounds) = kind {
                let matcher = Matcher::Full((*name).to_owned());
                // Fails only for an empty list.
                builder = builder
                    .set_buckets_for_metric(matcher, bounds)
                    .unwrap_or_else(|_| PrometheusBuilder::new());
            }
        }
        let recorder = builder.build_recorder();
        for (name, kind, help) in METRICS {
            let (name, help) = ((*name).into(), (*help).into());
            match kind {
                Kind::Counter => recorder.describe_counter(name, None, help),
                Kind::Gauge => recorder.describe_gauge(name, None, help),
                Kind::Histogram(_) => recorder.describe_histogram(name, None, help),
            }
        }
        let meter = Self(Arc::new(Inner {
            handle: recorder.handle(),
            reader_lag: histogram(&recorder, names::READER_LAG, &[]),
            first_delta: histogram(&recorder, names::FIRST_DELTA, &[]),
            provider_first_event: histogram(&recorder, names::PROVIDER_FIRST_EVENT, &[]),
            runs_started: counter(&recorder, names::RUNS_STARTED, &[]),
            input_tokens: counter(&recorder, names::TOKENS, &[("direction", "input")]),
            output_tokens: counter(&recorder, names::TOKENS, &[("direction", "output")]),
            recorder,
        }));
        // Series that exist from the start show their first increase.
        for status in RunStatus::VARIANTS {
            meter
                .counter(names::RUNS_ENDED, &[("status", status.into())])
                .absolute(0);
        }
        meter.gauge(
            names::BUILD_INFO,
            &[("version", build.version), ("commit", build.commit)],
            1,
        );
        meter
    }

    fn counter(&self, name: &'static str, labels: &[(&'static str, &str)]) -> Counter {
        counter(&self.0.recorder, name, labels)
    }

    fn observe(&self, name: &'static str, labels: &[(&'static str, &str)], time: Duration) {
        histogram(&self.0.recorder, name, labels).record(time);
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn gauge(&self, name: &'static str, labels: &[(&'static str, &str)], value: usize) {
        let gauge: Gauge = self
            .0
            .recorder
            .register_gauge(&key(name, labels), &METADATA);
        gauge.set(value as f64);
    }

    /// A response was sent. `route` is the template, never the path.
    pub fn request_answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Clients can make up methods.
        let method = match method {
            "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS" => method,
            _ => UNKNOWN,
        };
        let code = status.to_string();
        let labels = [("method", method), ("route", route), ("status", &code)];
        self.counter(names::REQUESTS, &labels).increment(1);
        self.observe(names::REQUEST_DURATION, &[("route", route)], took);
    }

    /// A run began.
    pub fn run_started(&self) {
        self.0.runs_started.increment(1);
    }

    /// A run ended; `code` says why it failed.
    pub fn run_ended(&self, status: RunStatus, code: Option<RunErrorCode>, took: Duration) {
        let labels = [("status", status.into())];
        self.counter(names::RUNS_ENDED, &labels).increment(1);
        self.observe(names::RUN_DURATION, &labels, took);
        if let Some(code) = code {
            self.counter(names::RUN_FAILURES, &[("code", code.into())])
                .increment(1);
        }
    }

    /// The first text of a run arrived.
    pub fn first_delta(&self, after: Duration) {
        self.0.first_delta.record(after);
    }

    /// A request to the model ended. `first_event`: the time to its first event.
    pub fn provider_answered(
        &self,
        outcome: &'static str,
        took: Duration,
        first_event: Option<Duration>,
    ) {
        self.observe(names::PROVIDER_DURATION, &[("outcome", outcome)], took);
        if let Some(after) = first_event {
            self.0.provider_first_event.record(after);
        }
    }

    /// A request to the model failed.
    pub fn provider_failed(&self, kind: &'static str) {
        self.counter(names::PROVIDER_ERRORS, &[("kind", kind)])
            .increment(1);
    }

    /// The provider reported tokens.
    pub fn tokens(&self, usage: Usage) {
        self.0.input_tokens.increment(usage.input_tokens);
        self.0.output_tokens.increment(usage.output_tokens);
    }

    /// The provider reported cached and reasoning tokens.
    pub fn token_parts(&self, cached: u64, reasoning: u64) {
        for (part, count) in [("cached", cached), ("reasoning", reasoning)] {
            self.counter(names::TOKEN_PARTS, &[("part", part)])
                .increment(count);
        }
    }

    /// A tool of ours or of the page was called; `None` for one that does not exist, since models
    /// make up names.
    pub fn tool_called(&self, tool: Option<&str>, is_error: bool) {
        let outcome = if is_error { "error" } else { "ok" };
        let labels = [("tool", tool.unwrap_or(UNKNOWN)), ("outcome", outcome)];
        self.counter(names::TOOL_CALLS, &labels).increment(1);
    }

    /// A tool of an MCP server was called.
    pub fn mcp_called(&self, server: &str, outcome: &'static str, took: Duration) {
        let labels = [("server", server), ("outcome", outcome)];
        self.counter(names::MCP_CALLS, &labels).increment(1);
        self.observe(names::MCP_CALL_DURATION, &[("server", server)], took);
    }

    /// An agent went without the tools of an MCP server for a turn.
    pub fn mcp_away(&self, server: &str) {
        self.counter(names::MCP_AWAY, &[("server", server)])
            .increment(1);
    }

    /// A call waits for the visitor or the page.
    pub fn interrupt_opened(&self, reason: InterruptReason) {
        self.counter(names::INTERRUPTS_OPENED, &[("reason", reason.into())])
            .increment(1);
    }

    /// An interrupt no longer waits.
    pub fn interrupt_ended(&self, reason: InterruptReason, outcome: InterruptOutcome) {
        let labels = [("reason", reason.into()), ("outcome", outcome.into())];
        self.counter(names::INTERRUPTS, &labels).increment(1);
    }

    /// An agent handed over to another.
    pub fn handed_over(&self, from: &str, to: &str) {
        self.counter(names::HANDOFFS, &[("from", from), ("to", to)])
            .increment(1);
    }

    /// A reader fetched this many events at once.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a log has far fewer than 2^52 events"
    )]
    pub fn reader_lag(&self, events: u64) {
        self.0.reader_lag.record(events as f64);
    }

    /// A call of a store failed.
    pub fn store_failed(&self, store: &'static str) {
        self.counter(names::STORE_ERRORS, &[("store", store)])
            .increment(1);
    }

    /// Spans could not be sent.
    pub(super) fn spans_lost(&self, spans: usize) {
        self.counter(names::SPANS_LOST, &[])
            .increment(u64::try_from(spans).unwrap_or(u64::MAX));
    }

    /// All metrics in Prometheus' text format. `sessions`: `None` if they are not in this process.
    #[must_use]
    pub fn render(&self, runs: usize, sessions: Option<usize>) -> String {
        self.gauge(names::RUNS_LIVE, &[], runs);
        if let Some(sessions) = sessions {
            self.gauge(names::SESSIONS_LIVE, &[], sessions);
        }
        self.0.handle.render()
    }

    /// Aggregates the samples of histograms, which would grow until the next scrape.
    pub fn tidy(&self) {
        self.0.handle.run_upkeep();
    }
}

fn key(name: &'static str, labels: &[(&'static str, &str)]) -> Key {
    let labels: Vec<Label> = labels
        .iter()
        .map(|(key, value)| Label::new(*key, (*value).to_owned()))
        .collect();
    Key::from_parts(name, labels)
}

fn counter(
    recorder: &PrometheusRecorder,
    name: &'static str,
    labels: &[(&'static str, &str)],
) -> Counter {
    recorder.register_counter(&key(name, labels), &METADATA)
}

fn histogram(
    recorder: &PrometheusRecorder,
    name: &'static str,
    labels: &[(&'static str, &str)],
) -> Histogram {
    recorder.register_histogram(&key(name, labels), &METADATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(Build {
            version: "1.2.3",
            commit: "abc",
        })
    }

    #[test]
    fn two_servers_do_not_mix_and_labels_are_bounded() {
        let (one, other) = (meter(), meter());
        one.request_answered("BREW", "/api/chat", 405, Duration::from_millis(3));
        one.tool_called(None, true);
        one.mcp_called("shop", "ok", Duration::from_millis(3));
        one.interrupt_ended(InterruptReason::PageTool, InterruptOutcome::Expired);
        let text = one.render(2, Some(7));
        for line in [
            "smooth_operator_http_requests_total{method=\"unknown\",route=\"/api/chat\",status=\"405\"} 1",
            "smooth_operator_http_request_duration_seconds_bucket{route=\"/api/chat\",le=\"0.005\"} 1",
            "smooth_operator_tool_calls_total{tool=\"unknown\",outcome=\"error\"} 1",
            "smooth_operator_mcp_calls_total{server=\"shop\",outcome=\"ok\"} 1",
            "smooth_operator_mcp_call_duration_seconds_bucket{server=\"shop\",le=\"0.005\"} 1",
            "smooth_operator_interrupts_total{reason=\"page_tool\",outcome=\"expired\"} 1",
            "smooth_operator_runs_live 2",
            "smooth_operator_sessions_live 7",
            "smooth_operator_runs_ended_total{status=\"failed\"} 0",
            "smooth_operator_build_info{version=\"1.2.3\",commit=\"abc\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(!other.render(0, None).contains("/api/chat"));
    }

    #[test]
    fn names_follow_the_conventions() {
        for (name, kind, help) in METRICS {
            assert!(name.starts_with("smooth_operator_") && help.ends_with('.'));
            assert_eq!(*kind == Kind::Counter, name.ends_with("_total"), "{name}");
            let Kind::Histogram(bounds) = kind else {
                continue;
            };
            assert!(name.ends_with("_seconds") || name.ends_with("_events"));
            assert!(bounds.is_sorted(), "{name}");
        }
    }
}
