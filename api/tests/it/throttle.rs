//! Guessing: ten failures of an address within fifteen minutes, and no more.

use crate::support::{Client, Model, PASSCODE, TestServer, client::problem};
use reqwest::Response;
use serde_json::json;

const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");

async fn guess(client: &Client, passcode: &str, from: &str) -> Response {
    let request = client
        .request("POST", "/api/login")
        .header("x-forwarded-for", from);
    client
        .run(request.json(&json!({"passcode": passcode})))
        .await
}

async fn limited(response: Response) {
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=900).contains(&wait), "{wait}");
    problem(response, 429, "rate_limited").await;
}

#[tokio::test]
async fn after_ten_failures_right_passcodes_wait_too() {
    let server = TestServer::with(&Model::new([]).await, &[PROXY]).await;
    let client = server.client();
    for _ in 0..5 {
        problem(
            guess(&client, "wrong", "192.0.2.1").await,
            401,
            "wrong_passcode",
        )
        .await;
        assert_eq!(guess(&client, PASSCODE, "192.0.2.1").await.status(), 200);
    }
    // All three ways in are counted together.
    for _ in 0..3 {
        let request = client
            .request("POST", "/api/login")
            .header("x-forwarded-for", "192.0.2.1");
        let response = client
            .run(request.json(&json!({"client_secret": "wrong"})))
            .await;
        problem(response, 401, "invalid_client_secret").await;
    }
    for authorization in ["Bearer wrong", "Basic wrong"] {
        let request = client.request("POST", "/api/client-secrets");
        let request = request.header("x-forwarded-for", "192.0.2.1");
        let request = request.header("authorization", authorization);
        problem(
            client.run(request.json(&json!({}))).await,
            401,
            "wrong_passcode",
        )
        .await;
    }
    limited(guess(&client, PASSCODE, "192.0.2.1").await).await;
    limited(guess(&client, "wrong", "192.0.2.1").await).await;
    let request = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(PASSCODE);
    let request = request.header("x-forwarded-for", "192.0.2.1");
    limited(client.run(request.json(&json!({}))).await).await;

    // What lies before the last stranger is that stranger's own tale.
    limited(guess(&client, PASSCODE, "203.0.113.9, 192.0.2.1").await).await;
    limited(guess(&client, PASSCODE, "192.0.2.1, 10.1.2.3").await).await;
    assert_eq!(
        guess(&client, PASSCODE, "192.0.2.1, 203.0.113.9")
            .await
            .status(),
        200
    );
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let server = TestServer::with(&Model::new([]).await, &[PROXY]).await;
    let client = server.client();
    for host in 0..10 {
        let response = guess(&client, "wrong", &format!("2001:db8:0:1::{host}")).await;
        problem(response, 401, "wrong_passcode").await;
    }
    limited(guess(&client, PASSCODE, "2001:db8:0:1:ffff::1").await).await;
    assert_eq!(
        guess(&client, PASSCODE, "2001:db8:0:2::1").await.status(),
        200
    );
}

#[tokio::test]
async fn without_trusted_proxies_nobody_chooses_an_address() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    for n in 0..10 {
        let response = guess(&client, "wrong", &format!("192.0.2.{n}")).await;
        problem(response, 401, "wrong_passcode").await;
    }
    limited(guess(&client, PASSCODE, "192.0.2.99").await).await;
}

#[tokio::test]
async fn guesses_at_once_are_no_more_than_ten() {
    let server = TestServer::start(&Model::new([]).await).await;
    let guesses = (0..200).map(|_| {
        let client = server.client();
        tokio::spawn(async move { guess(&client, "wrong", "192.0.2.1").await.status().as_u16() })
    });
    let mut told_wrong = 0;
    for guess in guesses.collect::<Vec<_>>() {
        match guess.await.unwrap() {
            401 => told_wrong += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(told_wrong, 10);
}
