//! The `smooth-operator` program.

use clap::Parser;
use smooth_operator::commands::Cli;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
