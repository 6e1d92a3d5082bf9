//! Accepts connections and serves requests on them, with a limit on every step.
//!
//! `axum::serve` limits neither the time and number of incomplete request heads nor how long a
//! client may stop reading; this replaces its loop.

mod connection;
mod heads;
mod phase;
mod stream;

use axum::Router;
use heads::Heads;
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Pause after a failed accept, as when file descriptors run out.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Stops a server in two steps.
#[derive(Debug, Clone, Default)]
pub struct Closing {
    /// Stops accepting connections.
    pub listener: CancellationToken,
    /// Closes connections after the current response.
    pub connections: CancellationToken,
}

/// Serves until `closing` is cancelled and all connections have closed.
pub async fn serve(listener: TcpListener, router: Router, closing: Closing) {
    let heads = Heads::default();
    let connections = TaskTracker::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = accept(&listener) => accepted,
            () = closing.listener.cancelled() => break,
        };
        let finish = closing.connections.clone();
        let serving = connection::serve(stream, peer, router.clone(), heads.clone(), finish);
        connections.spawn(serving);
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "connections cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
