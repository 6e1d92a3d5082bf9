//! Which of the two protocols a model supports, and with how much reasoning.

use super::*;

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
        // Remembered: no second refusal.
        let (_, again) = asked(&mut mock, &provider, request_with_tools()).await;
        assert_eq!((again.len(), &*again[0].0), (1, RESPONSES), "{pointer}");
    }
    // A 404 can point to the other protocol, too.
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
    // Responses is suggested and missing.
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
    // A missing model does not mean a missing route.
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
