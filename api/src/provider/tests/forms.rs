//! Unsupported fields: the next form of the request, which is then remembered.

mod fields;
mod protocols;
mod tools;

use super::*;
use serde_json::{Value, json};

fn refuse(message: &str) -> Vec<Step> {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    refusal("400 Bad Request", "", &body.to_string())
}

fn hi() -> Vec<Step> {
    vec![Step::Send(sse(HI))]
}

/// A complete answer of the Responses API.
const RESPONSE: &str = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n\
    data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";

fn response() -> Vec<Step> {
    vec![Step::Send(sse(RESPONSE))]
}

/// Paths and bodies of all requests that one message leads to.
async fn asked(
    mock: &mut Mock,
    provider: &Provider,
    request: ModelRequest,
) -> (String, Vec<(String, Value)>) {
    let said = summary(provider.stream(&key(), request)).await;
    let mut requests = Vec::new();
    while let Ok(seen) = mock.seen.try_recv() {
        if let Seen::Request { head, body } = seen {
            let path = head
                .split(' ')
                .nth(1)
                .unwrap()
                .trim_start_matches("/v1")
                .to_owned();
            requests.push((path, serde_json::from_str(&body).unwrap()));
        }
    }
    (said, requests)
}

const CHAT: &str = "/chat/completions";
const RESPONSES: &str = "/responses";

#[tokio::test]
async fn changes_its_form_at_most_four_times() {
    let script = vec![
        refuse("Use /v1/responses for this."),
        refuse("Unknown parameter: 'reasoning.summary'."),
        refuse("Unknown parameter: 'include'."),
        refuse("Unknown parameter: 'instructions'."),
        refuse("this model does not support tools"),
        response(),
    ];
    let mut mock = Mock::start(script).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
    assert_eq!((said.as_str(), requests.len()), (" !Other", 5));
}

#[tokio::test]
async fn changing_the_form_does_not_count_as_a_retry() {
    let busy = || refusal("503 Service Unavailable", "", "");
    let script = vec![busy(), refuse("m does not support tools"), busy(), hi()];
    let mut mock = Mock::start(script).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
    assert_eq!(
        (said.as_str(), requests.len()),
        ("(without tools) Hi Stop", 4)
    );
}

#[tokio::test]
async fn ignores_refusals_about_other_things() {
    for message in [
        "Invalid value for 'temperature'",
        "The model `m` does not exist",
        "This model's maximum context length is 8192 tokens.",
        "Incorrect API key provided",
        "",
    ] {
        let mut mock = Mock::start(vec![refuse(message), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (requests.len(), said.starts_with(" !")),
            (1, true),
            "{message}: {said}"
        );
    }
}
