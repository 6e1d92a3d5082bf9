//! Traces: what an OTLP collector receives of a run, and what it does not.

use crate::support::{Model, Reply, TestServer, events::*};
use axum::{Json, Router, extract::State, http::HeaderMap, routing::post};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc};

type Received = (HeaderMap, Value);

/// An OTLP collector: its URL, and what it receives.
async fn collector() -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, received) = mpsc::unbounded_channel::<Received>();
    let take = |State(sender): State<mpsc::UnboundedSender<Received>>,
                headers: HeaderMap,
                Json(body): Json<Value>| async move {
        sender.send((headers, body)).unwrap();
        Json(serde_json::json!({}))
    };
    let router = Router::new()
        .route("/v1/traces", post(take))
        .with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, received)
}

fn attribute<'a>(span: &'a Value, key: &str) -> &'a Value {
    let list = span["attributes"].as_array().unwrap();
    let found = list.iter().find(|attribute| attribute["key"] == key);
    let value = &found.unwrap_or_else(|| panic!("no {key} in {span:#}"))["value"];
    value.as_object().unwrap().values().next().unwrap()
}

#[tokio::test]
async fn runs_are_traced_by_the_conventions_without_content() {
    let (url, mut received) = collector().await;
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[
            ("save_note", r#"{"title": "hush-title", "content": "hush"}"#),
            ("hush_tool", "{}"),
        ]),
        Reply::text("hush, it is kept").with_usage(20, 5),
    ])
    .await;
    let env = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer collector",
        ),
    ];
    let mut server = TestServer::with(&model, &env).await;
    let events = server.signed_in().await.ask("hush").await;
    let run = events[0]["run_id"].as_str().unwrap().to_owned();
    assert_eq!(done(&events)["status"], "completed");
    // Queued spans are sent before the process ends.
    server.stop.cancel();
    server.serving.take().unwrap().await.unwrap();

    let (headers, body) = received.recv().await.unwrap();
    assert_eq!(headers["authorization"], "Bearer collector");
    assert_eq!(headers["content-type"], "application/json");
    assert!(!body.to_string().contains("hush"), "{body:#}");
    let resource = &body["resourceSpans"][0];
    assert_eq!(
        attribute(&resource["resource"], "service.name"),
        "smooth-operator"
    );
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    for span in spans {
        assert_eq!(span["traceId"], run, "a run's id finds its trace");
        assert_eq!(span["spanId"].as_str().unwrap().len(), 16);
        let nanos = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
        assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"));
    }
    let names: Vec<&str> = spans
        .iter()
        .map(|span| span["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "chat test-model",
            "execute_tool handoff_to_archivist",
            "chat test-model",
            "execute_tool save_note",
            "execute_tool unknown",
            "chat test-model",
            "invoke_workflow",
        ]
    );
    let root = spans.last().unwrap();
    assert!(root.get("parentSpanId").is_none());
    assert_eq!(attribute(root, "smooth_operator.run.status"), "completed");
    for span in &spans[..6] {
        assert_eq!(span["parentSpanId"], root["spanId"]);
    }
    let chat = &spans[5];
    assert_eq!(chat["kind"], 3);
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.request.model", "test-model"),
        ("gen_ai.usage.input_tokens", "20"),
        ("gen_ai.usage.output_tokens", "5"),
    ] {
        assert_eq!(attribute(chat, key), value);
    }
    let (kept, made_up) = (&spans[3], &spans[4]);
    assert_eq!(attribute(kept, "gen_ai.tool.name"), "save_note");
    assert!(kept["status"].as_object().unwrap().is_empty());
    assert_eq!(made_up["status"]["code"], 2);
    assert_eq!(attribute(made_up, "error.type"), "tool_error");
}

#[tokio::test]
async fn an_unavailable_collector_has_no_effect() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let model = Model::new([Reply::text("ok")]).await;
    let mut server = TestServer::with(&model, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]).await;
    let events = server.signed_in().await.ask("hello").await;
    assert_eq!(done(&events)["status"], "completed");
    server.stop.cancel();
    server.serving.take().unwrap().await.unwrap();
}
