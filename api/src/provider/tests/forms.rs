//! Unsupported fields: the next form of the request, and that it is learned.

use super::*;
use serde_json::{Value, json};

fn refuse(message: &str) -> Vec<Step> {
    let body = json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    refusal("400 Bad Request", "", &body.to_string())
}

fn hi() -> Vec<Step> {
    vec![Step::Send(sse(HI))]
}

/// A whole good answer of the Responses API.
const RESPONSE: &str = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n\
    data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n";

fn response() -> Vec<Step> {
    vec![Step::Send(sse(RESPONSE))]
}

/// Paths and bodies of the requests that were made of one.
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
async fn points_to_the_responses_api() {
    let pointers = [
        "Function tools with reasoning_effort are not supported for gpt-5.6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        "This model is only supported in v1/responses and not in v1/chat/completions.",
        "Function tools with reasoning_effort are not supported for gpt-5.4-mini in /v1/chat/completions. Please use /v1/responses instead.",
        "Tool use with this model needs the Responses API.",
    ];
    for pointer in pointers {
        let mut mock = Mock::start(vec![refuse(pointer), response(), response()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(said, "Hi Stop", "{pointer}");
        assert_eq!([&*requests[0].0, &*requests[1].0], [CHAT, RESPONSES]);
        // Learned: no second refusal.
        let (_, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!((again.len(), &*again[0].0), (1, RESPONSES), "{pointer}");
    }
    // A 404 that points there is a pointer as well.
    let body = json!({"error": {"message": pointers[1]}}).to_string();
    let mut mock = Mock::start(vec![refusal("404 Not Found", "", &body), response()]).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request()).await;
    assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 2));
}

#[tokio::test]
async fn omits_reasoning_next_to_tools_on_chat() {
    let words = [
        "Function tools with reasoning_effort are not supported for gpt-5.6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        "Tools cannot be used with reasoning: set reasoning_effort to \"none\".",
        "Function calling is not supported while thinking is enabled for this model.",
    ];
    for message in words {
        let mut mock = Mock::start(vec![refuse(message), hi(), hi()]).await;
        let provider = mock.provider_by(Api::Chat);
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(said, "Hi Stop", "{message}");
        assert_eq!(requests[0].1.get("reasoning_effort"), None);
        assert_eq!(requests[1].1["reasoning_effort"], "none", "{message}");
        assert!(requests[1].1.get("tools").is_some());
        let (_, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (again.len(), &again[0].1["reasoning_effort"]),
            (1, &json!("none"))
        );
    }
    // Responses is pointed at and missing.
    let missing = refusal("404 Not Found", "", "404 page not found");
    let mut mock = Mock::start(vec![refuse(words[0]), missing, refuse(words[0]), hi()]).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
    let paths: Vec<&str> = requests.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        (said.as_str(), paths),
        ("Hi Stop", vec![CHAT, RESPONSES, CHAT, CHAT])
    );
    assert_eq!(requests[3].1["reasoning_effort"], "none");
}

