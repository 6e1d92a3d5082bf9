//! Limits on messages and tokens of a visitor.

use crate::support::{
    Client, Model, Reply, SITE_SECRET, SitesFile, TestServer, client::problem, events::*,
};
use reqwest::Response;
use serde_json::{Value, json};

/// Expects `429` with a time to wait; returns its sentence.
async fn limited(response: Response) -> String {
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!(wait.parse::<u64>().unwrap() >= 1);
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
    limited(say(&client).await).await;
    let threads = client.json("/api/threads").await;
    assert_eq!(
        threads["items"].as_array().unwrap().len(),
        3,
        "nothing is stored"
    );
    assert_eq!(say(&server.signed_in().await).await.status(), 200);
}

/// A visitor whom the site has signed in with these limits.
async fn visitor(server: &TestServer, user: &str, limits: Value) -> Client {
    let body = json!({
        "site_id": "shop", "api_key": "sk-test-site", "user_id": user, "limits": limits,
    });
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

#[tokio::test]
async fn the_lower_limits_of_site_and_secret_apply_over_all_sign_ins() {
    let model = Model::new([Reply::text("Hello.")]).await;
    let sites = SitesFile::new(
        "limits",
        "[sites.shop]\norigins = []\nlimit_message = \"Come back tomorrow.\"\n\
         [sites.shop.limits]\nmessages_per_day = 3\n",
    );
    let server = TestServer::with(&model, &[("SITES_FILE", sites.path())]).await;
    let (here, there) = (
        visitor(&server, "jo", json!({"messages_per_day": 9})).await,
        visitor(&server, "jo", json!({"messages_per_day": 2})).await,
    );
    assert_eq!(say(&here).await.status(), 200);
    assert_eq!(say(&there).await.status(), 200);
    for client in [&here, &there] {
        assert_eq!(limited(say(client).await).await, "Come back tomorrow.");
    }
    let newest = visitor(&server, "jo", json!({})).await;
    assert_eq!(say(&newest).await.status(), 200, "the site's 3 hold");
    limited(say(&here).await).await;
    let other = visitor(&server, "bo", json!({})).await;
    assert_eq!(say(&other).await.status(), 200);
}

#[tokio::test]
async fn tokens_count_when_an_answer_ends_and_refuse_the_next_message() {
    let model = Model::new([Reply::text("Hello.").with_usage(60, 50)]).await;
    let server = TestServer::start(&model).await;
    let client = visitor(&server, "jo", json!({"tokens_per_day": 100})).await;
    let events = client.ask("hi").await;
    assert_eq!(done(&events)["status"], "completed");
    limited(say(&client).await).await;
}
