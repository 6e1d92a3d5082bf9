//! The throttle: ten failures of an address within fifteen minutes.

use crate::support::{Client, Model, PASSCODE, SITE_SECRET, TestServer, client::problem};
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
async fn right_passcodes_wait_too_after_ten_failures() {
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
    // Passcodes and client secrets are counted together.
    for _ in 0..3 {
        let request = client
            .request("POST", "/api/login")
            .header("x-forwarded-for", "192.0.2.1");
        let response = client
            .run(request.json(&json!({"client_secret": "wrong"})))
            .await;
        problem(response, 401, "invalid_client_secret").await;
    }
    for n in 0..2 {
        let passcode = format!("wrong-{n}");
        let response = guess(&client, &passcode, "192.0.2.1").await;
        problem(response, 401, "wrong_passcode").await;
    }
    limited(guess(&client, PASSCODE, "192.0.2.1").await).await;
    limited(guess(&client, "wrong", "192.0.2.1").await).await;

    // Everything before the last untrusted address is only that caller's claim.
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
async fn forwarded_headers_are_ignored_without_trusted_proxies() {
    let server = TestServer::start(&Model::new([]).await).await;
    let client = server.client();
    for n in 0..10 {
        let response = guess(&client, "wrong", &format!("192.0.2.{n}")).await;
        problem(response, 401, "wrong_passcode").await;
    }
    limited(guess(&client, PASSCODE, "192.0.2.99").await).await;
}

#[tokio::test]
async fn concurrent_guesses_are_limited_to_ten() {
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

#[tokio::test]
async fn wrong_site_secrets_have_their_own_throttle() {
    let server = TestServer::with(&Model::new([]).await, &[PROXY]).await;
    let client = server.client();
    let ask = async |authorization: &str| {
        let request = client
            .request("POST", "/api/client-secrets")
            .header("x-forwarded-for", "192.0.2.1")
            .header("authorization", authorization)
            .json(&json!({"site_id": "shop", "api_key": "sk-test-site"}));
        client.run(request).await
    };
    for n in 0..10 {
        let wrong = if n % 2 == 0 {
            "Bearer wrong"
        } else {
            "Basic wrong"
        };
        problem(ask(wrong).await, 401, "wrong_site_secret").await;
    }
    limited(ask(&format!("Bearer {SITE_SECRET}")).await).await;
    assert_eq!(
        guess(&client, PASSCODE, "192.0.2.1").await.status(),
        200,
        "sign-in stays open"
    );
}

#[tokio::test]
async fn counts_hops_to_the_caller_from_the_right() {
    let hops = [("TRUSTED_PROXIES", "hops:2")];
    let server = TestServer::with(&Model::new([]).await, &hops).await;
    let client = server.client();
    for n in 0..10 {
        let chain = format!("203.0.113.{n}, 192.0.2.1, 10.0.0.1");
        problem(guess(&client, "wrong", &chain).await, 401, "wrong_passcode").await;
    }
    limited(guess(&client, PASSCODE, "192.0.2.1, 10.9.9.9").await).await;
    let other = guess(&client, PASSCODE, "192.0.2.1, 192.0.2.2, 10.0.0.1").await;
    assert_eq!(other.status(), 200);
}
