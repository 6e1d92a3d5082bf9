//! What stands between async-openai and the network: a tower service that
//! sends one request and hands back a body which is safe to parse.
//!
//! On its own async-openai reads ahead without bound, panics on a byte-order
//! mark, loses the status of errors it cannot parse and never gives up waiting.
//! So here: non-2xx becomes a [`ProviderError`]; the body is re-cut into whole
//! events ([`super::frame`]); silence ends it; and no more than [`WINDOW_BYTES`]
//! are handed on before the consumer has taken them ([`Feed`]).

use super::{
    batch::Batch,
    chunk::WireError,
    error::{ProviderError, ProviderErrorKind},
    frame::{Fault, Framer},
    retry::retry_after,
};
use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use bytes::Bytes;
use futures_util::{StreamExt, future::BoxFuture, stream::BoxStream};
use reqwest::{Body, Response, StatusCode};
use std::{
    collections::VecDeque,
    io,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};

/// How much may be read ahead of the consumer.
const WINDOW_BYTES: u32 = 256 * 1024;
/// What a chunk counts for at least: it costs more memory parsed than as text.
const CHUNK_MIN_BYTES: u32 = 512;
/// A batch that is as large as this goes on without waiting for more.
const BATCH_BYTES: usize = 32 * 1024;
/// How much of an error's body is read, and for how long at most.
const ERROR_MAX_BYTES: usize = 64 * 1024;
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);
/// After `[DONE]` the end of the body is awaited this long, so that the connection can be used again.
const END_TIMEOUT: Duration = Duration::from_millis(50);

/// How patient the guard is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) first_byte: Duration,
    pub(super) idle: Duration,
}

/// What the guard and the consumer of one request share.
#[derive(Debug)]
pub(super) struct Feed {
    window: Semaphore,
    /// What each event on its way counts for, oldest first.
    on_the_way: Mutex<VecDeque<u32>>,
    /// Why the body ended early: async-openai would make a bare text of it.
    failure: Mutex<Option<ProviderError>>,
    done: AtomicBool,
}

impl Feed {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            window: Semaphore::new(WINDOW_BYTES as usize),
            on_the_way: Mutex::default(),
            failure: Mutex::default(),
            done: AtomicBool::new(false),
        })
    }

    /// The consumer took one event: there is room for another.
    pub(super) fn taken(&self) {
        if let Some(size) = lock(&self.on_the_way).pop_front() {
            self.window.add_permits(size as usize);
        }
    }

    /// Why the body ended early, when it did.
    pub(super) fn take_failure(&self) -> Option<ProviderError> {
        lock(&self.failure).take()
    }

    /// Whether the provider said that this was all.
    pub(super) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    async fn make_room(&self, event: &Bytes, chunks: u32) {
        let size = u32::try_from(event.len()).unwrap_or(WINDOW_BYTES);
        let size = size.max(chunks * CHUNK_MIN_BYTES).min(WINDOW_BYTES);
        // The semaphore is never closed.
        if let Ok(permit) = self.window.acquire_many(size).await {
            permit.forget();
        }
        lock(&self.on_the_way).push_back(size);
    }
}

/// A panic elsewhere leaves these plain values whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why there is no body to read.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub(super) struct Refusal {
    pub(super) error: ProviderError,
    /// The provider takes the request amiss for its `stream_options`.
    pub(super) of_stream_options: bool,
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            of_stream_options: false,
        }
    }
}

impl From<Refusal> for OpenAIError {
    fn from(refusal: Refusal) -> Self {
        Self::Boxed(Box::new(refusal))
    }
}

/// The service: one for each request, over the one HTTP client.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) http: reqwest::Client,
    pub(super) patience: Patience,
    pub(super) feed: Arc<Feed>,
}

impl tower::Service<HttpRequestFactory> for Guard {
    type Response = Response;
    type Error = Refusal;
    type Future = BoxFuture<'static, Result<Response, Refusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let Self {
            http,
            patience,
            feed,
        } = self.clone();
        Box::pin(async move {
            let request = factory.build().await.map_err(|_| {
                ProviderError::new(ProviderErrorKind::Other, "the request could not be built")
            })?;
            let begun = tokio::time::Instant::now();
            let answer = timeout(patience.first_byte, http.execute(request)).await;
            let response = answer
                .map_err(|_| silent(patience.first_byte))?
                .map_err(|e| ProviderError::transport(&e))?;
            if !response.status().is_success() {
                return Err(refused(response).await);
            }
            let body = Box::new(Cutter {
                bytes: response.bytes_stream().boxed(),
                framer: Framer::default(),
                batch: Batch::default(),
                next_byte: patience.first_byte.saturating_sub(begun.elapsed()),
                idle: patience.idle,
                feed,
                ended: false,
            });
            let events = futures_util::stream::unfold(body, |mut body| async move {
                body.next().await.map(|event| (event, body))
            });
            Ok(http::Response::new(Body::wrap_stream(events)).into())
        })
    }
}

