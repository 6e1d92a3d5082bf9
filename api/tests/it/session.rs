//! Signing in and out: cookies, contexts, tokens.

use crate::support::{Client, Model, PASSCODE, Reply, TestServer, client::problem};
use reqwest::Response;
use serde_json::{Value, json};

const COOKIE: &str = "__Host-so_session";
const EMBED_COOKIE: &str = "__Host-so_embed";

fn set_cookies(response: &Response) -> Vec<String> {
    let lines = response.headers().get_all("set-cookie").iter();
    lines
        .map(|line| line.to_str().unwrap().to_owned())
        .collect()
}

async fn embed(client: &Client, method: &str, path: &str, body: Value) -> Response {
    let request = client.request(method, path).header("x-so-context", "embed");
    client.run(request.json(&body)).await
}

async fn session(client: &Client) -> Value {
    client.json("/api/session").await
}

/// `GET /api/session` with only these headers.
async fn session_by(server: &TestServer, headers: &[(&'static str, String)]) -> Value {
    let client = server.client();
    let mut request = client.request("GET", "/api/session");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let response = client.run(request).await;
    assert_eq!(response.status(), 200, "never 401");
    response.json().await.unwrap()
}

#[tokio::test]
async fn strangers_get_an_empty_session() {
    let server = TestServer::start(&Model::new([]).await).await;
    let response = server.client().get("/api/session").await;
    assert_eq!(response.status(), 200);
    assert!(set_cookies(&response).is_empty());
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({"signed_in": false})
    );
}

#[tokio::test]
async fn signing_in_gives_the_session_and_its_cookie() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let login = json!({"passcode": PASSCODE, "site_id": "customer-prod"});
    let response = client.post("/api/login", login).await;
    assert_eq!(response.status(), 200);
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1, "{cookies:?}");
    assert!(cookies[0].starts_with(&format!("{COOKIE}=")));
    assert!(cookies[0].ends_with("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure"));
    let mut body: Value = response.json().await.unwrap();
    let expires_at = body["expires_at"].take();
    assert!(expires_at.as_str().unwrap().ends_with('Z'), "{expires_at}");
    let agents = json!([
        {"id": "concierge", "name": "Concierge"},
        {"id": "archivist", "name": "Archivist"},
    ]);
    let expected = json!({
        "signed_in": true, "has_api_key": false, "key_source": null, "model": "test-model",
        "site_id": "customer-prod", "expires_at": null, "agents": agents,
    });
    assert_eq!(body, expected);
    assert_eq!(session(&client).await["signed_in"], true);
}

#[tokio::test]
async fn every_sign_in_replaces_the_session() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.signed_in().await;
    let before = client.cookie(COOKIE).unwrap();
    client.sign_in().await;
    let after = client.cookie(COOKIE).unwrap();
    assert_ne!(before, after);
    let old = session_by(&server, &[("cookie", format!("{COOKIE}={before}"))]).await;
    assert_eq!(old, json!({"signed_in": false}));
    assert_eq!(
        session(&client).await["has_api_key"],
        false,
        "nothing is taken over"
    );
}

#[tokio::test]
async fn every_use_renews_the_cookie() {
    let server = TestServer::with(&Model::new([]).await, &[("SESSION_TTL", "120")]).await;
    let client = server.signed_in().await;
    for path in [
        "/api/session",
        "/api/threads",
        "/api/notes",
        "/api/threads/none",
    ] {
        let cookies = set_cookies(&client.get(path).await);
        assert_eq!(cookies.len(), 1, "{path}: {cookies:?}");
        let same = format!(
            "{COOKIE}={}; Path=/; Max-Age=120;",
            client.cookie(COOKIE).unwrap()
        );
        assert!(cookies[0].starts_with(&same), "{path}: {cookies:?}");
    }
}

