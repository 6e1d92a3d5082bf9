//! All metrics: name, kind, help and histogram buckets.
//!
//! Names and base units follow Prometheus' conventions (prometheus.io, "Metric and label naming").

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    /// With these upper bounds and `+Inf`.
    Histogram(&'static [f64]),
}

pub(super) const BUILD_INFO: &str = "smooth_operator_build_info";
pub(super) const REQUESTS: &str = "smooth_operator_http_requests_total";
pub(super) const REQUEST_DURATION: &str = "smooth_operator_http_request_duration_seconds";
pub(super) const RUNS_LIVE: &str = "smooth_operator_runs_live";
pub(super) const RUNS_STARTED: &str = "smooth_operator_runs_started_total";
pub(super) const RUNS_ENDED: &str = "smooth_operator_runs_ended_total";
pub(super) const RUN_FAILURES: &str = "smooth_operator_run_failures_total";
pub(super) const RUN_DURATION: &str = "smooth_operator_run_duration_seconds";
pub(super) const FIRST_DELTA: &str = "smooth_operator_run_first_delta_seconds";
pub(super) const PROVIDER_DURATION: &str = "smooth_operator_provider_request_duration_seconds";
pub(super) const PROVIDER_FIRST_EVENT: &str = "smooth_operator_provider_first_event_seconds";
pub(super) const PROVIDER_ERRORS: &str = "smooth_operator_provider_errors_total";
pub(super) const TOKENS: &str = "smooth_operator_tokens_total";
pub(super) const TOKEN_PARTS: &str = "smooth_operator_token_parts_total";
pub(super) const TOOL_CALLS: &str = "smooth_operator_tool_calls_total";
pub(super) const MCP_CALLS: &str = "smooth_operator_mcp_calls_total";
pub(super) const MCP_CALL_DURATION: &str = "smooth_operator_mcp_call_duration_seconds";
pub(super) const MCP_AWAY: &str = "smooth_operator_mcp_server_away_total";
pub(super) const INTERRUPTS_OPENED: &str = "smooth_operator_interrupts_opened_total";
pub(super) const INTERRUPTS: &str = "smooth_operator_interrupts_total";
pub(super) const HANDOFFS: &str = "smooth_operator_handoffs_total";
pub(super) const SESSIONS_LIVE: &str = "smooth_operator_sessions_live";
pub(super) const READER_LAG: &str = "smooth_operator_reader_lag_events";
pub(super) const STORE_ERRORS: &str = "smooth_operator_store_errors_total";
pub(super) const SPANS_LOST: &str = "smooth_operator_spans_lost_total";

/// Buckets for our own work.
const QUICK: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];
/// Buckets for waiting for a model, up to the 10 minutes of a run.
const SLOW: &[f64] = &[
    0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
];
const EVENTS: &[f64] = &[1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];

pub(super) const METRICS: &[(&str, Kind, &str)] = &[
    (
        BUILD_INFO,
        Kind::Gauge,
        "Always 1; the labels tell which build this is.",
    ),
    (
        REQUESTS,
        Kind::Counter,
        "HTTP requests answered, by method, route template and status.",
    ),
    (
        REQUEST_DURATION,
        Kind::Histogram(QUICK),
        "Time from a request to the head of its response, by route template.",
    ),
    (RUNS_LIVE, Kind::Gauge, "Runs under way on this replica."),
    (RUNS_STARTED, Kind::Counter, "Runs that began."),
    (RUNS_ENDED, Kind::Counter, "Runs that ended, by status."),
    (
        RUN_FAILURES,
        Kind::Counter,
        "Runs that failed, by the code of their error event.",
    ),
    (
        RUN_DURATION,
        Kind::Histogram(SLOW),
        "Time from a run's begin to its end, by status.",
    ),
    (
        FIRST_DELTA,
        Kind::Histogram(SLOW),
        "Time from a run's begin to the first text of its answer.",
    ),
    (
        PROVIDER_DURATION,
        Kind::Histogram(SLOW),
        "Time of one request to the model, retries included, by outcome.",
    ),
    (
        PROVIDER_FIRST_EVENT,
        Kind::Histogram(SLOW),
        "Time from a request to the model to its first event.",
    ),
    (
        PROVIDER_ERRORS,
        Kind::Counter,
        "Requests to the model that failed, by kind.",
    ),
    (
        TOKENS,
        Kind::Counter,
        "Tokens by the provider's own count, by direction.",
    ),
    (
        TOKEN_PARTS,
        Kind::Counter,
        "Tokens that are part of those: input from the provider's cache, and thoughts.",
    ),
    (
        TOOL_CALLS,
        Kind::Counter,
        "Calls of note tools, page tools and handoffs, by tool and outcome; tools that do not exist are one.",
    ),
    (
        MCP_CALLS,
        Kind::Counter,
        "Calls of MCP servers' tools, by server and outcome.",
    ),
    (
        MCP_CALL_DURATION,
        Kind::Histogram(QUICK),
        "Time of one call of an MCP server's tool, by server.",
    ),
    (
        MCP_AWAY,
        Kind::Counter,
        "Turns that an agent took without the tools of an MCP server, by server.",
    ),
    (
        INTERRUPTS_OPENED,
        Kind::Counter,
        "Interrupts that began to wait for the visitor or the page, by reason.",
    ),
    (
        INTERRUPTS,
        Kind::Counter,
        "Interrupts that ended, by reason and outcome.",
    ),
    (
        HANDOFFS,
        Kind::Counter,
        "Handoffs that took place, by agent.",
    ),
    (
        SESSIONS_LIVE,
        Kind::Gauge,
        "Sessions in this process; absent where Redis keeps them.",
    ),
    (
        READER_LAG,
        Kind::Histogram(EVENTS),
        "Events that had gathered in a run's log when a reader came for more.",
    ),
    (
        STORE_ERRORS,
        Kind::Counter,
        "Calls of a store that failed, by store.",
    ),
    (
        SPANS_LOST,
        Kind::Counter,
        "Spans that the OTLP collector did not get.",
    ),
];
