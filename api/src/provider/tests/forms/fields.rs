//! Fields and roles that a model does not support.

use super::*;

#[tokio::test]
async fn leaves_out_fields_that_are_refused() {
    // Field, message, whether on Responses, pointer to what is left out.
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
