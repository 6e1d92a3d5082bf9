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
        ("reasoning_effort", false, "invalid think value: \"low\""),
        (
            "reasoning_effort",
            false,
            "'reasoning_effort' is not one of the known fields",
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
            "include.0: Input should be 'file_search_call.results'",
        ),
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
        "Error rendering prompt with jinja template: Conversation roles must alternate user/assistant/user/assistant/...",
        "messages.0.role: Input should be 'user' or 'assistant'",
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

/// A conversation with a call of an earlier run and one of this run, without attachments.
fn with_calls() -> ModelRequest {
    let call = |id: &str| {
        let call = ModelToolCall {
            id: id.into(),
            name: "save_note".into(),
            arguments: "{}".into(),
            carry: Carry::default(),
        };
        let asked = ModelMessage::Assistant {
            content: String::new(),
            tool_calls: vec![call],
            carry: Carry::default(),
        };
        let result = ModelMessage::Tool {
            call_id: id.into(),
            content: "ok".into(),
        };
        [asked, result]
    };
    let mut request = request_with_tools();
    request.messages.extend(call("1"));
    request.messages.push(ModelMessage::Assistant {
        content: "Saved.".into(),
        tool_calls: vec![],
        carry: Carry::default(),
    });
    request.messages.push(ModelMessage::User("again".into()));
    request.messages.extend(call("2"));
    request
}

fn messages(request: &Value) -> &[Value] {
    request["messages"].as_array().unwrap()
}

#[tokio::test]
async fn leaves_out_calls_of_earlier_runs_for_models_that_need_their_thoughts() {
    for message in [
        "The `reasoning_content` in the thinking mode must be passed back to the API.",
        "Missing `reasoning_content` field in the assistant message at message index 2.",
        "thinking is enabled but reasoning_content is missing in assistant tool call message at index 2",
    ] {
        let mut mock = Mock::start(vec![refuse(message), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, with_calls()).await;
        assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 2), "{message}");
        let roles: Vec<&Value> = messages(&requests[1].1)
            .iter()
            .map(|message| &message["role"])
            .collect();
        assert_eq!(
            roles,
            ["system", "user", "assistant", "user", "assistant", "tool"]
        );
        assert_eq!(messages(&requests[1].1)[2]["content"], "Saved.");
        // This run's call keeps its place, with something in place of its thought.
        assert_eq!(messages(&requests[1].1)[4]["reasoning_content"], " ");
        let (_, again) = asked(&mut mock, &provider, with_calls()).await;
        assert_eq!(again.len(), 1, "{message}");
    }
}

#[tokio::test]
async fn sends_geminis_value_for_signatures_that_are_lost() {
    for message in [
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.",
        "Unable to submit request because function call `default_api:f` in the 4. content block is missing a `thought_signature`.",
        "Thought signature is required for function calls.",
    ] {
        let mut mock = Mock::start(vec![refuse(message), hi(), hi()]).await;
        let provider = mock.provider();
        let (said, requests) = asked(&mut mock, &provider, with_calls()).await;
        assert_eq!((said.as_str(), requests.len()), ("Hi Stop", 2), "{message}");
        let signature = "/tool_calls/0/extra_content/google/thought_signature";
        let signatures = messages(&requests[1].1)
            .iter()
            .filter_map(|message| message.pointer(signature));
        assert_eq!(
            signatures.collect::<Vec<_>>(),
            ["skip_thought_signature_validator"; 2],
            "{message}"
        );
        let (_, again) = asked(&mut mock, &provider, with_calls()).await;
        assert_eq!(again.len(), 1, "{message}");
    }
}
