//! Rules for all responses: the order of checks, problems, headers, CORS.

use crate::support::{Client, Model, PASSCODE, TestServer, client::problem};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

const STRANGER: &str = "https://stranger.example";
/// Listed in `CORS_ORIGINS`.
const LISTED: &str = crate::support::server::ORIGIN;

/// All routes that change something: method, path, whether it needs a session, a valid body.
fn changing() -> Vec<(&'static str, &'static str, bool, Option<Value>)> {
    vec![
        (
            "POST",
            "/api/login",
            false,
            Some(json!({"passcode": PASSCODE})),
        ),
        ("POST", "/api/logout", false, None),
        (
            "POST",
            "/api/settings",
            true,
            Some(json!({"model": "mine"})),
        ),
        ("DELETE", "/api/settings", true, None),
        ("POST", "/api/chat", true, Some(json!({"message": "Hello"}))),
        ("POST", "/api/runs/none/cancel", true, None),
        (
            "PATCH",
            "/api/threads/none",
            true,
            Some(json!({"title": "New"})),
        ),
        ("DELETE", "/api/threads/none", true, None),
        ("DELETE", "/api/notes/none", true, None),
        ("POST", "/api/mcp-tokens", true, None),
        ("DELETE", "/api/mcp-tokens/none", true, None),
    ]
}

const READING: [(&str, bool); 11] = [
    ("/", false),
    ("/health", false),
    ("/ready", false),
    ("/openapi.json", false),
    ("/api/session", false),
    ("/api/sites/any", false),
    ("/api/models", true),
    ("/api/threads", true),
    ("/api/threads/none", true),
    ("/api/notes", true),
    ("/api/runs/none/events", true),
];

async fn start() -> TestServer {
    TestServer::start(&Model::new([]).await).await
}

#[tokio::test]
async fn checks_in_the_contracts_order() {
    let server = start().await;
    let stranger = server.client();
    for (method, path, session, body) in changing() {
        let what = format!("{method} {path}");
        // Everything is wrong at first, and corrected check by check.
        let spoilt = |client: &Client| {
            client
                .request(method, path)
                .body("{")
                .header("content-type", "text/plain")
        };
        let client = server.client();
        client.sign_in().await;

        let elsewhere = format!("{path}/no/such/route");
        let lost = stranger
            .request(method, &elsewhere)
            .header("origin", STRANGER)
            .body("{");
        problem(stranger.run(lost).await, 404, "not_found").await;
        let wrong = stranger
            .request("PUT", path)
            .header("origin", STRANGER)
            .body("{");
        let response = stranger.run(wrong).await;
        let allow = response.headers()["allow"].to_str().unwrap().to_owned();
        assert!(
            allow.split(',').any(|one| one.trim() == method),
            "{what}: {allow}"
        );
        problem(response, 405, "method_not_allowed").await;

        let foreign = spoilt(&client).header("origin", STRANGER);
        problem(client.run(foreign).await, 403, "origin_not_allowed").await;
        if session {
            problem(stranger.run(spoilt(&stranger)).await, 401, "not_signed_in").await;
        }
        problem(
            client.run(spoilt(&client)).await,
            415,
            "unsupported_media_type",
        )
        .await;

        let sent = |text: String| {
            client
                .request(method, path)
                .header("content-type", "application/json")
                .body(text)
        };
        let most = if path == "/api/chat" { 160 } else { 64 };
        let long = format!("{{{}", " ".repeat(most * 1024));
        problem(client.run(sent(long)).await, 413, "payload_too_large").await;
        problem(
            client.run(sent("{".to_owned())).await,
            400,
            "malformed_json",
        )
        .await;
        let mut unknown = body.clone().unwrap_or_else(|| json!({}));
        unknown["no_such_field"] = json!(1);
        let refused = problem(
            client.run(sent(unknown.to_string())).await,
            422,
            "invalid_request",
        )
        .await;
        assert!(
            refused["detail"]
                .as_str()
                .unwrap()
                .starts_with("no_such_field: "),
            "{refused}"
        );

        let good = client.request(method, path);
        let good = if let Some(body) = &body {
            good.json(body)
        } else {
            good
        };
        let status = client.run(good).await.status().as_u16();
        assert!(
            [200, 201, 204, 403, 404].contains(&status),
            "{what}: {status}"
        );
    }
}

#[tokio::test]
async fn reading_private_data_needs_a_session() {
    let server = start().await;
    let client = server.client();
    for (path, session) in READING {
        // From any origin: nothing changes, and strangers cannot read the response.
        let request = client.request("GET", path).header("origin", STRANGER);
        let response = client
            .run(request.header("sec-fetch-site", "cross-site"))
            .await;
        assert!(
            !response
                .headers()
                .contains_key("access-control-allow-origin"),
            "{path}"
        );
        if session {
            problem(response, 401, "not_signed_in").await;
        } else {
            assert_eq!(response.status(), 200, "{path}");
        }
        let response = client.run(client.request("POST", path)).await;
        // `/api/threads` has no POST.
        problem(response, 405, "method_not_allowed").await;
    }
}