#[tokio::test]
async fn leaves_out_fields_that_are_refused() {
    // Field, words, whether on Responses, pointer to what goes.
    let rows = [
        (
            "reasoning_effort",
            false,
            "Unrecognized request argument supplied: reasoning_effort",
        ),
        (
            "reasoning_effort",
            false,
            "Unsupported value: 'reasoning_effort' does not support 'low' with this model.",
        ),
        (
            "reasoning_effort",
            false,
            "\"qwen3:1b\" does not support thinking",
        ),
        (
            "reasoning_effort",
            false,
            "json: unknown field \"reasoning_effort\"",
        ),
        (
            "stream_options",
            false,
            "Unrecognized request argument supplied: stream_options",
        ),
        (
            "stream_options",
            false,
            "Extra inputs are not permitted: stream_options",
        ),
        (
            "stream_options",
            false,
            "stream_options is not supported by this model",
        ),
        (
            "reasoning/summary",
            true,
            "Your organization must be verified to generate reasoning summaries.",
        ),
        (
            "reasoning/summary",
            true,
            "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
        ),
        (
            "reasoning/summary",
            true,
            "Unknown parameter: 'reasoning.summary'.",
        ),
        (
            "include",
            true,
            "Encrypted content is not supported with this model.",
        ),
        ("include", true, "Unknown parameter: 'include'."),
        (
            "include",
            true,
            "Invalid value: 'reasoning.encrypted_content' in include[0].",
        ),
        (
            "reasoning/effort",
            true,
            "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        ),
        (
            "reasoning",
            true,
            "Unsupported parameter: 'reasoning' is not supported with this model.",
        ),
        ("reasoning", true, "unknown field `reasoning`"),
        (
            "reasoning",
            true,
            "Reasoning is not supported by this model",
        ),
    ];
    for (field, on_responses, message) in rows {
        let answer = || if on_responses { response() } else { hi() };
        let mut mock = Mock::start(vec![refuse(message), answer(), answer()]).await;
        let api = if on_responses {
            Api::Responses
        } else {
            Api::Auto
        };
        let provider = mock.provider_by(api);
        let mut request = request();
        if field.ends_with("effort") {
            request.effort = Some(crate::domain::Effort::Low);
        }
        let (said, requests) = asked(&mut mock, &provider, request.clone()).await;
        assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 2), "{message}");
        let pointer = format!("/{field}");
        assert!(requests[0].1.pointer(&pointer).is_some(), "{message}");
        assert!(requests[1].1.pointer(&pointer).is_none(), "{message}");
        let (_, again) = asked(&mut mock, &provider, request).await;
        assert_eq!(
            (again.len(), again[0].1.pointer(&pointer)),
            (1, None),
            "{message}"
        );
    }
}

#[tokio::test]
async fn omits_reasoning_fields_for_models_without_reasoning() {
    let script = vec![
        refuse("Unsupported parameter: 'reasoning.summary' is not supported with this model."),
        refuse("Encrypted content is not supported with this model."),
        response(),
    ];
    let mut mock = Mock::start(script).await;
    let provider = mock.provider_by(Api::Responses);
    let (said, requests) = asked(&mut mock, &provider, request()).await;
    assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 3));
    assert!(requests[2].1.get("include").is_none() && requests[2].1.get("reasoning").is_none());
}

