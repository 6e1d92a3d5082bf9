//! Counters survive a kill.

use super::*;

/// A trusted proxy, so that guesses come from a separate address.
const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1");

async fn guess(client: &Client, passcode: &str) -> Response {
    let request = client.request("POST", "/api/login");
    let request = request.header("x-forwarded-for", "192.0.2.1");
    client
        .run(request.json(&json!({ "passcode": passcode })))
        .await
}

async fn ask_for_secret(client: &Client, site_secret: &str) -> Response {
    let body = json!({"site_id": "shop", "api_key": KEY});
    let request = client.request("POST", "/api/client-secrets").json(&body);
    let request = request.header("x-forwarded-for", "192.0.2.1");
    client.run(request.bearer_auth(site_secret)).await
}

#[tokio::test]
async fn failed_sign_ins_survive_a_kill_at_once() {
    let folder = PrivateFolder::new();
    let model = Model::new([]).await;
    let program = serve_with(&folder, &model, &[PROXY]).await;
    let client = program.client();
    for _ in 0..10 {
        problem(guess(&client, "wrong").await, 401, "wrong_passcode").await;
        let refused = ask_for_secret(&client, "wrong").await;
        problem(refused, 401, "wrong_site_secret").await;
    }
    program.kill().await;

    let program = serve_with(&folder, &model, &[PROXY]).await;
    let client = at(&client, &program);
    for limited in [
        guess(&client, PASSCODE).await,
        ask_for_secret(&client, SITE_SECRET).await,
    ] {
        let wait = limited.headers()["retry-after"].to_str().unwrap();
        assert!((1..=900).contains(&wait.parse::<u64>().unwrap()), "{wait}");
        problem(limited, 429, "rate_limited").await;
    }
}

#[tokio::test]
async fn counted_messages_and_tokens_survive_a_kill_at_once() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello.").with_usage(60, 50)]).await;
    let a_minute = [("MESSAGES_PER_MINUTE", "2")];
    let program = serve_with(&folder, &model, &a_minute).await;
    let mut limited = Vec::new();
    let visitor = signed_in(&program).await;
    for _ in 0..2 {
        visitor.ask("Hello").await;
    }
    limited.push(visitor);
    for (user, limits) in [
        ("jo", json!({"messages_per_day": 1})),
        ("bo", json!({"tokens_per_day": 100})),
    ] {
        let body = json!({"site_id": "shop", "api_key": KEY, "user_id": user, "limits": limits});
        let client = program.client();
        let request = client.request("POST", "/api/client-secrets").json(&body);
        let made = client.run(request.bearer_auth(SITE_SECRET)).await;
        let made: Value = made.json().await.unwrap();
        let login = json!({"client_secret": made["client_secret"]});
        assert_eq!(
            client.post("/api/login", login).await.status(),
            StatusCode::OK
        );
        client.ask("Hello").await;
        limited.push(client);
    }
    program.kill().await;

    let program = serve_with(&folder, &model, &a_minute).await;
    for client in limited {
        let client = at(&client, &program);
        let refused = client.post("/api/chat", json!({"message": "More"})).await;
        assert!(refused.headers().contains_key("retry-after"));
        problem(refused, 429, "rate_limited").await;
    }
}