#[tokio::test]
async fn refuses_forged_and_foreign_cookies() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.signed_in().await;
    let value = client.cookie(COOKIE).unwrap();
    let (token, mac) = value.split_once('.').unwrap();
    for (what, cookie) in [
        ("unsigned", format!("{COOKIE}={token}")),
        (
            "wrongly signed",
            format!("{COOKIE}={token}.{}", "A".repeat(43)),
        ),
        (
            "another's signature",
            format!("{COOKIE}={}.{mac}", token.to_uppercase()),
        ),
        ("another name", format!("so_session={value}")),
        ("another context", format!("{EMBED_COOKIE}={value}")),
    ] {
        let found = session_by(&server, &[("cookie", cookie)]).await;
        assert_eq!(found["signed_in"], false, "{what}");
    }
    let model = Model::new([]).await;
    let secret = ("SESSION_SECRET", "another-secret-another-secret-another");
    let other = TestServer::with(&model, &[secret]).await;
    let found = session_by(&other, &[("cookie", format!("{COOKIE}={value}"))]).await;
    assert_eq!(found["signed_in"], false, "another secret");
}

#[tokio::test]
async fn each_context_reads_its_own_cookie_only() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let response = embed(&client, "POST", "/api/login", json!({"passcode": PASSCODE})).await;
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1);
    let attributes = "; Path=/; Max-Age=3600; HttpOnly; SameSite=None; Secure; Partitioned";
    assert!(
        cookies[0].starts_with(&format!("{EMBED_COOKIE}=")),
        "{cookies:?}"
    );
    assert!(cookies[0].ends_with(attributes), "{cookies:?}");
    assert!(response.json::<Value>().await.unwrap()["token"].is_string());

    assert_eq!(
        session(&client).await["signed_in"],
        false,
        "the frame's cookie, at top level"
    );
    client.sign_in().await;
    let embedded = client
        .request("GET", "/api/session")
        .header("x-so-context", "embed");
    let response = client.run(embedded).await;
    assert!(
        set_cookies(&response)[0].starts_with(EMBED_COOKIE),
        "renewed in its own context"
    );
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["signed_in"], body.get("token")),
        (&json!(true), None)
    );

    // Signing out of one leaves the other.
    let response = embed(&client, "POST", "/api/logout", json!({})).await;
    assert_eq!(response.status(), 204);
    assert_eq!(session(&client).await["signed_in"], true);
    let only_top = format!("{COOKIE}={}", client.cookie(COOKIE).unwrap());
    let context = ("x-so-context", "embed".to_owned());
    let found = session_by(&server, &[("cookie", only_top), context]).await;
    assert_eq!(
        found["signed_in"], false,
        "the top level's cookie, in a frame"
    );
}

#[tokio::test]
async fn plain_http_drops_secure_for_top_level_cookies_only() {
    let server = TestServer::with(&Model::new([]).await, &[("COOKIE_SECURE", "false")]).await;
    let client = server.client();
    let response = client
        .post("/api/login", json!({"passcode": PASSCODE}))
        .await;
    let cookies = set_cookies(&response);
    assert!(cookies[0].starts_with("so_session="), "{cookies:?}");
    assert!(
        cookies[0].ends_with("; HttpOnly; SameSite=Lax"),
        "{cookies:?}"
    );
    assert_eq!(session(&client).await["signed_in"], true);
    let response = embed(&client, "POST", "/api/login", json!({"passcode": PASSCODE})).await;
    let cookies = set_cookies(&response);
    assert!(
        cookies[0].starts_with(&format!("{EMBED_COOKIE}=")),
        "{cookies:?}"
    );
    assert!(
        cookies[0].ends_with("; SameSite=None; Secure; Partitioned"),
        "{cookies:?}"
    );
}

#[tokio::test]
async fn ignores_cookies_next_to_a_bearer_token() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let login = embed(&client, "POST", "/api/login", json!({"passcode": PASSCODE})).await;
    let token = login.json::<Value>().await.unwrap()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let bearer = |token: &str| ("authorization", format!("Bearer {token}"));
    let cookies = (
        "cookie",
        format!("{EMBED_COOKIE}={}", client.cookie(EMBED_COOKIE).unwrap()),
    );
    let context = ("x-so-context", "embed".to_owned());

    assert_eq!(
        session_by(&server, &[bearer(&token)]).await["signed_in"],
        true
    );
    for bad in ["Bearer nonsense", "Bearer ", "Basic dTpw", "nonsense"] {
        let headers = [
            ("authorization", bad.to_owned()),
            cookies.clone(),
            context.clone(),
        ];
        let found = session_by(&server, &headers).await;
        assert_eq!(
            found["signed_in"], false,
            "{bad}: cookies are ignored next to it"
        );
        let request = client
            .request("GET", "/api/threads")
            .header("authorization", bad);
        let request = request.header("x-so-context", "embed");
        problem(client.run(request).await, 401, "not_signed_in").await;
    }
    let stranger = server.client();
    let request = stranger
        .request("GET", "/api/threads")
        .header("authorization", &bearer(&token).1);
    let response = stranger.run(request).await;
    assert_eq!(response.status(), 200);
    assert!(
        set_cookies(&response).is_empty(),
        "no cookie for who needs none"
    );

    // Signing out with it ends the session, and needs no origin.
    let request = stranger
        .request("POST", "/api/logout")
        .header("authorization", &bearer(&token).1);
    let request = request.header("origin", "https://stranger.example");
    assert_eq!(stranger.run(request).await.status(), 204);
    assert_eq!(
        session_by(&server, &[bearer(&token)]).await["signed_in"],
        false
    );
    assert_eq!(
        session_by(&server, &[cookies, context]).await["signed_in"],
        false
    );
}

