//! `/metrics`: the format, and what is counted.

use crate::support::{
    Model, Reply, Shop, TestServer,
    client::problem,
    events::*,
    provider::delta,
    shop::{answer, interrupt},
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    process::Stdio,
};
use tokio::{io::AsyncWriteExt, process::Command};

/// A scrape: all samples by name and labels.
type Samples = BTreeMap<String, f64>;

/// Parses the text format strictly (prometheus.io, "Exposition formats").
fn parse(text: &str) -> Samples {
    assert!(text.ends_with('\n'));
    let mut types: HashMap<&str, &str> = HashMap::new();
    let mut helps: HashMap<&str, &str> = HashMap::new();
    let mut samples = Samples::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(helps.insert(name, help).is_none(), "HELP twice: {name}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            assert!(types.insert(name, kind).is_none(), "TYPE twice: {name}");
        } else {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let name = series.split('{').next().unwrap();
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                "{name}"
            );
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end).filter(|f| types.contains_key(f)))
                .unwrap_or(name);
            assert!(types.contains_key(family), "no TYPE before {line}");
            assert!(helps.contains_key(family), "no HELP before {line}");
            let value: f64 = value.parse().expect(line);
            assert!(
                samples.insert(series.to_owned(), value).is_none(),
                "twice: {series}"
            );
        }
    }
    for (name, kind) in types {
        let has = |end: &str| {
            let wanted = format!("{name}{end}");
            samples
                .keys()
                .any(|series| series.split('{').next() == Some(&wanted))
        };
        match kind {
            "histogram" => assert!(has("_bucket") && has("_sum") && has("_count"), "{name}"),
            "counter" => assert!(name.ends_with("_total") && has(""), "{name}"),
            "gauge" => assert!(has(""), "{name}"),
            other => panic!("{name} is a {other}"),
        }
    }
    samples
}

async fn scrape(server: &TestServer) -> (String, Samples) {
    let response = server.client().get("/metrics").await;
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap();
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    let text = response.text().await.unwrap();
    let samples = parse(&text);
    (text, samples)
}