#[tokio::test]
async fn puts_instructions_before_the_first_user_message() {
    for message in [
        "System role not supported",
        "Developer instruction is not enabled for models/gemma-3-4b-it",
        "Conversation roles must alternate; only user and assistant roles are supported!",
        "messages[0].role: 'system' is not one of ['user', 'assistant']",
    ] {
        let mut mock = Mock::start(vec![refuse(message), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request()).await;
        assert_eq!(said, "Hi Stop", "{message}");
        assert_eq!(requests[0].1["messages"][0]["role"], "system");
        let expected = json!([{"role": "user", "content": "s\n\nhello"}]);
        assert_eq!(requests[1].1["messages"], expected, "{message}");
        let (_, again) = asked(&mut mock, &provider, request()).await;
        assert_eq!((again.len(), &again[0].1["messages"]), (1, &expected));
    }
}

#[tokio::test]
async fn retries_without_tools_and_notifies() {
    for (status, message) in [
        ("400 Bad Request", "models/little:1b does not support tools"),
        (
            "400 Bad Request",
            "registry.ollama.ai/library/gemma:2b does not support tools",
        ),
        (
            "400 Bad Request",
            "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
        ),
        (
            "404 Not Found",
            "No endpoints found that support tool use. To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing",
        ),
        (
            "500 Internal Server Error",
            "tools param requires --jinja flag",
        ),
        (
            "400 Bad Request",
            "Function calling is not enabled for models/gemma-3-4b-it",
        ),
        (
            "400 Bad Request",
            "`tool calling` is not supported with this model",
        ),
        (
            "400 Bad Request",
            "Unrecognized request argument supplied: tools",
        ),
    ] {
        let body = json!({"error": {"message": message}}).to_string();
        let mut mock = Mock::start(vec![refusal(status, "", &body), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (said.as_str(), requests.len()),
            ("(without tools) Hi Stop", 2),
            "{message}"
        );
        assert!(requests[1].1.get("tools").is_none());
        // Learned, and said again.
        let (said, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (said.as_str(), again.len()),
            ("(without tools) Hi Stop", 1),
            "{message}"
        );
    }
}

#[tokio::test]
async fn offers_tools_with_plain_schemas_once() {
    let words = [
        "Invalid JSON payload received. Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters': Cannot find field.",
        "Invalid schema for function 'save_note': 'title' is not a valid format.",
        "Unrecognized schema: {\"additionalProperties\":false}",
        "tools.0.parameters: 'format' is not supported",
    ];
    for message in words {
        let mut mock = Mock::start(vec![refuse(message), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 2), "{message}");
        let parameters = "/tools/0/function/parameters";
        assert!(
            requests[0]
                .1
                .pointer(parameters)
                .unwrap()
                .get("additionalProperties")
                .is_some()
        );
        let plain = json!({"type": "object", "properties": {"title": {"type": "string"}}});
        assert_eq!(requests[1].1.pointer(parameters), Some(&plain), "{message}");
        let (_, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (again.len(), again[0].1.pointer(parameters)),
            (1, Some(&plain))
        );
    }
    let refused = || refuse(words[2]);
    let mut mock = Mock::start(vec![refused(), refused(), hi()]).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
    assert_eq!((said.as_str(), requests.len()), (" !Other", 2));
}

#[tokio::test]
async fn falls_back_to_chat_without_responses() {
    for (status, body) in [
        ("404 Not Found", "404 page not found"),
        ("404 Not Found", r#"{"detail":"Not Found"}"#),
        ("405 Method Not Allowed", ""),
        ("501 Not Implemented", ""),
    ] {
        let pointer = refuse("Use /v1/responses for this.");
        let mut mock = Mock::start(vec![pointer, refusal(status, "", body), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request()).await;
        let paths: Vec<&str> = requests.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            (said.as_str(), paths),
            ("Hi Stop", vec![CHAT, RESPONSES, CHAT]),
            "{status}"
        );
        let (_, again) = asked(&mut mock, &provider, request()).await;
        assert_eq!((again.len(), &*again[0].0), (1, CHAT));
    }
    // A model that is missing is not an address that is.
    let no_model = refusal(
        "404 Not Found",
        "",
        r#"{"error":{"message":"The model `m` does not exist"}}"#,
    );
    let mut mock = Mock::start(vec![refuse("Use /v1/responses for this."), no_model]).await;
    let provider = mock.provider();
    let (said, requests) = asked(&mut mock, &provider, request()).await;
    assert_eq!((said.as_str(), requests.len()), (" !ModelNotFound", 2));
}

#[tokio::test]
async fn a_configured_api_is_never_changed() {
    let missing = refusal("404 Not Found", "", "404 page not found");
    let mut mock = Mock::start(vec![missing, hi()]).await;
    let provider = mock.provider_by(Api::Responses);
    let error = provider
        .stream(&key(), request())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind, ProviderErrorKind::WrongAddress);
    assert!(error.advice.unwrap().contains("OPENAI_API"));
    assert_eq!(mock.requests(), 1);

    let mut mock = Mock::start(vec![
        refuse("This model is only supported in v1/responses."),
        response(),
    ])
    .await;
    let provider = mock.provider_by(Api::Chat);
    let error = provider
        .stream(&key(), request())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.advice.unwrap().contains("OPENAI_API"));
    assert_eq!(mock.requests(), 1);
}

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