#[tokio::test]
async fn signing_in_ignores_a_bearer() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    let request = client
        .request("POST", "/api/login")
        .header("authorization", "Bearer stale");
    let response = client
        .run(request.json(&json!({"passcode": PASSCODE})))
        .await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn refuses_invalid_sign_ins() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    for (login, status, code) in [
        (json!({"passcode": "wrong"}), 401, "wrong_passcode"),
        (json!({"passcode": ""}), 401, "wrong_passcode"),
        (
            json!({"client_secret": "unknown"}),
            401,
            "invalid_client_secret",
        ),
        (json!({}), 422, "invalid_request"),
        (json!({"site_id": "a"}), 422, "invalid_request"),
        (
            json!({"passcode": PASSCODE, "client_secret": "x"}),
            422,
            "invalid_request",
        ),
        (
            json!({"client_secret": "x", "site_id": "a"}),
            422,
            "invalid_request",
        ),
        (
            json!({"passcode": PASSCODE, "site_id": "a b"}),
            422,
            "invalid_request",
        ),
        (
            json!({"passcode": PASSCODE, "site_id": ""}),
            422,
            "invalid_request",
        ),
        (json!({"passcode": 1}), 422, "invalid_request"),
        (
            json!({"passcode": PASSCODE, "remember": true}),
            422,
            "invalid_request",
        ),
        (json!([PASSCODE]), 422, "invalid_request"),
        (json!(PASSCODE), 422, "invalid_request"),
    ] {
        let response = client.post("/api/login", login.clone()).await;
        assert!(set_cookies(&response).is_empty(), "{login}");
        let body = problem(response, status, code).await;
        assert!(!body.to_string().contains(PASSCODE), "{body}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session_and_deletes_its_data() {
    let save = json!({"title": "Demo", "content": "Friday"}).to_string();
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &save)]),
        Reply::text("Saved."),
    ]);
    let server = TestServer::start(&model.await).await;
    let client = server.signed_in().await;
    client
        .ask("Please keep a note that the demo is on Friday")
        .await;
    assert_eq!(
        client.json("/api/notes").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let cookie = client.cookie(COOKIE).unwrap();

    let response = client.post("/api/logout", json!({})).await;
    assert_eq!(response.status(), 204);
    let cookies = set_cookies(&response);
    assert_eq!(cookies.len(), 1, "cleared, not renewed: {cookies:?}");
    assert!(
        cookies[0].starts_with(&format!("{COOKIE}=; Path=/; Max-Age=0;")),
        "{cookies:?}"
    );
    let old = session_by(&server, &[("cookie", format!("{COOKIE}={cookie}"))]).await;
    assert_eq!(old["signed_in"], false);
    problem(client.get("/api/notes").await, 401, "not_signed_in").await;

    client.sign_in().await;
    assert_eq!(client.json("/api/notes").await["items"], json!([]));
    assert_eq!(client.json("/api/threads").await["items"], json!([]));
}

#[tokio::test]
async fn signing_out_without_a_session_succeeds() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    for _ in 0..2 {
        let request = client.request("POST", "/api/logout");
        assert_eq!(client.run(request).await.status(), 204);
    }
    let request = client
        .request("POST", "/api/logout")
        .header("authorization", "Bearer nonsense");
    assert_eq!(client.run(request).await.status(), 204);
}
