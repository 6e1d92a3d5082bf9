//! `GET /models`, which also checks a key.

use super::*;

async fn list(script: Vec<Step>) -> Result<Option<Vec<String>>, ProviderErrorKind> {
    let mock = Mock::start(vec![script]).await;
    let mut options = ProviderOptions::new(&mock.url);
    options.models_timeout = Duration::from_millis(500);
    Provider::new(options)
        .unwrap()
        .models(&key())
        .await
        .map(|list| {
            list.map(|list| {
                list.0
                    .iter()
                    .map(|model| model.id.as_str().to_owned())
                    .collect()
            })
        })
        .map_err(|error| error.kind)
}

#[tokio::test]
async fn distinguishes_good_keys_bad_keys_and_no_answer() {
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
            Err(Kind::WrongAddress),
        ),
        (
            "LM Studio without /v1",
            vec![Step::Send(ok(
                "application/json",
                r#"{"error":"Unexpected endpoint or method. (GET /models)"}"#,
            ))],
            Err(Kind::WrongAddress),
        ),
        (
            "a path that is called models",
            refusal(
                "404 Not Found",
                "",
                "The requested URL /models was not found.",
            ),
            Ok(None),
        ),
        (
            "too much",
            vec![Step::Send(ok("application/json", huge))],
            Err(Kind::WrongAddress),
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
async fn sends_the_key_to_the_base_url() {
    let mut mock = Mock::start(vec![refusal("404 Not Found", "", "")]).await;
    mock.provider().models(&key()).await.unwrap();
    let (head, _) = mock.request().await;
    assert!(head.starts_with("GET /v1/models HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: Bearer sk-test-7"), "{head}");
}

#[tokio::test]
async fn checks_keys_with_an_empty_request_without_a_list() {
    use ProviderErrorKind as Kind;
    let none = || refusal("404 Not Found", "", "404 page not found");
    let rows = [
        (none(), Err(Kind::WrongAddress)),
        (
            refusal("405 Method Not Allowed", "", ""),
            Err(Kind::WrongAddress),
        ),
        (refusal("401 Unauthorized", "", ""), Err(Kind::Auth)),
        (
            refusal(
                "400 Bad Request",
                "",
                r#"{"error":{"message":"API key not valid."}}"#,
            ),
            Err(Kind::Auth),
        ),
        (
            refusal("503 Service Unavailable", "", ""),
            Err(Kind::Unavailable),
        ),
        (
            refusal(
                "400 Bad Request",
                "",
                r#"{"error":{"message":"model is required"}}"#,
            ),
            Ok(()),
        ),
        (
            refusal(
                "404 Not Found",
                "",
                r#"{"error":{"message":"model \"\" not found"}}"#,
            ),
            Ok(()),
        ),
        (
            refusal(
                "422 Unprocessable Entity",
                "",
                r#"{"detail":[{"loc":["body","model"],"msg":"field required"}]}"#,
            ),
            Ok(()),
        ),
    ];
    for (answer, expected) in rows {
        let mut mock = Mock::start(vec![none(), answer.clone()]).await;
        let tried = mock.provider().try_key(&key()).await;
        assert_eq!(
            tried.map(|_| ()).map_err(|error| error.kind),
            expected,
            "{answer:?}"
        );
        mock.request().await;
        let (head, body) = mock.request().await;
        assert!(head.starts_with("POST /v1/chat/completions "), "{head}");
        assert_eq!(body, "{}");
    }
    let list = ok("application/json", r#"{"data":[{"id":"a"}]}"#);
    let mut mock = Mock::start(vec![vec![Step::Send(list)], none()]).await;
    assert!(mock.provider().try_key(&key()).await.unwrap().is_some());
    assert_eq!(mock.requests(), 1);
}

#[tokio::test]
async fn a_bad_key_answered_with_400_is_refused() {
    let body = r#"[{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}]"#;
    let refused = list(refusal("400 Bad Request", "", body)).await;
    assert_eq!(refused, Err(ProviderErrorKind::Auth));
}
