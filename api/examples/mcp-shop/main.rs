//! The MCP server of a small plant shop, for the demo and the tests: it searches, tells the state
//! of an order, cancels one, and asks before it reserves. `GET /calls` tells how often each call came.
//!
//! `curl` cannot do much with it; an MCP client can: `mcp-shop --port 9000`, then connect to
//! `http://127.0.0.1:9000/mcp`.

mod calls;
mod catalogue;
mod orders;
mod server;
mod tools;

use axum::{Json, Router, routing::get};
use calls::Calls;
use clap::Parser;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use server::Shop;
use std::{io::Write, net::IpAddr, sync::Arc, time::Duration};

/// An MCP server that sells plants.
#[derive(Parser)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// 0: any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How long a call takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pause: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let listener = tokio::net::TcpListener::bind((options.host, options.port)).await?;
    let calls = Arc::new(Calls::default());
    let shop = Shop::new(Arc::clone(&calls), Duration::from_millis(options.pause));
    let service = StreamableHttpService::new(
        move || Ok(shop.clone()),
        Arc::new(NeverSessionManager::default()),
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true),
    );
    let router = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/calls", get(|| async move { Json(calls.counts()) }))
        .route_service("/mcp", service);
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    axum::serve(listener, router).await
}
