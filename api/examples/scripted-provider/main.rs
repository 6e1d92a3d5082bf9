//! Runs the scripted stand-in, which `mod.rs` describes.

#[path = "mod.rs"]
mod scripted_provider;

use clap::Parser;
use scripted_provider::{Standin, router};
use std::{io::Write, net::IpAddr, time::Duration};

/// An OpenAI-compatible server that plays scripts. The key is `sk-demo`.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds between two words.
    #[arg(long, default_value_t = 25)]
    pace: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let listener = tokio::net::TcpListener::bind((options.host, options.port)).await?;
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    let standin = Standin::new(Duration::from_millis(options.pace));
    axum::serve(listener, router(standin)).await
}
