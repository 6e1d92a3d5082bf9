//! Hostile or broken providers, and hostile environments.

use super::*;
use std::process::Command;

#[tokio::test]
async fn dropping_the_stream_drops_the_request() {
    // Before the head of the response.
    let mut mock = Mock::start(vec![vec![Step::Hold]]).await;
    let mut stream = mock.provider().stream(&key(), request());
    tokio::select! {
        event = stream.next() => panic!("{event:?}"),
        _ = mock.request() => {}
    }
    drop(stream);
    assert!(matches!(mock.seen().await, Seen::ClientLeft));

    // Within an answer, while the provider thinks.
    let said = "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}]}\n\n";
    let mut mock = Mock::start(vec![vec![Step::Send(sse(said)), Step::Hold]]).await;
    let mut stream = mock.provider().stream(&key(), request());
    let first = stream.next().await.unwrap();
    assert_eq!(first, Ok(vec![ModelEvent::Text("H".into())]));
    drop(stream);
    mock.request().await;
    assert!(matches!(mock.seen().await, Seen::ClientLeft));
}

#[tokio::test]
async fn nothing_is_sent_before_the_stream_is_read() {
    let mut mock = Mock::start(vec![vec![Step::Send(sse(HI))]]).await;
    let stream = mock.provider().stream(&key(), request());
    tokio::task::yield_now().await;
    assert_eq!(mock.requests(), 0);
    assert_eq!(summary(stream).await, "Hi Stop");
}

#[tokio::test]
async fn a_slow_consumer_slows_the_provider() {
    let chunk =
        "data: {\"choices\":[{\"delta\":{\"content\":\"xxxxxxxxxxxxxxxx\"}}]}\n\n".repeat(1000);
    let script = vec![
        Step::Send(sse("")),
        Step::Flood(chunk.into_bytes()),
        Step::Hold,
    ];
    let mut mock = Mock::start(vec![script]).await;
    let mut stream = mock.provider().stream(&key(), request());
    stream.next().await.unwrap().unwrap();
    mock.request().await;
    let Seen::Flooded(taken) = mock.seen().await else {
        panic!("no flood")
    };
    // The two socket buffers on loopback, and our window.
    assert!(taken < 16 * 1024 * 1024, "{taken} bytes read ahead");
    drop(stream);
    assert!(matches!(mock.seen().await, Seen::ClientLeft));
}

#[tokio::test]
async fn limits_the_size_of_answers() {
    let huge_event = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
        "x".repeat(1024 * 1024)
    );
    assert_eq!(read(sse(huge_event)).await, " !OutputTooLong");

    let no_line_end = vec![b'x'; 2 * 1024 * 1024];
    assert_eq!(read(sse(no_line_end)).await, " !OutputTooLong");

    let half = "x".repeat(512 * 1024);
    let event = format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{half}\"}}}}]}}\n\n");
    let said = read(sse(event.repeat(17))).await;
    assert_eq!(
        (said.len(), said.trim_start_matches('x')),
        (8 * 1024 * 1024 + 15, " !OutputTooLong")
    );

    let event = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{{\"index\":0,\"function\":{{\"name\":\"f\",\"arguments\":\"{half}\"}}}}]}}}}]}}\n\n"
    );
    assert_eq!(read(sse(event.repeat(17))).await, " !OutputTooLong");

    let document = format!("{{\"a\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    assert_eq!(
        read(ok("application/json", document)).await,
        " !OutputTooLong"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let mut other = Mock::start(vec![vec![Step::Send(sse(HI))]]).await;
        let to_other = || {
            refusal(
                status,
                &format!("Location: {}/chat/completions\r\n", other.url),
                "",
            )
        };
        let mock = Mock::start(vec![to_other(), to_other()]).await;
        let error = mock
            .provider()
            .stream(&key(), request())
            .next()
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(error.kind, ProviderErrorKind::Other);
        assert!(error.detail.contains("redirect"), "{}", error.detail);
        assert_eq!(
            mock.provider().models(&key()).await.unwrap_err().kind,
            ProviderErrorKind::Other
        );
        assert_eq!(other.requests(), 0);
    }
}

#[tokio::test]
async fn errors_never_repeat_the_key_or_the_conversation() {
    let body = r#"{"error":{"message":"Incorrect API key provided: sk-test-7. You said hello.","code":"sk-test-7","type":"you said hello"}}"#;
    for script in [
        refusal("401 Unauthorized", "", body),
        vec![Step::Send(sse(format!("data: {body}\n\n")))],
        vec![Step::Send(sse("data: {sk-test-7 hello}\n\n"))],
    ] {
        let mock = Mock::start(vec![script]).await;
        let error = mock
            .provider()
            .stream(&key(), request())
            .next()
            .await
            .unwrap()
            .unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("sk-test-7") && !shown.contains("hello"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_whole_answer() {
    let answer = || Step::Send([CHUNKED_HEAD, &chunked(HI), LAST_CHUNK].concat());
    let mut mock = Mock::start(vec![vec![answer(), Step::Again, answer()]]).await;
    let provider = mock.provider();
    for _ in 0..2 {
        assert_eq!(
            summary(provider.clone().stream(&key(), request())).await,
            "Hi Stop"
        );
    }
    assert_eq!(mock.requests(), 2);
}

#[tokio::test]
async fn every_valid_key_is_a_valid_header() {
    let all: String = ('!'..='~').collect();
    let key: ApiKey = all.parse().unwrap();
    let mut mock = Mock::start(vec![vec![Step::Send(sse(HI))]]).await;
    assert_eq!(
        summary(mock.provider().stream(&key, request())).await,
        "Hi Stop"
    );
    let (head, _) = mock.request().await;
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.contains(&format!("authorization: Bearer {all}\r\n")),
        "{head}"
    );
}

/// Runs [`sees_only_its_own_settings`] again, in a process with misleading variables.
#[test]
fn ignores_the_environments_proxies() {
    let lures = [
        ("OPENAI_API_KEY", "sk-lure"),
        ("OPENAI_ADMIN_KEY", "sk-lure"),
        ("OPENAI_BASE_URL", "http://127.0.0.1:9/lure"),
        ("OPENAI_ORG_ID", "org-lure"),
        ("OPENAI_PROJECT_ID", "project-lure"),
        ("HTTP_PROXY", "http://127.0.0.1:9"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("ALL_PROXY", "http://127.0.0.1:9"),
    ];
    let test = concat!(module_path!(), "::sees_only_its_own_settings");
    let test = test.split_once("::").unwrap().1;
    let run = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .envs(lures)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn sees_only_its_own_settings() {
    let mut mock = Mock::start(vec![vec![Step::Send(sse(HI))]]).await;
    assert_eq!(
        summary(mock.provider().stream(&key(), request())).await,
        "Hi Stop"
    );
    let (head, body) = mock.request().await;
    assert!(
        head.contains("authorization: Bearer sk-test-7\r\n"),
        "{head}"
    );
    assert!(
        !format!("{head}{body}").to_lowercase().contains("lure"),
        "{head}"
    );
    assert!(!head.to_lowercase().contains("openai-"), "{head}");
}
