//! Runs a server until its shutdown is complete.

use super::{App, error::AppError};
use crate::http::{self, Closing};
use std::{future::Future, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::task::AbortOnDropHandle;

/// How long live runs may take to write their last events, and connections to send them.
const RUNS_END_WITHIN: Duration = Duration::from_secs(10);
const CONNECTIONS_END_WITHIN: Duration = Duration::from_secs(3);
const SPANS_SENT_WITHIN: Duration = Duration::from_secs(1);

/// Serves until `shutdown` resolves.
///
/// Then `/ready` answers 503 while connections are still accepted for the drain time, so that a
/// load balancer stops sending requests. After that the listener closes, and runs end and send
/// their last events. Returns within 15 s after the drain time.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AppError> {
    let _sweeper = AbortOnDropHandle::new(tokio::spawn(app.sweeper.run()));
    let closing = Closing::default();
    let serving = http::serve(listener, app.router, closing.clone());
    let mut serving = AbortOnDropHandle::new(tokio::spawn(serving));
    tokio::select! {
        ended = &mut serving => return Err(format!("the server ended: {ended:?}").into()),
        () = shutdown => {}
    }
    tracing::info!(seconds = app.drain.as_secs(), "draining");
    app.draining.cancel();
    tokio::time::sleep(app.drain).await;

    tracing::info!("shutting down");
    closing.listener.cancel();
    if timeout(RUNS_END_WITHIN, app.engine.shut_down())
        .await
        .is_err()
    {
        tracing::warn!("some runs did not end in time");
    }
    closing.connections.cancel();
    if timeout(CONNECTIONS_END_WITHIN, &mut serving).await.is_err() {
        // A client that stops reading must not keep the process alive.
        tracing::warn!("some connections did not end in time");
    }
    let flushed = timeout(SPANS_SENT_WITHIN, app.telemetry.tracer.flush()).await;
    if flushed.is_err() {
        tracing::warn!("the last spans could not be sent in time");
    }
    if let Some(file) = app.file {
        file.close().await;
    }
    tracing::info!("stopped");
    Ok(())
}
