//! Assembles the server. The only module that chooses backends.

mod checked;
mod error;
mod serve;
mod signal;
mod stores;
mod sweeper;
mod version;

pub use error::AppError;
pub use serve::serve;
pub use signal::terminated;
pub use version::BUILD;

use crate::{
    chat::{Engine, EngineOptions, EngineParts},
    config::{Config, ConfigErrors},
    connect::sqlite::Sqlite,
    http::{self, Api, HttpOptions},
    notes::tools::NoteTools,
    sessions::Sessions,
    telemetry::{Meter, Telemetry, Tracer},
    tools::ToolServers,
};
use axum::Router;
use checked::Checked;
use std::{sync::Arc, time::Duration};
use stores::Stores;
use sweeper::Sweeper;
use tokio_util::sync::CancellationToken;

/// A server that is ready to serve.
pub struct App {
    router: Router,
    engine: Engine,
    sweeper: Sweeper,
    telemetry: Telemetry,
    draining: CancellationToken,
    drain: Duration,
    file: Option<Sqlite>,
}

/// Builds the server that `config` describes. Fails when a file is invalid, or a service or address
/// is unavailable.
pub async fn build(config: &Config) -> Result<App, AppError> {
    let Checked {
        agents,
        sites,
        default_model,
        provider,
        tracing,
    } = Checked::new(config)?;
    let Stores {
        records,
        runs,
        threads,
        notes,
        memory,
        durable,
        file,
        probes,
    } = Stores::open(config).await?;
    let sessions = Sessions::new(records, &config.session_secrets, config.session_ttl);
    let tools = NoteTools::new(Arc::clone(&notes));
    let agents = Arc::new(agents);
    let meter = Meter::new(BUILD);
    let telemetry = Telemetry {
        tracer: match &tracing {
            Some(options) => Tracer::start(options, meter.clone())?,
            None => Tracer::off(),
        },
        meter,
    };
    // Identities for MCP servers name this deployment by its first origin.
    let issuer = config.cors_origins.first().map_or("", String::as_str);
    let engine = Engine::new(
        EngineParts {
            sessions: sessions.clone(),
            threads,
            runs: Arc::clone(&runs),
            notes: Arc::clone(&notes),
            note_tools: tools.clone(),
            servers: ToolServers::new(agents.mcp_servers().to_vec(), issuer)?,
            agents: Arc::clone(&agents),
            models: Arc::new(provider.clone()),
            telemetry: telemetry.clone(),
        },
        EngineOptions {
            run_grace: config.run_grace,
            max_runs: config.max_runs,
            context_tokens: config.context_tokens,
            durable,
        },
    );
    let draining = CancellationToken::new();
    let api = Api::new(http::Parts {
        sessions: sessions.clone(),
        notes,
        tools,
        provider,
        agents,
        sites,
        engine: engine.clone(),
        probes,
        draining: draining.clone(),
        telemetry: telemetry.clone(),
        options: HttpOptions {
            passcode: config.passcode.clone(),
            secrets: config.session_secrets.clone(),
            site_secrets: config.site_secrets.clone(),
            cors_origins: config.cors_origins.clone(),
            trusted_proxies: config.trusted_proxies.clone(),
            cookie_secure: config.cookie_secure,
            durable,
            default_model,
            messages_per_minute: config.messages_per_minute,
            metrics_token: config.metrics_token.clone(),
        },
    });
    Ok(App {
        router: http::router(api),
        sweeper: Sweeper {
            engine: engine.clone(),
            sessions,
            runs,
            memory,
            meter: telemetry.meter.clone(),
            session_period: config.session_sweep,
            retention: config.retention,
        },
        engine,
        telemetry,
        draining,
        drain: config.drain,
        file,
    })
}

/// Reads the process's environment and the files that it names, without connecting to anything.
/// Fails with everything that is wrong with both.
pub fn configuration() -> Result<Config, ConfigErrors> {
    let (config, mut faults) = Config::inspect(|name| std::env::var(name).ok());
    if let Err(ConfigErrors(more)) = Checked::new(&config) {
        faults.extend(more);
    }
    if faults.is_empty() {
        Ok(config)
    } else {
        Err(ConfigErrors(faults))
    }
}
