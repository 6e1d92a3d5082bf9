//! The provider module against the scripted stand-in: a script reads the same in every dialect, and
//! faults are recognised.

#[path = "../../examples/scripted-provider/mod.rs"]
pub mod scripted_provider;

use futures_util::StreamExt;
use scripted_provider::{Standin, router};
use serde_json::Value;
use smooth_operator::{
    domain::ToolSpec,
    provider::{
        AnswerEnd, FinishReason, ModelEvent, ModelMessage, ModelRequest, Provider,
        ProviderErrorKind, ProviderOptions,
    },
};
use std::time::Duration;

async fn start() -> Provider {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(Standin::new(Duration::ZERO))).await });
    let mut options = ProviderOptions::new(url);
    options.first_byte_timeout = Duration::from_secs(1);
    options.idle_timeout = Duration::from_secs(1);
    Provider::new(options).unwrap()
}

/// The result of a message: text, calls as `tool arguments`, and how it ended.
#[derive(Debug, Default, PartialEq)]
struct Answer {
    text: String,
    thought: String,
    calls: Vec<(String, Value)>,
    reason: Option<FinishReason>,
    counted: bool,
    error: Option<ProviderErrorKind>,
}

impl Answer {
    fn add(&mut self, event: ModelEvent) {
        match event {
            ModelEvent::Text(text) => self.text.push_str(&text),
            ModelEvent::ToolCall(call) => {
                let arguments = serde_json::from_str(&call.arguments).unwrap();
                self.calls.push((call.name, arguments));
            }
            ModelEvent::End(AnswerEnd { reason, usage, .. }) => {
                self.reason = Some(reason);
                self.counted = usage.is_some_and(|usage| usage.output_tokens > 0);
            }
            ModelEvent::Reasoning(thought) => self.thought.push_str(&thought),
            other => panic!("{other:?}"),
        }
    }
}

async fn ask(provider: &Provider, message: &str, tools: &[&str]) -> Answer {
    let tool = |name: &&str| ToolSpec {
        name: (*name).to_owned(),
        description: "A tool.".into(),
        parameters: serde_json::json!({"type": "object", "properties": {}}),
    };
    let request = ModelRequest {
        model: "scripted-1".parse().unwrap(),
        effort: None,
        system: "Be kind.".into(),
        messages: vec![ModelMessage::User(message.to_owned())],
        tools: tools.iter().map(tool).collect(),
    };
    let mut events = provider.stream(&"sk-test-1".parse().unwrap(), request);
    let mut answer = Answer::default();
    while let Some(together) = events.next().await {
        match together {
            Ok(together) => together.into_iter().for_each(|event| answer.add(event)),
            Err(error) => answer.error = Some(error.kind),
        }
    }
    answer
}

#[tokio::test]
async fn every_dialect_says_the_same() {
    const SHAPES: [&str; 10] = [
        "azure",
        "ollama",
        "gemini",
        "mistral",
        "deepseek",
        "openrouter",
        "crlf",
        "bom",
        "no-done",
        "json",
    ];
    let provider = start().await;
    let note = "Please keep a note that the demo is on Friday";
    for (message, tools) in [("Show me markdown", [].as_slice()), (note, &["save_note"])] {
        let plain = ask(&provider, message, tools).await;
        assert_eq!(
            (plain.reason, plain.counted),
            (Some(FinishReason::Stop), true)
        );
        assert_ne!(plain.text.is_empty(), plain.calls.is_empty());
        for shape in SHAPES {
            let message = format!("{message} [[shape:{shape}]]");
            let answer = ask(&provider, &message, tools).await;
            let thinks = matches!(shape, "deepseek" | "mistral");
            assert_eq!(answer.thought.is_empty(), !thinks, "{shape}");
            let answer = Answer {
                thought: String::new(),
                ..answer
            };
            assert_eq!(answer, plain, "{shape}");
        }
    }
}

#[tokio::test]
async fn faults_are_what_they_say() {
    use ProviderErrorKind as Kind;
    let provider = start().await;
    let rows = [
        ("401", Kind::Auth),
        ("404", Kind::ModelNotFound),
        ("429", Kind::RateLimited),
        ("500", Kind::Unavailable),
        ("quota", Kind::Quota),
        ("context", Kind::ContextTooLong),
        ("context:1", Kind::ContextTooLong),
        ("stall", Kind::Timeout),
        ("stall-mid", Kind::Timeout),
        ("cut", Kind::InvalidResponse),
        ("error-mid", Kind::Unavailable),
        ("filter", Kind::ContentFiltered),
        ("empty", Kind::InvalidResponse),
        ("html", Kind::InvalidResponse),
    ];
    for (fault, expected) in rows {
        let answer = ask(&provider, &format!("Hello [[fault:{fault}]]"), &[]).await;
        assert_eq!(answer.error, Some(expected), "{fault}");
        let says_something = matches!(fault, "stall-mid" | "cut" | "error-mid" | "filter");
        assert_eq!(!answer.text.is_empty(), says_something, "{fault}");
    }
    for fault in ["429-once", "500-once", "context:9"] {
        let answer = ask(&provider, &format!("Hello [[fault:{fault}]]"), &[]).await;
        assert_eq!(
            (answer.error, answer.reason),
            (None, Some(FinishReason::Stop)),
            "{fault}"
        );
    }
    let cut = ask(&provider, "Hello [[fault:length]]", &[]).await;
    assert_eq!(cut.reason, Some(FinishReason::Length));
    let uncounted = ask(&provider, "Hello [[usage:none]]", &[]).await;
    assert_eq!((uncounted.error, uncounted.counted), (None, false));
}

#[tokio::test]
async fn checks_keys_with_the_list_of_models() {
    let provider = start().await;
    let models = provider.models(&"sk-demo".parse().unwrap()).await.unwrap();
    let models = models.unwrap();
    let names: Vec<&str> = models.0.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(names, ["scripted-1", "scripted-2"]);
    let refused = provider
        .models(&"sk-bad-key".parse().unwrap())
        .await
        .unwrap_err();
    assert_eq!(refused.kind, ProviderErrorKind::Auth);
}
