//! Drains request bodies that a handler has not read.
//!
//! Bytes left on the connection would be taken for the next request.

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::timeout;

const DRAIN_MAX_BYTES: u64 = 64 * 1024;
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Drains what the handler did not read, or closes the connection.
pub(super) async fn drain(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let awaits_continue = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    let body = SharedBody(Arc::new(Mutex::new(Reading {
        body,
        begun: false,
        ended: false,
    })));
    let shared = Body::new(SharedBody(Arc::clone(&body.0)));
    let mut response = next.run(Request::from_parts(head, shared)).await;
    // A client that waits for `100 Continue` sends its body only once we begin to read it.
    let unsent = awaits_continue && !body.reading().begun;
    if unsent || !body.drain().await {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// A body that can be read on after its first reader has gone.
struct SharedBody(Arc<Mutex<Reading>>);

struct Reading {
    body: Body,
    begun: bool,
    ended: bool,
}

impl SharedBody {
    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads to the end; `false` when that is too much or takes too long.
    async fn drain(mut self) -> bool {
        let mut left = DRAIN_MAX_BYTES;
        let reading = async {
            loop {
                if self.is_end_stream() {
                    return true;
                }
                if self.size_hint().lower() > left {
                    return false;
                }
                match self.frame().await {
                    None => return true,
                    Some(Err(_)) => return false,
                    Some(Ok(frame)) => {
                        let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                        match left.checked_sub(length) {
                            Some(rest) => left = rest,
                            None => return false,
                        }
                    }
                }
            }
        };
        timeout(DRAIN_TIMEOUT, reading).await.unwrap_or(false)
    }
}

impl HttpBody for SharedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut reading = self.reading();
        reading.begun = true;
        let frame = Pin::new(&mut reading.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) {
            reading.ended = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        let reading = self.reading();
        reading.ended || reading.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.reading().body.size_hint()
    }
}
