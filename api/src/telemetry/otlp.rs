//! Exports spans as OTLP over HTTP with JSON (OpenTelemetry Protocol 1.x, "OTLP/HTTP"). Written by
//! hand, since a single request with a few fields is all we need.

use super::{
    Meter,
    options::{InvalidTracing, TracerOptions},
    span::{Kind, Placed, Report},
};
use reqwest::{Url, redirect};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

const BATCH: usize = 512;
/// How long a span waits for others.
const PERIOD: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Exporter {
    http: reqwest::Client,
    url: Url,
    resource: Value,
    meter: Meter,
}

impl Exporter {
    pub(super) fn new(options: &TracerOptions, meter: Meter) -> Result<Self, InvalidTracing> {
        let (url, headers) = options.target()?;
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .timeout(TIMEOUT)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| InvalidTracing::Client)?;
        Ok(Self {
            http,
            url,
            resource: attributes(&[
                ("service.name", json!("smooth-operator")),
                ("service.version", json!(options.version)),
            ]),
            meter,
        })
    }

    /// Sends until all reporters are gone.
    pub(super) async fn run(self, mut reports: mpsc::Receiver<Report>) {
        while let Some(first) = reports.recv().await {
            let until = Instant::now() + PERIOD;
            let mut spans = Vec::new();
            let mut flushed: Option<oneshot::Sender<()>> = None;
            let mut next = Some(first);
            while let Some(report) = next {
                match report {
                    Report::Span(span) => spans.push(*span),
                    Report::Flush(done) => {
                        flushed = Some(done);
                        break;
                    }
                }
                if spans.len() == BATCH {
                    break;
                }
                next = timeout_at(until, reports.recv()).await.ok().flatten();
            }
            self.send(&spans).await;
            if let Some(done) = flushed {
                let _ = done.send(());
            }
        }
    }

    async fn send(&self, spans: &[Placed]) {
        if spans.is_empty() {
            return;
        }
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": self.resource},
            "scopeSpans": [{
                "scope": {"name": "smooth-operator"},
                "spans": spans.iter().map(wire).collect::<Vec<Value>>(),
            }],
        }]});
        let sent = self.http.post(self.url.clone()).json(&body).send().await;
        let refused = match sent {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => answer.status().to_string(),
            Err(error) => error.without_url().to_string(),
        };
        tracing::warn!(
            spans = spans.len(),
            reason = refused,
            "spans were not taken"
        );
        self.meter.spans_lost(spans.len());
    }
}

/// A span in the protocol's JSON form: ids in hex, times in nanoseconds as strings.
fn wire(placed: &Placed) -> Value {
    let span = &placed.span;
    let kind = match span.kind {
        Kind::Internal => 1,
        Kind::Client => 3,
    };
    let mut all = span.attributes.clone();
    // Status 2 is an error; a missing status is unset.
    let status = match &span.error {
        Some(error) => {
            all.push(("error.type", json!(error)));
            json!({"code": 2})
        }
        None => json!({}),
    };
    let mut wire = json!({
        "traceId": format!("{:032x}", placed.trace),
        "spanId": format!("{:016x}", placed.id),
        "name": span.name,
        "kind": kind,
        "startTimeUnixNano": nanos(span.began),
        "endTimeUnixNano": nanos(placed.ended),
        "attributes": attributes(&all),
        "status": status,
    });
    if let Some(parent) = placed.parent {
        wire["parentSpanId"] = json!(format!("{parent:016x}"));
    }
    wire
}

fn nanos(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos()
        .to_string()
}

fn attributes(list: &[(&'static str, Value)]) -> Value {
    list.iter()
        .map(|(key, value)| json!({"key": key, "value": any_value(value)}))
        .collect()
}

fn any_value(value: &Value) -> Value {
    match value {
        Value::Bool(value) => json!({"boolValue": value}),
        // The JSON form of protocol buffers has 64-bit integers as strings.
        Value::Number(number) => json!({"intValue": number.to_string()}),
        Value::Array(values) => {
            json!({"arrayValue": {"values": values.iter().map(any_value).collect::<Vec<_>>()}})
        }
        Value::String(text) => json!({"stringValue": text}),
        other => json!({"stringValue": other.to_string()}),
    }
}
