//! Limits on messages and tokens of a visitor.

use crate::support::{
    Client, Events, Model, PASSCODE, Reply, SITE_SECRET, Shape, Shapes, SitesFile, TestServer,
    client::problem, events::*,
};
use reqwest::Response;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// Returns the sentence of a `429` with a time to wait.
async fn limited_for(response: Response, seconds: RangeInclusive<u64>) -> String {
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!(seconds.contains(&wait.parse().unwrap()), "{wait}");
    let body = problem(response, 429, "rate_limited").await;
    body["detail"].as_str().unwrap().to_owned()
}

async fn say(client: &Client) -> Response {
    client.post("/api/chat", json!({"message": "hi"})).await
}

#[tokio::test]
async fn enforces_the_message_limit() {
    let model = Model::new([Reply::text("Hello.")]).await;
    let server = TestServer::with(&model, &[("MESSAGES_PER_MINUTE", "3")]).await;
    let client = server.signed_in().await;
    let nowhere = json!({"message": "hi", "thread_id": "nowhere"});
    for _ in 0..5 {
        problem(
            client.post("/api/chat", nowhere.clone()).await,
            404,
            "thread_not_found",
        )
        .await;
        problem(
            client.post("/api/chat", json!({"message": " "})).await,
            422,
            "invalid_request",
        )
        .await;
    }
    let body = json!({"message": "hi"});
    for _ in 0..3 {
        let request = client.request("POST", "/api/chat").json(&body);
        let response = client.run(request.header("idempotency-key", "k")).await;
        assert_eq!(response.status(), 200, "a repeat does not count");
    }
    for _ in 0..2 {
        assert_eq!(say(&client).await.status(), 200);
    }
    limited_for(say(&client).await, MINUTE).await;
    let threads = client.json("/api/threads").await;
    assert_eq!(
        threads["items"].as_array().unwrap().len(),
        3,
        "nothing is stored"
    );
    assert_eq!(say(&server.signed_in().await).await.status(), 200);
}

#[tokio::test]
async fn every_shape_counts_no_refused_message() {
    let model = Model::new([Reply::text("Hello.")]).await;
    let shapes = Shapes::start(&model, &[("MESSAGES_PER_MINUTE", "2")]).await;
    for shape in &shapes.all {
        let client = shape.server().signed_in().await;
        let events = Events::of(say(&client).await).rest().await;
        let thread = &events[0]["thread_id"];
        let body = json!({"message": "hi", "thread_id": thread, "replace_from": "nothing"});
        for _ in 0..4 {
            let refused = client.post("/api/chat", body.clone()).await;
            problem(refused, 404, "message_not_found").await;
        }
        answered(&client, shape).await;
        limited_for(say(&client).await, MINUTE).await;
    }
}

async fn visitor(server: &TestServer, site: &str, user: Option<&str>, limits: Value) -> Client {
    let mut body = json!({"site_id": site, "api_key": "sk-test-site", "limits": limits});
    if let Some(user) = user {
        body["user_id"] = user.into();
    }
    let client = server.client();
    let request = client.request("POST", "/api/client-secrets");
    let response = client
        .run(request.bearer_auth(SITE_SECRET).json(&body))
        .await;
    assert_eq!(response.status(), 201);
    let secret: Value = response.json().await.unwrap();
    let login = json!({"client_secret": secret["client_secret"]});
    assert_eq!(client.post("/api/login", login).await.status(), 200);
    client
}

const SITES: &str = r#"
[sites.plain]

[sites.by-day]
limit_message = "Come back tomorrow."
limits = { messages_per_day = 3 }

[sites.by-minute.limits]
messages_per_minute = 2

[sites.by-token]
limit_message = "That was all for today."
limits = { tokens_per_day = 200 }
"#;

/// Seconds to wait for a window.
const MINUTE: RangeInclusive<u64> = 1..=60;
const DAY: RangeInclusive<u64> = 61..=86_400;

#[tokio::test]
async fn every_shape_enforces_the_limits_of_a_lent_key() {
    let model = Model::new([Reply::text("Hello.").with_usage(60, 50)]).await;
    let sites = SitesFile::new("limits", SITES);
    let shapes = Shapes::start(&model, &[("SITES_FILE", sites.path())]).await;
    for shape in &shapes.all {
        counts_an_owner_over_all_sign_ins(shape).await;
        counts_by_session_without_a_user(shape).await;
        limits_messages_a_minute(shape).await;
        counts_tokens_when_an_answer_ends(shape).await;
        leaves_own_keys_alone(shape).await;
    }
}

async fn answered(client: &Client, shape: &Shape) {
    let events = Events::of(say(client).await).rest().await;
    assert_eq!(done(&events)["status"], "completed", "{}", shape.name);
}

async fn counts_an_owner_over_all_sign_ins(shape: &Shape) {
    let server = shape.server();
    let day = |n: u64| json!({"messages_per_day": n});
    // The lower limit of site and secret applies, and the newest secret's.
    let phone = visitor(server, "by-day", Some("jo"), day(9)).await;
    let laptop = shape.elsewhere(&visitor(server, "by-day", Some("jo"), day(2)).await);
    answered(&phone, shape).await;
    answered(&laptop, shape).await;
    for client in [&phone, &laptop] {
        let sentence = limited_for(say(client).await, DAY).await;
        assert_eq!(sentence, "Come back tomorrow.", "{}", shape.name);
    }
    let newest = visitor(server, "by-day", Some("jo"), json!({})).await;
    answered(&newest, shape).await;
    limited_for(say(&phone).await, DAY).await;
    // The same name on another site, and another name.
    for (site, user) in [("plain", "jo"), ("by-day", "bo")] {
        answered(&visitor(server, site, Some(user), json!({})).await, shape).await;
    }
    // Refused messages are not stored.
    let threads = phone.json("/api/threads").await;
    assert_eq!(threads["items"].as_array().unwrap().len(), 3);
}

async fn counts_by_session_without_a_user(shape: &Shape) {
    let once = || {
        visitor(
            shape.server(),
            "plain",
            None,
            json!({"messages_per_day": 1}),
        )
    };
    let (one, other) = (once().await, once().await);
    answered(&one, shape).await;
    limited_for(say(&shape.elsewhere(&one)).await, DAY).await;
    answered(&other, shape).await;
}

async fn limits_messages_a_minute(shape: &Shape) {
    let limits = json!({"messages_per_minute": 5});
    let client = visitor(shape.server(), "by-minute", Some("jo"), limits).await;
    answered(&client, shape).await;
    answered(&shape.elsewhere(&client), shape).await;
    for _ in 0..2 {
        limited_for(say(&client).await, MINUTE).await;
    }
}

/// An answer takes 110 tokens.
async fn counts_tokens_when_an_answer_ends(shape: &Shape) {
    let limits = json!({"tokens_per_day": 1_000});
    let client = visitor(shape.server(), "by-token", Some("jo"), limits).await;
    answered(&client, shape).await;
    // An answer that exceeds the limit still ends normally.
    answered(&shape.elsewhere(&client), shape).await;
    let sentence = limited_for(say(&client).await, DAY).await;
    assert_eq!(sentence, "That was all for today.");
}

async fn leaves_own_keys_alone(shape: &Shape) {
    let client = shape.server().client();
    let login = json!({"passcode": PASSCODE, "site_id": "by-minute"});
    assert_eq!(client.post("/api/login", login).await.status(), 200);
    client.save_key("sk-test-own").await;
    for _ in 0..3 {
        answered(&client, shape).await;
    }
}