#[tokio::test]
async fn every_response_has_an_id_and_security_headers() {
    let server = start().await;
    let client = server.client();
    let with = |id: &str| client.request("GET", "/health").header("x-request-id", id);
    let id = |response: &Response| {
        response.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(id(&client.run(with("edge-1.2_3")).await), "edge-1.2_3");
    for bad in ["a b", "a\"b", &"x".repeat(65)] {
        let given = id(&client.run(with(bad)).await);
        assert!(given != bad && given.len() == 32, "{bad}: {given}");
    }
    for path in ["/", "/health", "/api/session", "/api/threads", "/nowhere"] {
        let response = client.get(path).await;
        assert_eq!(
            response.headers()["x-content-type-options"],
            "nosniff",
            "{path}"
        );
        assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        assert!(!id(&response).is_empty());
    }
    let response = client.get("/api/threads").await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn operations_report_the_servers_state() {
    let server = start().await;
    let client = server.client();
    let about = client.json("/").await;
    assert_eq!(about["name"], "smooth-operator");
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(client.json("/health").await, json!({"status": "ok"}));
    assert_eq!(client.json("/ready").await, json!({"status": "ok"}));
}

fn preflight(client: &Client, origin: &str) -> RequestBuilder {
    let request = client
        .request("OPTIONS", "/api/chat")
        .header("origin", origin);
    let request = request.header("access-control-request-method", "POST");
    request.header(
        "access-control-request-headers",
        "content-type,x-so-context",
    )
}

#[tokio::test]
async fn cors_allows_listed_origins_only() {
    let server = start().await;
    let client = server.client();
    let response = client.run(preflight(&client, LISTED)).await;
    assert!(response.status().is_success());
    let headers = response.headers().clone();
    let list = |name: &str| {
        let mut list: Vec<String> = headers[name]
            .to_str()
            .unwrap()
            .split(',')
            .map(|one| one.trim().to_lowercase())
            .collect();
        list.sort();
        list
    };
    assert_eq!(headers["access-control-allow-origin"], LISTED);
    assert_eq!(headers["access-control-allow-credentials"], "true");
    let allowed = [
        "authorization",
        "content-type",
        "idempotency-key",
        "last-event-id",
        "x-so-context",
    ];
    assert_eq!(list("access-control-allow-headers"), allowed);
    assert_eq!(
        list("access-control-allow-methods"),
        ["delete", "get", "patch", "post"]
    );

    let request = client
        .request("GET", "/api/threads")
        .header("origin", LISTED);
    let headers = client.run(request).await.headers().clone();
    assert_eq!(
        headers["access-control-allow-origin"], LISTED,
        "on errors too"
    );
    assert_eq!(
        headers["access-control-expose-headers"],
        "retry-after,x-request-id"
    );
    let vary: Vec<_> = headers
        .get_all("vary")
        .iter()
        .map(|v| v.to_str().unwrap().to_lowercase())
        .collect();
    assert!(vary.iter().any(|vary| vary.contains("origin")), "{vary:?}");

    for origin in [
        STRANGER,
        "null",
        "https://chat.example.stranger.example",
        "http://chat.example",
    ] {
        let response = client.run(preflight(&client, origin)).await;
        assert!(
            !response
                .headers()
                .contains_key("access-control-allow-origin"),
            "{origin}"
        );
    }
}

#[tokio::test]
async fn changes_are_accepted_from_our_pages_only() {
    let server = start().await;
    let same = format!("http://{}", server.address);
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            true,
        ),
        (&[("sec-fetch-site", "none")], true),
        (
            &[("sec-fetch-site", "cross-site"), ("origin", LISTED)],
            true,
        ),
        (&[("origin", LISTED)], true),
        (&[("origin", &same)], true),
        (&[("sec-fetch-site", "same-site"), ("origin", &same)], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (
            &[("sec-fetch-site", "cross-site"), ("origin", STRANGER)],
            false,
        ),
        (&[("origin", STRANGER)], false),
        (&[("origin", "null")], false),
        (&[("origin", "http://127.0.0.1")], false),
    ];
    for (headers, allowed) in cases {
        for path in ["/api/login", "/api/logout", "/api/mcp-tokens"] {
            let client = server.client();
            client.sign_in().await;
            let mut request = client.request("POST", path);
            for (name, value) in *headers {
                request = request.header(*name, *value);
            }
            if path == "/api/login" {
                request = request.json(&json!({"passcode": PASSCODE}));
            }
            let response = client.run(request).await;
            if *allowed {
                assert!(
                    response.status().is_success(),
                    "{path} {headers:?}: {}",
                    response.status()
                );
            } else {
                assert!(
                    !response.headers().contains_key("set-cookie"),
                    "{path} {headers:?}"
                );
                problem(response, 403, "origin_not_allowed").await;
                assert_eq!(
                    client.json("/api/session").await["signed_in"],
                    true,
                    "{headers:?}"
                );
            }
        }
    }
}
