//! The MCP server of a small plant shop, for the demo and the tests: it searches, shows and cancels
//! orders, and asks before it reserves. `GET /calls` counts the calls.
//!
//! Use it with an MCP client: `mcp-shop --port 9000`, then connect to `http://127.0.0.1:9000/mcp`.

mod calls;
mod catalogue;
mod orders;
mod server;
mod tools;

use axum::{Json, Router, routing::get, serve::ListenerExt};
use calls::Calls;
use clap::Parser;
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use server::Shop;
use std::{io::Write, net::IpAddr, sync::Arc, time::Duration};

/// The MCP server of a plant shop.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Duration of a call, in milliseconds.
    #[arg(long, default_value_t = 0)]
    pause: u64,
}

// One thread: a second one would only wake the first for calls this short.
#[tokio::main(flavor = "current_thread")]
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
    let listener = listener.tap_io(|stream| {
        // Without it a small answer may wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await
}
