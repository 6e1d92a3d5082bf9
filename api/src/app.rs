//! The whole put together: the only place that chooses a backend.

mod checked;
mod error;
mod stores;
mod version;

pub use error::AppError;
pub use version::BUILD;

use crate::{
    chat::{Engine, EngineOptions, EngineParts},
    config::Config,
    domain::StoreError,
    http::{self, Api, HttpOptions},
    notes::tools::NoteTools,
    runs::RunStore,
    sessions::Sessions,
    telemetry::{Meter, Telemetry, Tracer},
    tools::ToolServers,
};
use axum::{Router, serve::ListenerExt};
use checked::Checked;
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};
use stores::Stores;
use tokio::{net::TcpListener, sync::Notify, time::MissedTickBehavior};
use tokio_util::task::AbortOnDropHandle;

/// How long live runs have to write their last events.
const RUNS_END_WITHIN: Duration = Duration::from_secs(10);
/// How long connections have, after that, to read them.
const CONNECTIONS_END_WITHIN: Duration = Duration::from_secs(3);
/// How long the collector of traces has, after that.
const SPANS_SENT_WITHIN: Duration = Duration::from_secs(1);
/// How often logs of runs are looked through for those whose time is up.
const RUN_SWEEP: Duration = Duration::from_secs(60);

/// A server that is ready to serve.
pub struct App {
    router: Router,
    engine: Engine,
    sessions: Sessions,
    runs: Arc<dyn RunStore>,
    telemetry: Telemetry,
    session_sweep: Duration,
}

/// Builds everything that `config` asks for.
///
/// # Errors
/// When a file cannot be read, or what it says or the environment asks for cannot be.
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
        durable,
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
    // Identities for MCP servers name the deployment by its first origin.
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
            provider: provider.clone(),
            telemetry: telemetry.clone(),
        },
        EngineOptions {
            run_grace: config.run_grace,
            max_runs: config.max_runs,
            context_tokens: config.context_tokens,
            durable,
            default_model: default_model.clone(),
        },
    );
    let api = Api::new(http::Parts {
        sessions: sessions.clone(),
        notes,
        tools,
        provider,
        agents,
        sites,
        engine: engine.clone(),
        probes,
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
            metrics_token: config.metrics_token.clone(),
        },
    });
    Ok(App {
        router: http::router(api),
        engine,
        sessions,
        runs,
        telemetry,
        session_sweep: config.session_sweep,
    })
}

/// Checks what a configuration names, without connecting to anything.
///
/// # Errors
/// Lists all that is wrong.
pub fn check_files(config: &Config) -> Result<(), AppError> {
    Checked::new(config).map(drop)
}

/// Serves until `shutdown` resolves; then runs end, readers get their last events, and it returns,
/// within 15 s.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AppError> {
    let App {
        router,
        engine,
        sessions,
        runs,
        telemetry,
        session_sweep,
    } = app;
    let meter = telemetry.meter.clone();
    let sweeper = sweep(engine.clone(), sessions, runs, meter, session_sweep);
    let _sweeper = AbortOnDropHandle::new(tokio::spawn(sweeper));
    let drained = Arc::new(Notify::new());
    let drain = {
        let drained = Arc::clone(&drained);
        async move {
            shutdown.await;
            tracing::info!("shutting down");
            if tokio::time::timeout(RUNS_END_WITHIN, engine.shut_down())
                .await
                .is_err()
            {
                tracing::warn!("some runs did not end in time");
            }
            drained.notify_one();
        }
    };
    // Deltas are small: without this each waits for the acknowledgement of the one before.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY was refused");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service)
        .with_graceful_shutdown(drain)
        .into_future();
    tokio::select! {
        result = serving => result?,
        // A reader that does not read would keep its connection open for ever.
        () = async {
            drained.notified().await;
            tokio::time::sleep(CONNECTIONS_END_WITHIN).await;
        } => tracing::warn!("some connections did not end in time"),
    }
    if tokio::time::timeout(SPANS_SENT_WITHIN, telemetry.tracer.flush())
        .await
        .is_err()
    {
        tracing::warn!("the last spans could not be sent in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Deletes what has expired, for as long as it is polled.
async fn sweep(
    engine: Engine,
    sessions: Sessions,
    runs: Arc<dyn RunStore>,
    meter: Meter,
    period: Duration,
) {
    let mut expired = tokio::time::interval(period);
    let mut over = tokio::time::interval(RUN_SWEEP);
    expired.set_missed_tick_behavior(MissedTickBehavior::Delay);
    over.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let result = tokio::select! {
            _ = expired.tick() => sweep_sessions(&engine, &sessions).await,
            _ = over.tick() => {
                meter.tidy();
                runs.sweep().await
            }
        };
        if let Err(error) = result {
            meter.store_failed(error.store());
            tracing::warn!(%error, "what has expired could not be deleted; the next round tries again");
        }
    }
}

async fn sweep_sessions(engine: &Engine, sessions: &Sessions) -> Result<(), StoreError> {
    for session in sessions
        .sweep()
        .await?
        .iter()
        .filter(|session| session.ephemeral)
    {
        engine.forget_expired_owner(session.owner.clone());
    }
    Ok(())
}

/// Resolves when the process is asked to end: SIGTERM, or Ctrl-C.
pub async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                () = interrupted => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            interrupted.await;
        }
    }
}