#[tokio::test]
async fn counts_what_happens() {
    let model = Model::new([
        Reply::calls(&[("made_up_by_a_model", "{}"), ("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", r#"{"title": "demo", "content": "Friday"}"#)])
            .with_usage(7, 2),
        Reply::text("It is kept.").with_usage(20, 5),
        Reply::error(401, "no"),
    ])
    .await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    assert_eq!(done(&client.ask("keep it").await)["status"], "completed");
    assert_eq!(done(&client.ask("again").await)["status"], "failed");
    client.get("/nowhere/hush-secret-path").await;
    let (text, samples) = scrape(&server).await;
    let expected = [
        ("runs_started_total", 2.0),
        (r#"runs_ended_total{status="completed"}"#, 1.0),
        (r#"runs_ended_total{status="failed"}"#, 1.0),
        (r#"runs_ended_total{status="cancelled"}"#, 0.0),
        (r#"run_failures_total{code="provider_auth"}"#, 1.0),
        (r#"run_duration_seconds_count{status="completed"}"#, 1.0),
        ("run_first_delta_seconds_count", 1.0),
        (
            r#"provider_request_duration_seconds_count{outcome="ok"}"#,
            3.0,
        ),
        (
            r#"provider_request_duration_seconds_count{outcome="error"}"#,
            1.0,
        ),
        ("provider_first_event_seconds_count", 4.0),
        (r#"provider_errors_total{kind="auth"}"#, 1.0),
        (r#"tokens_total{direction="input"}"#, 27.0),
        (r#"tokens_total{direction="output"}"#, 7.0),
        (r#"tool_calls_total{tool="unknown",outcome="error"}"#, 1.0),
        (
            r#"tool_calls_total{tool="handoff_to_archivist",outcome="ok"}"#,
            1.0,
        ),
        (r#"tool_calls_total{tool="save_note",outcome="ok"}"#, 1.0),
        (r#"handoffs_total{from="concierge",to="archivist"}"#, 1.0),
        ("sessions_live", 1.0),
        (
            r#"http_requests_total{method="POST",route="/api/chat",status="200"}"#,
            2.0,
        ),
        (
            r#"http_requests_total{method="GET",route="none",status="404"}"#,
            1.0,
        ),
        (
            r#"http_request_duration_seconds_count{route="/api/login"}"#,
            1.0,
        ),
        (r#"build_info{version="0.1.0",commit="development"}"#, 1.0),
    ];
    for (name, value) in expected {
        let name = format!("smooth_operator_{name}");
        assert_eq!(samples.get(&name), Some(&value), "{name}\n{text}");
    }
    // Labels contain nothing made up by models or strangers.
    assert!(!text.contains("made_up") && !text.contains("hush"));
    let lag = samples["smooth_operator_reader_lag_events_count"];
    assert!(lag >= 2.0, "readers read: {lag}");
}

#[tokio::test]
async fn reports_live_runs_and_sessions() {
    let model = Model::new([Reply::Stall(vec![delta("thinking")])]).await;
    let server = TestServer::start(&model).await;
    let client = server.signed_in().await;
    let mut events = client.chat(json!({"message": "hello"})).await;
    events.until("content_delta").await;
    let (_, samples) = scrape(&server).await;
    assert_eq!(samples["smooth_operator_runs_live"], 1.0);
    assert_eq!(samples["smooth_operator_runs_started_total"], 1.0);
    assert_eq!(
        samples[r#"smooth_operator_runs_ended_total{status="completed"}"#],
        0.0
    );
}

#[tokio::test]
async fn servers_in_one_process_do_not_mix() {
    let model = Model::new([Reply::text("ok")]).await;
    let (one, other) = (
        TestServer::start(&model).await,
        TestServer::start(&model).await,
    );
    one.signed_in().await.ask("hello").await;
    let (_, samples) = scrape(&other).await;
    assert_eq!(samples["smooth_operator_runs_started_total"], 0.0);
    assert_eq!(samples["smooth_operator_sessions_live"], 0.0);
}

#[tokio::test]
async fn requires_the_token_if_configured() {
    let model = Model::new([]).await;
    let server = TestServer::with(&model, &[("METRICS_TOKEN", "let-me-count")]).await;
    let client = server.client();
    let ask = |token: &str| client.request("GET", "/metrics").bearer_auth(token);
    problem(client.get("/metrics").await, 401, "not_signed_in").await;
    problem(client.run(ask("let-me-coun")).await, 401, "not_signed_in").await;
    problem(client.run(ask("")).await, 401, "not_signed_in").await;
    let let_in = client.run(ask("let-me-count")).await;
    assert_eq!(let_in.status(), 200);
    parse(&let_in.text().await.unwrap());
}

/// Prometheus' own checker, if it is installed.
#[tokio::test]
async fn promtool_accepts_the_metrics() {
    let model = Model::new([Reply::text("ok").with_usage(1, 1)]).await;
    let server = TestServer::start(&model).await;
    server.signed_in().await.ask("hello").await;
    let (text, _) = scrape(&server).await;
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool = match promtool {
        Ok(promtool) => promtool,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!(
                "promtool is not installed (Debian: prometheus); the strict parser has judged alone"
            );
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(text.as_bytes()).await.unwrap();
    drop(input);
    let judged = promtool.wait_with_output().await.unwrap();
    assert!(judged.status.success(), "{judged:?}");
}

#[tokio::test]
async fn counts_calls_of_servers_and_how_interrupts_end() {
    let write = || Reply::calls(&[("shop__write", "{}"), ("shop__read", "{}")]);
    let shop = Shop::open(vec![
        write(),
        Reply::text("Done."),
        write(),
        Reply::text("Not done."),
        write(),
        Reply::text("Never mind."),
    ])
    .await;
    for approved in [true, false] {
        let events = shop.send(json!({"message": "write"})).await;
        let decided = answer(interrupt(&events), json!({"approved": approved}));
        shop.resume(&events, json!([decided])).await;
    }
    let events = shop.send(json!({"message": "write"})).await;
    shop.say(&events, "never mind").await;
    let (text, samples) = scrape(&shop.server).await;
    for (series, count) in [
        (r#"mcp_calls_total{server="shop",outcome="ok"}"#, 4.0),
        (r#"mcp_call_duration_seconds_count{server="shop"}"#, 4.0),
        (r#"interrupts_opened_total{reason="approval"}"#, 3.0),
        (
            r#"interrupts_total{reason="approval",outcome="resolved"}"#,
            1.0,
        ),
        (
            r#"interrupts_total{reason="approval",outcome="refused"}"#,
            1.0,
        ),
        (
            r#"interrupts_total{reason="approval",outcome="replaced"}"#,
            1.0,
        ),
    ] {
        let value = samples.get(&format!("smooth_operator_{series}"));
        assert_eq!(value, Some(&count), "{series}\n{text}");
    }
}
