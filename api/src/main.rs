//! The `smooth-operator` program: environment → configuration → server.

use clap::{Parser, Subcommand};
use smooth_operator::{app, config::Config, http, logging};
use std::process::ExitCode;
use tokio::net::TcpListener;

/// A self-hosted chat that any site can embed. It is configured by its environment.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API (what happens without a command).
    Serve,
    /// Print the OpenAPI description.
    Openapi,
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve().await,
        Command::Openapi => app::print(&http::openapi_json()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => app::fail(&*error),
    }
}

async fn serve() -> Result<(), app::Fault> {
    let config = Config::from_env()?;
    logging::start(&config.log_level, config.log_format);
    let app = app::build(&config).await?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}. Is another server there? Set PORT.",
            config.listen
        )
    })?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    app::serve(listener, app, app::terminated()).await?;
    Ok(())
}
