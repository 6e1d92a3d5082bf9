//! The HTTP client for the provider, its time limits, and the bytes of an answer.

use super::{
    error::ProviderError,
    error_kind::ProviderErrorKind,
    options::{InvalidProvider, ProviderOptions},
    retry_after::retry_after,
    wire_error::WireError,
};
use crate::domain::ApiKey;
use bytes::Bytes;
use reqwest::{
    Certificate, Client, Proxy, Response,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
    redirect,
};
use std::{pin::Pin, time::Duration};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

const REFUSAL_MAX_BYTES: usize = 64 * 1024;
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for the end of the body after the answer, so that the connection can be reused.
const END_TIMEOUT: Duration = Duration::from_millis(50);
/// Pieces that arrive within this time are part of a burst.
pub(super) const BURST_GAP: Duration = Duration::from_millis(1);

/// Reads no environment variables: neither `OPENAI_*` nor proxy settings.
pub(super) fn http_client(options: &ProviderOptions) -> Result<Client, InvalidProvider> {
    let mut builder = Client::builder()
        .user_agent(concat!("smooth-operator/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        // A redirect would carry the key, or the conversation, to another server.
        .redirect(redirect::Policy::none())
        .referer(false)
        .no_proxy();
    if let Some(proxy) = &options.proxy {
        let proxy = Proxy::all(proxy.as_str()).map_err(|_| InvalidProvider::Proxy)?;
        builder = builder.proxy(proxy);
    }
    if let Some(pem) = &options.ca_pem {
        let certificates =
            Certificate::from_pem_bundle(pem).map_err(|_| InvalidProvider::CaFile)?;
        if certificates.is_empty() {
            return Err(InvalidProvider::CaFile);
        }
        builder = builder.tls_certs_merge(certificates);
    }
    let failure = match options.ca_pem {
        Some(_) => InvalidProvider::CaFile,
        None => InvalidProvider::Client,
    };
    builder.build().map_err(|_| failure)
}

/// Marked as sensitive, so that nothing prints it.
pub(super) fn authorization(key: &ApiKey) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", key.expose())) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}

#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: ProviderError,
    /// Empty if there is no message.
    pub(super) wire: WireError,
}

impl From<ProviderError> for Refusal {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            wire: WireError::default(),
        }
    }
}

/// Sends a request and waits for the head of its response.
pub(super) async fn post(
    http: &Client,
    options: &ProviderOptions,
    path: &str,
    key: &ApiKey,
    body: Vec<u8>,
) -> Result<Body, Refusal> {
    let begun = Instant::now();
    let request = http
        .post(format!("{}{path}", options.base_url))
        .headers(authorization(key))
        .header(CONTENT_TYPE, "application/json")
        .body(body);
    let answer = timeout(options.first_byte_timeout, request.send()).await;
    let response = answer
        .map_err(|_| silent(options.first_byte_timeout))?
        .map_err(|error| ProviderError::transport(&error))?;
    if !response.status().is_success() {
        return Err(refused(response).await);
    }
    Ok(Body::new(response, options, begun))
}

fn silent(limit: Duration) -> ProviderError {
    ProviderError::new(
        ProviderErrorKind::Timeout,
        format!("the provider kept silent for {} ms", limit.as_millis()),
    )
}

pub(super) async fn refused(response: Response) -> Refusal {
    let status = response.status();
    if status.is_redirection() {
        let detail = format!(
            "the provider answered {} with a redirect, which is not followed: correct the base URL",
            status.as_u16()
        );
        let mut error = ProviderError::new(ProviderErrorKind::Other, detail);
        error.status = Some(status.as_u16());
        return error.into();
    }
    let wait = retry_after(response.headers());
    let body = timeout(REFUSAL_TIMEOUT, read_up_to(response, REFUSAL_MAX_BYTES)).await;
    let body = body.ok().and_then(Result::ok).unwrap_or_default();
    let wire = WireError::from_body(&body);
    Refusal {
        error: ProviderError::reported(Some(status.as_u16()), wait, &wire),
        wire,
    }
}

pub(super) async fn read_up_to(
    mut response: Response,
    limit: usize,
) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        let room = limit - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if body.len() == limit {
            break;
        }
    }
    Ok(body)
}

#[derive(Debug)]
pub(super) struct Body {
    response: Response,
    idle: Duration,
    /// The limit of the silence since `silent_from`. The response's head alone does not end the
    /// silence.
    limit: Duration,
    silent_from: Instant,
    /// Reset only when it fires, so that a piece costs no timer.
    deadline: Pin<Box<Sleep>>,
    is_burst: bool,
}

impl Body {
    pub(super) fn new(response: Response, options: &ProviderOptions, begun: Instant) -> Self {
        Self {
            response,
            idle: options.idle_timeout,
            limit: options.first_byte_timeout,
            silent_from: begun,
            deadline: Box::pin(sleep_until(begun + options.first_byte_timeout)),
            is_burst: false,
        }
    }

    /// The next piece; `None` at the end. Safe to drop and call again.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, ProviderError> {
        loop {
            tokio::select! {
                biased;
                piece = self.response.chunk() => {
                    let now = Instant::now();
                    self.is_burst = now - self.silent_from < BURST_GAP;
                    self.silent_from = now;
                    if self.limit != self.idle {
                        self.limit = self.idle;
                        self.deadline.as_mut().reset(now + self.idle);
                    }
                    return piece.map_err(|error| ProviderError::transport(&error));
                }
                () = &mut self.deadline => {
                    let until = self.silent_from + self.limit;
                    if until <= Instant::now() {
                        return Err(silent(self.limit));
                    }
                    self.deadline.as_mut().reset(until);
                }
            }
        }
    }

    /// Whether pieces arrive so fast that more are on their way: the connection's task passes them
    /// on one by one.
    pub(super) fn is_burst(&self) -> bool {
        self.is_burst
    }

    /// Reads to the end after a complete answer, unless that takes long.
    pub(super) async fn drain(&mut self) {
        let end = async { while matches!(self.response.chunk().await, Ok(Some(_))) {} };
        let _ = timeout(END_TIMEOUT, end).await;
    }
}