fn silent(timeout: Duration) -> ProviderError {
    ProviderError::new(
        ProviderErrorKind::Timeout,
        format!("the provider kept silent for {} ms", timeout.as_millis()),
    )
}

/// Reads why a request was refused.
pub(super) async fn refused(response: Response) -> Refusal {
    let status = response.status();
    if status.is_redirection() {
        let mut error = ProviderError::new(
            ProviderErrorKind::Other,
            format!(
                "the provider answered {} with a redirect, which is not followed: correct the base URL",
                status.as_u16()
            ),
        );
        error.status = Some(status.as_u16());
        return error.into();
    }
    let wait = retry_after(response.headers());
    let body = timeout(ERROR_BODY_TIMEOUT, read_up_to(response, ERROR_MAX_BYTES)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let of_stream_options = matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
    ) && String::from_utf8_lossy(&body).contains("stream_options");
    let error = ProviderError::reported(Some(status.as_u16()), wait, &WireError::from_body(&body));
    Refusal {
        error,
        of_stream_options,
    }
}

/// The first `limit` bytes of a body.
pub(super) async fn read_up_to(
    response: Response,
    limit: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let (mut body, mut bytes) = (Vec::new(), response.bytes_stream());
    while let Some(piece) = bytes.next().await {
        let piece = piece?;
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    Ok(body)
}

/// A body on its way through the framer.
struct Cutter {
    bytes: BoxStream<'static, Result<Bytes, reqwest::Error>>,
    framer: Framer,
    batch: Batch,
    next_byte: Duration,
    idle: Duration,
    feed: Arc<Feed>,
    ended: bool,
}

impl Cutter {
    /// The next event for async-openai.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        while self.batch.chunks() == 0 {
            if self.ended {
                return None;
            }
            if self.framer.is_done() {
                self.feed.done.store(true, Ordering::Release);
                self.ended = true;
                let _ = timeout(END_TIMEOUT, self.bytes.next()).await;
                continue;
            }
            match timeout(self.next_byte, self.bytes.next()).await {
                Ok(piece) => self.take(piece),
                Err(_) => self.fail(silent(self.next_byte)),
            }
            self.take_what_is_near().await;
        }
        let batch = std::mem::take(&mut self.batch);
        let chunks = batch.chunks();
        let event = batch.finish();
        self.feed.make_room(&event, chunks).await;
        Some(Ok(event))
    }

    /// Takes the pieces that have come already. The connection's task hands them over one by one,
    /// so it is let run until it has no more; whoever sends slowly is not waited for.
    async fn take_what_is_near(&mut self) {
        let mut others_ran = pin!(tokio::task::yield_now());
        let mut came = false;
        while !self.ended && !self.framer.is_done() && self.batch.bytes() < BATCH_BYTES {
            tokio::select! {
                biased;
                piece = self.bytes.next() => {
                    self.take(piece);
                    came = true;
                }
                () = &mut others_ran => {
                    if !std::mem::take(&mut came) {
                        break;
                    }
                    others_ran.set(tokio::task::yield_now());
                }
            }
        }
    }

    fn take(&mut self, piece: Option<Result<Bytes, reqwest::Error>>) {
        let cut = match piece {
            Some(Ok(bytes)) => {
                self.next_byte = self.idle;
                self.framer.push(&bytes, &mut self.batch)
            }
            Some(Err(error)) => return self.fail(ProviderError::transport(&error)),
            None => {
                self.ended = true;
                let cut = self.framer.end(&mut self.batch);
                self.feed
                    .done
                    .store(self.framer.is_done(), Ordering::Release);
                cut
            }
        };
        match cut {
            Ok(()) => {}
            Err(Fault::TooLong) => {
                let detail = "one event of the answer passed its size limit";
                self.fail(ProviderError::new(ProviderErrorKind::OutputTooLong, detail));
            }
            Err(Fault::NotJson) => {
                let detail = "a chunk of the answer is not JSON";
                self.fail(ProviderError::new(
                    ProviderErrorKind::InvalidResponse,
                    detail,
                ));
            }
        }
    }

    /// Ends the body; what was whole before still counts.
    fn fail(&mut self, failure: ProviderError) {
        *lock(&self.feed.failure) = Some(failure);
        self.ended = true;
    }
}
