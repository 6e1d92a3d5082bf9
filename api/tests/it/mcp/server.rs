//! The server of these tests: `/mcp` alone, on a port of its own, over the memory store.

use futures_util::FutureExt;
use reqwest::{Client, RequestBuilder, header};
use rmcp::{
    RoleClient,
    service::{ClientLifecycleMode, ClientServiceExt, RunningService},
    transport::{
        StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use serde_json::json;
use smooth_operator::{
    domain::{OwnerId, StoreError},
    http::mcp::{Mcp, router},
    notes::{memory::MemoryNotes, tools::NoteTools},
};
use std::{collections::HashMap, sync::Arc};
use tokio_util::sync::CancellationToken;

pub(super) const ORIGIN: &str = "https://app.example";

/// `/mcp` with two owners, `token-a` and `token-b`, and a token that no store can look up.
pub(super) struct McpServer {
    pub(super) url: String,
    pub(super) tools: NoteTools,
    pub(super) owners: HashMap<&'static str, OwnerId>,
    pub(super) shutdown: CancellationToken,
}

impl McpServer {
    pub(super) async fn start() -> Self {
        let tools = NoteTools::new(Arc::new(MemoryNotes::default()));
        let owners: HashMap<_, _> = ["token-a", "token-b"]
            .map(|token| (token, OwnerId::generate()))
            .into();
        let shutdown = CancellationToken::new();
        let known = owners.clone();
        let find_owner = Arc::new(move |token: String| {
            let found = match token.as_str() {
                "token-broken" => Err(StoreError::Unavailable {
                    store: "redis",
                    reason: "10.0.0.7".to_owned(),
                }),
                other => Ok(known.get(other).cloned()),
            };
            async move { found }.boxed()
        });
        let origins = vec![ORIGIN.to_owned()];
        let app = router(Mcp {
            tools: tools.clone(),
            find_owner,
            origins,
            shutdown: shutdown.clone(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url,
            tools,
            owners,
            shutdown,
        }
    }

    /// rmcp's own client, by the handshake of 2025 or the single requests of 2026.
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

    /// A well-formed request; each test spoils one thing.
    pub(super) fn request(&self) -> RequestBuilder {
        self.bare()
            .header(header::CONTENT_TYPE, "application/json")
            .bearer_auth("token-a")
    }

    pub(super) fn bare(&self) -> RequestBuilder {
        Client::new()
            .post(&self.url)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .body(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string())
    }
}
