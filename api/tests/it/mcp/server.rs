//! A server with two users who each have a token, and an archivist whose calls a test chooses.

use crate::support::{Client, Model, Reply, TestServer, server::ORIGIN as LISTED};
use reqwest::{RequestBuilder, header};
use rmcp::{
    RoleClient,
    service::{ClientLifecycleMode, ClientServiceExt, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::{Value, json};

pub(super) const ORIGIN: &str = LISTED;

pub(super) struct McpServer {
    pub(super) url: String,
    server: TestServer,
    pub(super) model: Model,
    pub(super) mine: Client,
    pub(super) my_token: String,
    pub(super) their_token: String,
}

impl McpServer {
    pub(super) async fn start() -> Self {
        Self::answering(vec![]).await
    }

    pub(super) async fn answering(replies: Vec<Reply>) -> Self {
        let model = Model::new(replies).await;
        let server = TestServer::start(&model).await;
        let (mine, theirs) = (server.signed_in().await, server.signed_in().await);
        Self {
            url: format!("{}/mcp", server.url),
            my_token: token(&mine).await,
            their_token: token(&theirs).await,
            server,
            model,
            mine,
        }
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.server.address
    }

    /// rmcp's own client, with the handshake of 2025 or the single requests of 2026.
    pub(super) async fn client(
        &self,
        token: &str,
        lifecycle: ClientLifecycleMode,
    ) -> RunningService<RoleClient, ()> {
        let config =
            StreamableHttpClientTransportConfig::with_uri(self.url.as_str()).auth_header(token);
        let transport = StreamableHttpClientTransport::from_config(config);
        ().serve_with_lifecycle(transport, lifecycle).await.unwrap()
    }

    /// A valid request, which each test breaks in one way.
    pub(super) fn request(&self) -> RequestBuilder {
        self.bare()
            .header(header::CONTENT_TYPE, "application/json")
            .bearer_auth(&self.my_token)
    }

    pub(super) fn bare(&self) -> RequestBuilder {
        reqwest::Client::new()
            .post(&self.url)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .body(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string())
    }
}

/// A token created in the settings.
pub(super) async fn token(client: &Client) -> String {
    let response = client.post("/api/mcp-tokens", json!({})).await;
    assert_eq!(response.status(), 201);
    let made: Value = response.json().await.unwrap();
    made["token"].as_str().unwrap().to_owned()
}
