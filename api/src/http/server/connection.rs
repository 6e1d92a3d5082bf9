//! A single connection: serves requests until the client leaves, is late, or the server stops.

use super::{heads::Heads, phase::Phase, stream::WatchedStream};
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::ConnectInfo,
};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use hyper::{
    Request,
    body::{Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

const HEAD_MAX_BYTES: usize = 32 * 1024;
/// How long a connection may be idle between two requests.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Serves a connection until it closes; after `finish`, only until the current response has ended.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    heads: Heads,
    finish: CancellationToken,
) {
    // Deltas are small: Nagle's algorithm would hold each until the one before is acknowledged.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was refused");
    }
    let phase = Arc::new(Phase::new(heads));
    let stream = TokioIo::new(WatchedStream::new(stream, Arc::clone(&phase)));
    let service = service_fn(|mut request: Request<Incoming>| {
        phase.head_received();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answering = router.clone().oneshot(request);
        let phase = Arc::clone(&phase);
        async move {
            let Ok(response) = answering.await;
            Ok::<_, Infallible>(response.map(|body| AnswerBody { body, phase }))
        }
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        // The time starts when the previous response ends. `Phase` is stricter once a byte has
        // arrived.
        .header_read_timeout(IDLE_TIMEOUT)
        .max_header_size(HEAD_MAX_BYTES)
        .max_buf_size(HEAD_MAX_BYTES);
    let mut connection = pin!(builder.serve_connection(stream, service));
    let late = async {
        phase.late().await;
        Interruption::Late
    };
    let finish = async {
        finish.cancelled().await;
        Interruption::Finish
    };
    // Polled only when one of them wakes, so that a piece of an answer does not pay for them.
    let mut interruptions: FuturesUnordered<BoxFuture<'_, Interruption>> =
        [late.boxed(), finish.boxed()].into_iter().collect();
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            Some(interruption) = interruptions.next() => match interruption {
                Interruption::Late => return,
                Interruption::Finish => connection.as_mut().graceful_shutdown(),
            }
        }
    }
}

/// An event that ends a connection from outside.
enum Interruption {
    /// A request head took too long.
    Late,
    /// The server stops after the current response.
    Finish,
}

/// A body whose response has ended when this is dropped.
struct AnswerBody {
    body: Body,
    phase: Arc<Phase>,
}

impl Drop for AnswerBody {
    fn drop(&mut self) {
        self.phase.answered();
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
