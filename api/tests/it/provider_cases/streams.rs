//! Streams of providers and their results: the cases in `streams.json`, through the whole
//! product.

use super::server::{Answer, RuledProvider, Step};
use crate::support::{Client, TestServer, events::*};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A class of faults, with streams that show it.
#[derive(Debug, Deserialize)]
struct Class {
    class: String,
    samples: Vec<Sample>,
}

#[derive(Debug, Clone, Deserialize)]
struct Sample {
    id: String,
    request: Place,
    #[serde(default)]
    protocol: Protocol,
    stream: Vec<Step>,
    right: Right,
}

/// The value of `OPENAI_API`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Protocol {
    #[default]
    Chat,
    Responses,
}

/// Which request the stream answers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Place {
    First,
    /// The one after the handoff to the Archivist.
    Second,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Right {
    text: String,
    reasoning: String,
    /// The text that the thread keeps, if it differs from the streamed text.
    kept: Option<String>,
    kept_reasoning: Option<String>,
    truncated: bool,
    error: Option<String>,
    usage: Option<Value>,
    calls: Vec<String>,
    note: Option<Value>,
    /// A text that later requests must not contain.
    secret: Option<String>,
}

/// A server and its provider for all samples of a protocol.
struct Stage {
    provider: RuledProvider,
    server: TestServer,
}

/// Names the sample, for the provider.
fn message(number: usize) -> String {
    format!("Please remember the milk, number {number}.")
}

impl Stage {
    async fn start(protocol: Protocol, samples: Vec<Sample>) -> Self {
        let counts = Mutex::new(vec![0; samples.len()]);
        let provider = RuledProvider::start(move |asked, _| {
            if asked.path == "/models" {
                return Answer::models();
            }
            let body = asked.body.to_string();
            let number = (0..samples.len()).find(|number| body.contains(&message(*number)));
            let number = number.unwrap();
            let mut counts = counts.lock().unwrap();
            counts[number] += 1;
            answer(&samples[number], counts[number] - 1)
        })
        .await;
        let api = match protocol {
            Protocol::Chat => "chat",
            Protocol::Responses => "responses",
        };
        let server = TestServer::at(&provider.url, &[("OPENAI_API", api)]).await;
        Self { provider, server }
    }

    async fn check(&self, what: &str, number: usize, sample: &Sample) {
        let right = &sample.right;
        let client = self.server.signed_in().await;
        let events = client.ask(&message(number)).await;
        if sample.request == Place::Second {
            return check_calls(what, &client, &events, right).await;
        }
        check_answer(what, &client, &events, right).await;
        if let Some(secret) = &right.secret {
            let thread = &events[0]["thread_id"];
            let next = json!({"message": "Go on.", "thread_id": thread});
            client.chat(next).await.rest().await;
            let mut asked = self.provider.asked();
            asked.retain(|asked| asked.body.to_string().contains(&message(number)));
            let sent = asked.pop().unwrap().body;
            assert!(sent.to_string().contains("Go on."), "{what}: {sent}");
            assert!(!sent.to_string().contains(secret), "{what}: {sent}");
        }
    }
}

/// The answer to a sample's request of this number.
fn answer(sample: &Sample, number: usize) -> Answer {
    let stream = || Answer::Stream(sample.stream.clone());
    match (sample.request, number) {
        (Place::Second, 0) => Answer::call("handoff_to_archivist", "{}"),
        (Place::First, 0) | (Place::Second, 1) => stream(),
        _ if sample.right.error.is_some() => stream(),
        _ => match sample.protocol {
            Protocol::Chat => Answer::text("Kept."),
            Protocol::Responses => Answer::response("Kept."),
        },
    }
}

async fn check_answer(what: &str, client: &Client, events: &[Value], right: &Right) {
    assert_eq!(text(events), right.text, "{what}: {events:?}");
    let thoughts = of_kind(events, "reasoning_delta");
    let thoughts: String = thoughts
        .iter()
        .filter_map(|event| event["delta"].as_str())
        .collect();
    assert_eq!(thoughts, right.reasoning, "{what}");
    let error = of_kind(events, "error");
    let error = error.first().and_then(|event| event["code"].as_str());
    assert_eq!(error, right.error.as_deref(), "{what}: {events:?}");
    let end = done(events);
    let status = if error.is_some() {
        "failed"
    } else {
        "completed"
    };
    assert_eq!(end["status"], status, "{what}");
    assert_eq!(end["truncated"], right.truncated, "{what}");
    if let Some(usage) = &right.usage {
        assert_eq!(&end["usage"], usage, "{what}");
    }
    let thread = events[0]["thread_id"].as_str().unwrap();
    let thread = client.json(&format!("/api/threads/{thread}")).await;
    let kept = &thread["messages"][1];
    let text = right.kept.as_ref().unwrap_or(&right.text);
    assert_eq!(kept["content"], **text, "{what}");
    let reasoning = right.kept_reasoning.as_ref().unwrap_or(&right.reasoning);
    assert_eq!(
        kept["reasoning"].as_str().unwrap_or_default(),
        reasoning,
        "{what}"
    );
}

async fn check_calls(what: &str, client: &Client, events: &[Value], right: &Right) {
    assert_eq!(done(events)["status"], "completed", "{what}: {events:?}");
    let calls = of_kind(events, "tool_call");
    let calls: Vec<&str> = calls
        .iter()
        .filter_map(|call| call["tool"].as_str())
        .skip(1)
        .collect();
    assert_eq!(calls, right.calls, "{what}: {events:?}");
    for result in of_kind(events, "tool_result") {
        assert_eq!(result["is_error"], false, "{what}: {result}");
    }
    let Some(note) = &right.note else { return };
    let kept = client.json("/api/notes/T1").await;
    for field in ["title", "content"] {
        assert_eq!(kept[field], note[field], "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_of_every_class_are_read() {
    let classes: Vec<Class> = serde_json::from_str(include_str!("streams.json")).unwrap();
    let mut checks = tokio::task::JoinSet::new();
    for protocol in [Protocol::Chat, Protocol::Responses] {
        let mut samples = Vec::new();
        for Class {
            class,
            samples: all,
        } in &classes
        {
            assert!(all.len() > 3, "{class}: three samples beyond the first");
            let spoken = all.iter().filter(|sample| sample.protocol == protocol);
            samples
                .extend(spoken.map(|sample| (format!("{class}: {}", sample.id), sample.clone())));
        }
        let played = samples.iter().map(|(_, sample)| sample.clone()).collect();
        let stage = Arc::new(Stage::start(protocol, played).await);
        for (number, (what, sample)) in samples.into_iter().enumerate() {
            let stage = Arc::clone(&stage);
            checks.spawn(async move { stage.check(&what, number, &sample).await });
        }
    }
    let mut failures = Vec::new();
    while let Some(check) = checks.join_next().await {
        failures.extend(check.err());
    }
    assert!(failures.is_empty(), "{} streams", failures.len());
}
