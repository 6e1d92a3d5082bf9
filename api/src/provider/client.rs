//! The provider: one HTTP client for all, and the stream of one answer.

use super::{
    answer::Answer,
    chunk::Chunk,
    error::{ProviderError, ProviderErrorKind},
    guard::{Feed, Guard, Patience, Refusal},
    lenient::List,
    model::{ModelEvent, ModelRequest},
    models,
    options::{InvalidProvider, ProviderOptions, checked_base_url},
    request::WireRequest,
    retry,
};
use crate::domain::ApiKey;
use async_openai::{Client, config::Config, error::OpenAIError};
use futures_util::{Stream, StreamExt, stream::BoxStream};
use reqwest::{
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
    redirect,
};
use secrecy::SecretString;
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The way to the provider. Clones share one pool of connections.
#[derive(Debug, Clone)]
pub struct Provider {
    http: reqwest::Client,
    options: Arc<ProviderOptions>,
}

impl Provider {
    /// A provider at the base URL of `options`. Sends nothing yet, and reads no environment:
    /// neither `OPENAI_*` nor proxy settings.
    ///
    /// # Errors
    ///
    /// When the base URL is none that keys should be sent to.
    pub fn new(mut options: ProviderOptions) -> Result<Self, InvalidProvider> {
        options.base_url = checked_base_url(&options.base_url)?;
        let http = reqwest::Client::builder()
            .user_agent(concat!("smooth-operator/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(options.connect_timeout)
            // A redirect would carry the key, or the conversation, to somebody else.
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .build()
            .map_err(|_| InvalidProvider::Client)?;
        Ok(Self {
            http,
            options: Arc::new(options),
        })
    }

    /// The models that the provider offers to this key, which also tells whether it takes the
    /// key. `None`: it has no such list (404, 405).
    ///
    /// # Errors
    ///
    /// [`ProviderErrorKind::Auth`] when the key is refused, other kinds when there is no answer.
    pub async fn models(&self, key: &ApiKey) -> Result<Option<Vec<String>>, ProviderError> {
        let url = format!("{}/models", self.options.base_url);
        let request = self.http.get(url).headers(authorization(key));
        models::list(request, self.options.models_timeout).await
    }

    /// Asks the model. Nothing is sent before the stream is first polled; dropping it drops the
    /// request at once. Ends after [`ModelEvent::End`] or an error.
    ///
    /// While nothing was said yet a request that failed for a moment (429, 5xx, no connection) is
    /// sent again, at most twice.
    #[must_use]
    pub fn stream(&self, key: &ApiKey, request: ModelRequest) -> ModelStream {
        let asking = Asking {
            provider: self.clone(),
            key: key.clone(),
            request,
            answer: None,
            events: VecDeque::new(),
            retries: 0,
            has_spoken: false,
            count_tokens: true,
            failure: None,
            ended: false,
        };
        let next = |mut asking: Box<Asking>| async move {
            asking.next().await.map(|event| (event, asking))
        };
        ModelStream(futures_util::stream::unfold(Box::new(asking), next).boxed())
    }
}

/// The events of one answer.
pub struct ModelStream(BoxStream<'static, Result<ModelEvent, ProviderError>>);

impl Stream for ModelStream {
    type Item = Result<ModelEvent, ProviderError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

/// One request on its way, with what it takes to begin again.
struct Asking {
    provider: Provider,
    key: ApiKey,
    request: ModelRequest,
    answer: Option<Answer>,
    events: VecDeque<ModelEvent>,
    retries: usize,
    has_spoken: bool,
    count_tokens: bool,
    /// What ended the answer, while events that came before it are still to be told.
    failure: Option<ProviderError>,
    ended: bool,
}

impl Asking {
    async fn next(&mut self) -> Option<Result<ModelEvent, ProviderError>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.has_spoken = true;
                self.ended = matches!(event, ModelEvent::End(_));
                return Some(Ok(event));
            }
            if self.ended {
                return None;
            }
            let error = match self.failure.take() {
                Some(failure) => failure,
                None => match self.read().await {
                    Err(error) if self.events.is_empty() => error,
                    result => {
                        self.failure = result.err();
                        continue;
                    }
                },
            };
            let pause = retry::pause(self.retries, &error, self.provider.options.retry_after_cap);
            let Some(pause) = pause.filter(|_| !self.has_spoken) else {
                self.ended = true;
                self.answer = None;
                return Some(Err(error));
            };
            self.answer = None;
            self.retries += 1;
            tokio::time::sleep(pause).await;
        }
    }

    async fn read(&mut self) -> Result<(), ProviderError> {
        match &mut self.answer {
            Some(answer) => answer.read(&mut self.events).await,
            None => {
                self.answer = self.ask().await?;
                Ok(())
            }
        }
    }

    /// Sends the request. `None`: it must be sent in another form first.
    async fn ask(&mut self) -> Result<Option<Answer>, ProviderError> {
        let ProviderOptions {
            base_url,
            first_byte_timeout,
            idle_timeout,
            ..
        } = &*self.provider.options;
        let feed = Feed::new();
        let guard = Guard {
            http: self.provider.http.clone(),
            patience: Patience {
                first_byte: *first_byte_timeout,
                idle: *idle_timeout,
            },
            feed: Arc::clone(&feed),
        };
        let endpoint = Endpoint {
            base_url: base_url.clone(),
            key: SecretString::from(self.key.expose()),
        };
        let client = Client::build(self.provider.http.clone(), endpoint).with_http_service(guard);
        let request = WireRequest::new(&self.request, self.count_tokens);
        match client
            .chat()
            .create_stream_byot::<_, List<Chunk>>(request)
            .await
        {
            Ok(chunks) => Ok(Some(Answer::new(chunks, feed))),
            Err(OpenAIError::Boxed(error)) => match error.downcast::<Refusal>() {
                Ok(refusal) if refusal.of_stream_options && self.count_tokens => {
                    self.count_tokens = false;
                    Ok(None)
                }
                Ok(refusal) => Err(refusal.error),
                Err(_) => Err(ProviderError::new(
                    ProviderErrorKind::Other,
                    "the request could not be sent",
                )),
            },
            Err(_) => Err(ProviderError::new(
                ProviderErrorKind::Other,
                "the request could not be made",
            )),
        }
    }
}

/// Where and as whom async-openai asks. Its own configuration would fill gaps from `OPENAI_*`
/// variables of the server, and panic on keys that are no header.
struct Endpoint {
    base_url: String,
    key: SecretString,
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        use secrecy::ExposeSecret;
        bearer(self.key.expose_secret())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

fn authorization(key: &ApiKey) -> HeaderMap {
    bearer(key.expose())
}

/// The header, marked so that nothing prints it.
fn bearer(key: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    // An `ApiKey` is visible ASCII, so this cannot fail.
    if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {key}")) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers
}
