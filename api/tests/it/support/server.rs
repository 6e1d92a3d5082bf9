//! The real server, built from an environment, on its own listener.

use super::{Client, Model};
use serde_json::{Value, json};
use smooth_operator::{app, config::Config};
use std::{collections::HashMap, net::SocketAddr};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub const PASSCODE: &str = "open-sesame-4711";
pub const SECRET: &str = "integration-secret-integration-secret";
/// The deployment's site secret.
pub const SITE_SECRET: &str = "site-secret-of-the-integration-tests";
/// An origin listed in `CORS_ORIGINS`.
pub const ORIGIN: &str = "https://chat.example";

/// A server under test, stopped when dropped.
pub struct TestServer {
    pub address: SocketAddr,
    pub url: String,
    pub stop: CancellationToken,
    pub serving: Option<JoinHandle<()>>,
}

impl TestServer {
    /// A server with the provider `model`.
    pub async fn start(model: &Model) -> Self {
        Self::with(model, &[]).await
    }

    /// A server with additional variables in its environment.
    pub async fn with(model: &Model, more: &[(&str, &str)]) -> Self {
        Self::at(&model.url, more).await
    }

    /// A server whose provider is at `provider_url`.
    pub async fn at(provider_url: &str, more: &[(&str, &str)]) -> Self {
        let mut env = HashMap::from([
            ("APP_PASSCODE", PASSCODE),
            ("SESSION_SECRET", SECRET),
            ("SITE_SECRET", SITE_SECRET),
            ("DRAIN_SECONDS", "0"),
            ("MESSAGES_PER_MINUTE", "0"),
            ("CORS_ORIGINS", ORIGIN),
            ("OPENAI_BASE_URL", provider_url),
            ("OPENAI_MODEL", "test-model"),
        ]);
        env.extend(more.iter().copied());
        let env: HashMap<String, String> = env
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let config = Config::read(move |name| env.get(name).cloned()).unwrap();
        let app = app::build(&config).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let serving =
            tokio::spawn(async move { app::serve(listener, app, stopped).await.unwrap() });
        Self {
            address,
            url: format!("http://{address}"),
            stop,
            serving: Some(serving),
        }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// The user `jo` of the site `shop`, signed in on another device.
    pub async fn user(&self) -> Client {
        let client = self.client();
        let secret = client
            .request("POST", "/api/client-secrets")
            .bearer_auth(SITE_SECRET)
            .json(&json!({"site_id": "shop", "api_key": "sk-test-site", "user_id": "jo"}));
        let made: Value = client.run(secret).await.json().await.unwrap();
        let login = json!({"client_secret": made["client_secret"]});
        assert_eq!(client.post("/api/login", login).await.status(), 200);
        client
    }

    /// A visitor who is signed in and has an API key.
    pub async fn signed_in(&self) -> Client {
        let client = self.client();
        client.sign_in().await;
        client.save_key("sk-test-integration").await;
        client
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
