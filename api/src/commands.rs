//! The command line.

mod check_config;
mod health;
mod migrate_store;
mod store_file;

use crate::{
    app::{self, AppError, BUILD},
    http, logging,
};
use clap::{Parser, Subcommand};
use std::{io::Write, path::PathBuf, process::ExitCode};
use tokio::net::TcpListener;

/// A self-hosted chat that any site can embed.
#[derive(Debug, Parser)]
#[command(
    name = "smooth-operator",
    version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("SMOOTH_OPERATOR_COMMIT"), ")"),
    after_help = "It is configured by its environment; `smooth-operator check-config` lists every variable."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API (what happens without a command)
    Serve,
    /// Check that the server on HOST and PORT is alive; for container health checks
    Health,
    /// Print the configuration with secrets masked, or everything that is wrong with it
    CheckConfig,
    /// Check the SQLite file of DATABASE_URL for damage; also while a server uses it
    CheckStore,
    /// Copy the SQLite file of DATABASE_URL to a new file; also while a server uses it
    Backup {
        /// The copy, which must not exist
        target: PathBuf,
    },
    /// Copy all data between a SQLite file and Postgres; stop the server first. Run it again to
    /// resume after an interruption
    MigrateStore {
        /// sqlite:<path> or postgres://…
        from: String,
        /// The other kind
        to: String,
    },
    /// Print the OpenAPI description
    Openapi,
}

impl Cli {
    /// Runs the command. Errors are printed to standard error.
    pub async fn run(self) -> ExitCode {
        let result = match self.command.unwrap_or(Command::Serve) {
            Command::Serve => serve().await,
            Command::Health => health::ask(variable).await,
            Command::CheckConfig => say(check_config::check()),
            Command::CheckStore => say(store_file::check(variable).await),
            Command::Backup { target } => say(store_file::back_up(variable, &target).await),
            Command::MigrateStore { from, to } => say(migrate_store::migrate(&from, &to).await),
            Command::Openapi => print(&http::openapi_json()),
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                let _ = writeln!(std::io::stderr(), "smooth-operator: {fault}");
                ExitCode::FAILURE
            }
        }
    }
}

async fn serve() -> Result<(), AppError> {
    let config = app::configuration()?;
    logging::start(&config.log_level, config.log_format);
    let app = app::build(&config).await?;
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!(
            "cannot listen on {}: {error}. Is another server there? Set PORT.",
            config.listen
        )
    })?;
    tracing::info!(
        version = BUILD.version,
        commit = BUILD.commit,
        "listening on http://{}",
        listener.local_addr()?
    );
    app::serve(listener, app, app::terminated()).await
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn say(result: Result<String, AppError>) -> Result<(), AppError> {
    print(&result?)
}

fn print(text: &str) -> Result<(), AppError> {
    writeln!(std::io::stdout(), "{text}").map_err(AppError::from)
}
