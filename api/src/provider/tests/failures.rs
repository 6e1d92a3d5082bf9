//! Failures: their kinds, and when a request is sent again.

use super::*;
use std::time::Instant;

/// Returns the summary, and the number of attempts.
async fn ask(scripts: Vec<Vec<Step>>) -> (String, usize) {
    let mut mock = Mock::start(scripts).await;
    let said = summary(mock.provider().stream(&key(), request())).await;
    (said, mock.requests())
}

fn hi() -> Vec<Step> {
    vec![Step::Send(sse(HI))]
}

#[tokio::test]
async fn refusals_keep_their_status_whatever_the_body() {
    let rows = [
        ("401 Unauthorized", "<html>no</html>", " !Auth"),
        ("401 Unauthorized", r#"{"error":"bad key"}"#, " !Auth"),
        ("401 Unauthorized", r#"{"detail":"no"}"#, " !Auth"),
        ("403 Forbidden", "", " !Auth"),
        (
            "402 Payment Required",
            r#"{"error":{"message":"m","code":402}}"#,
            " !Quota",
        ),
        ("404 Not Found", "page not found", " !WrongAddress"),
        (
            "400 Bad Request",
            r#"{"error":{"message":"m","type":"t","code":"context_length_exceeded"}}"#,
            " !ContextTooLong",
        ),
        (
            "400 Bad Request",
            r#"{"error":{"message":"m","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            " !ContentFiltered",
        ),
        (
            "400 Bad Request",
            "[{\"error\":{\"code\":400,\"message\":\"API key not valid\",\"status\":\"INVALID_ARGUMENT\"}}]",
            " !Auth",
        ),
        (
            "429 Too Many Requests",
            r#"{"error":{"message":"m","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            " !Quota",
        ),
        ("413 Payload Too Large", "", " !ContextTooLong"),
        ("408 Request Timeout", "", " !Unavailable"),
        ("418 I'm a teapot", "", " !Other"),
    ];
    for (status, body, expected) in rows {
        assert_eq!(
            ask(vec![refusal(status, "", body)]).await,
            (expected.to_owned(), 1),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn retries_at_most_twice_before_output() {
    let busy = || refusal("503 Service Unavailable", "", "");
    let slow_down = |after: &str| {
        refusal(
            "429 Too Many Requests",
            &format!("Retry-After: {after}\r\n"),
            "slow down",
        )
    };
    let cut_early = || vec![Step::Send(CHUNKED_HEAD.to_vec())];
    let cut_late = || {
        let said = "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}]}\n\n";
        vec![Step::Send([CHUNKED_HEAD, &chunked(said)].concat())]
    };
    let error_early = || {
        vec![Step::Send(sse(
            "data: {\"error\":{\"code\":502,\"message\":\"m\"}}\n\n",
        ))]
    };
    let rows = [
        ("once", vec![busy(), hi()], "Hi Stop", 2),
        ("twice", vec![busy(), busy(), hi()], "Hi Stop", 3),
        (
            "not three times",
            vec![busy(), busy(), busy(), hi()],
            " !Unavailable",
            3,
        ),
        (
            "after as long as asked",
            vec![slow_down("1"), hi()],
            "Hi Stop",
            2,
        ),
        (
            "never after more than 10 s",
            vec![slow_down("11"), hi()],
            " !RateLimited",
            1,
        ),
        (
            "never after an hour",
            vec![slow_down("3600"), hi()],
            " !RateLimited",
            1,
        ),
        (
            "when the connection breaks before the answer",
            vec![vec![], hi()],
            "Hi Stop",
            2,
        ),
        (
            "when it breaks before the first output",
            vec![cut_early(), hi()],
            "Hi Stop",
            2,
        ),
        (
            "when the first thing said is a 502",
            vec![error_early(), hi()],
            "Hi Stop",
            2,
        ),
        (
            "never after output",
            vec![cut_late(), hi()],
            "H !InvalidResponse",
            1,
        ),
    ];
    for (what, scripts, expected, tries) in rows {
        assert_eq!(ask(scripts).await, (expected.to_owned(), tries), "{what}");
    }
}

#[tokio::test]
async fn waits_as_long_as_retry_after_asks() {
    let begun = Instant::now();
    let script = refusal("429 Too Many Requests", "Retry-After: 1\r\n", "");
    assert_eq!(ask(vec![script, hi()]).await.0, "Hi Stop");
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn reports_the_providers_retry_after() {
    let script = refusal("429 Too Many Requests", "Retry-After: 3600\r\n", "");
    let mock = Mock::start(vec![script]).await;
    let error = mock
        .provider()
        .stream(&key(), request())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (error.status, error.retry_after),
        (Some(429), Some(Duration::from_secs(3600)))
    );
    assert!(error.retryable);
}

#[tokio::test]
async fn no_connection_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let provider = Provider::new(ProviderOptions::new(url)).unwrap();
    let error = provider
        .stream(&key(), request())
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        (error.kind, error.status),
        (ProviderErrorKind::Unavailable, None)
    );
    assert_eq!(
        provider.models(&key()).await.unwrap_err().kind,
        ProviderErrorKind::Unavailable
    );
}

#[tokio::test]
async fn timeouts_are_not_retried() {
    let said = "data: {\"choices\":[{\"delta\":{\"content\":\"H\"}}]}\n\n";
    let rows = [
        ("no head", vec![Step::Hold], " !Timeout"),
        (
            "no body",
            vec![Step::Send(sse("")), Step::Hold],
            " !Timeout",
        ),
        (
            "in mid-answer",
            vec![Step::Send(sse(said)), Step::Hold],
            "H !Timeout",
        ),
    ];
    for (what, script, expected) in rows {
        let mut mock = Mock::start(vec![script, hi()]).await;
        let mut options = ProviderOptions::new(&mock.url);
        options.first_byte_timeout = Duration::from_millis(150);
        options.idle_timeout = Duration::from_millis(150);
        let provider = Provider::new(options).unwrap();
        assert_eq!(
            summary(provider.stream(&key(), request())).await,
            expected,
            "{what}"
        );
        mock.request().await;
        assert!(matches!(mock.seen().await, Seen::ClientLeft), "{what}");
        assert_eq!(mock.requests(), 0, "{what}");
    }
}
