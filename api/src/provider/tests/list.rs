//! `GET /models`, which is also how a key is tried.

use super::*;

async fn list(script: Vec<Step>) -> Result<Option<Vec<String>>, ProviderErrorKind> {
    let mock = Mock::start(vec![script]).await;
    let mut options = ProviderOptions::new(&mock.url);
    options.models_timeout = Duration::from_millis(500);
    Provider::new(options)
        .unwrap()
        .models(&key())
        .await
        .map_err(|error| error.kind)
}

#[tokio::test]
async fn tells_a_good_key_from_a_bad_one_and_from_no_answer() {
    use ProviderErrorKind as Kind;
    let names = |names: &[&str]| Ok(Some(names.iter().map(|name| (*name).to_owned()).collect()));
    let huge = format!(
        "{{\"data\":[{{\"id\":\"{}\"}}]}}",
        "x".repeat(5 * 1024 * 1024)
    );
    let rows = [
        (
            "a list",
            vec![Step::Send(ok(
                "application/json",
                r#"{"data":[{"id":"a"},{"id":"b"}]}"#,
            ))],
            names(&["a", "b"]),
        ),
        (
            "refused",
            refusal("401 Unauthorized", "", "<html>"),
            Err(Kind::Auth),
        ),
        (
            "forbidden",
            refusal("403 Forbidden", "", ""),
            Err(Kind::Auth),
        ),
        ("no such route", refusal("404 Not Found", "", ""), Ok(None)),
        (
            "no such method",
            refusal("405 Method Not Allowed", "", ""),
            Ok(None),
        ),
        (
            "busy",
            refusal("429 Too Many Requests", "Retry-After: 1\r\n", ""),
            Err(Kind::RateLimited),
        ),
        (
            "down",
            refusal("500 Internal Server Error", "", ""),
            Err(Kind::Unavailable),
        ),
        (
            "HTML",
            vec![Step::Send(ok("text/html", "<html>"))],
            Err(Kind::InvalidResponse),
        ),
        (
            "too much",
            vec![Step::Send(ok("application/json", huge))],
            Err(Kind::InvalidResponse),
        ),
        ("silence", vec![Step::Hold], Err(Kind::Timeout)),
        (
            "silence within",
            vec![
                Step::Send(ok("application/json", r#"{"data":["#)),
                Step::Hold,
            ],
            Err(Kind::Timeout),
        ),
        ("cut", vec![], Err(Kind::Unavailable)),
    ];
    for (what, script, expected) in rows {
        assert_eq!(list(script).await, expected, "{what}");
    }
}

#[tokio::test]
async fn asks_with_the_key_at_the_base_url() {
    let mut mock = Mock::start(vec![refusal("404 Not Found", "", "")]).await;
    mock.provider().models(&key()).await.unwrap();
    let (head, _) = mock.request().await;
    assert!(head.starts_with("GET /v1/models HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer sk-test-7"), "{head}");
}
