//! Tools that a model does not support, or schemas that it cannot read.

use super::*;

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
        (
            "400 Bad Request",
            "Invalid request: Function calling is not yet implemented for stream mode.",
        ),
        (
            "500 Internal Server Error",
            "Unsupported tool_call_parser: None",
        ),
        (
            "400 Bad Request",
            "Please launch the server with --tool-call-parser to use tools",
        ),
        (
            "400 Bad Request",
            "Tool use has not been enabled for this model",
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
        // Remembered, and reported again.
        let (said, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!(
            (said.as_str(), again.len()),
            ("(without tools) Hi Stop", 1),
            "{message}"
        );
    }
}

#[tokio::test]
async fn a_complaint_about_the_conversation_does_not_cost_the_tools() {
    for message in [
        "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        "An assistant message with 'tool_calls' must be followed by tool messages; not found: call_1",
        "Invalid 'messages[3].tool_call_id': not found in the previous message",
    ] {
        let mut mock = Mock::start(vec![refuse(message), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!((said.as_str(), requests.len()), (" !Other", 1), "{message}");
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
