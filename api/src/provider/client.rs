//! The provider: an HTTP client for all requests, and the stream of an answer.

use super::{
    endpoint::Endpoint,
    error::ProviderError,
    model::{ModelEvent, ModelRequest},
    model_list::ModelList,
    models,
    options::{InvalidProvider, ProviderOptions, checked_base_url, checked_proxy},
    recent_lists::RecentLists,
    retry::Attempt,
    transport::http_client,
};
use crate::domain::ApiKey;
use futures_util::{StreamExt, stream::BoxStream};
use std::{sync::Arc, time::Duration};

/// The events of an answer; those that arrive together are one item.
pub type ModelStream = BoxStream<'static, Result<Vec<ModelEvent>, ProviderError>>;

/// The provider at a base URL. Clones share connections and what was learned.
#[derive(Debug, Clone)]
pub struct Provider {
    endpoint: Endpoint,
    recent_lists: Arc<RecentLists>,
}

impl Provider {
    /// A provider at the base URL of `options`. Sends nothing yet, and reads no environment
    /// variables. Fails when keys should not be sent there, or the options cannot be used.
    pub fn new(mut options: ProviderOptions) -> Result<Self, InvalidProvider> {
        options.base_url = checked_base_url(&options.base_url)?;
        options.proxy = options.proxy.as_deref().map(checked_proxy).transpose()?;
        Ok(Self {
            endpoint: Endpoint::new(http_client(&options)?, options),
            recent_lists: Arc::default(),
        })
    }

    /// The chat models that the provider offers to this key; `None` if it has no such list (404,
    /// 405). Fails with [`Auth`](super::ProviderErrorKind::Auth) when the key is refused.
    pub async fn models(&self, key: &ApiKey) -> Result<Option<ModelList>, ProviderError> {
        let list = models::list(&self.endpoint, key).await?;
        if let Some(list) = &list {
            self.recent_lists.set(key, Arc::new(list.clone()));
        }
        Ok(list)
    }

    /// The same list, cached or loaded within `limit`; otherwise `None`.
    pub async fn recent_models(&self, key: &ApiKey, limit: Duration) -> Option<Arc<ModelList>> {
        if let Some(list) = self.recent_lists.get(key) {
            return Some(list);
        }
        let asked = tokio::time::timeout(limit, self.models(key)).await;
        asked.ok()?.ok()?.map(Arc::new)
    }

    /// Checks a key with the list of models, or with an empty request if there is none. Fails with
    /// [`WrongAddress`](super::ProviderErrorKind::WrongAddress) when there is no such API.
    pub async fn try_key(&self, key: &ApiKey) -> Result<Option<ModelList>, ProviderError> {
        let list = self.models(key).await?;
        if list.is_none() {
            models::probe(&self.endpoint, key).await?;
        }
        Ok(list)
    }

    /// Asks the model. Nothing is sent before the stream is first polled, and dropping it aborts
    /// the request. Ends after [`ModelEvent::End`] or an error.
    ///
    /// Before the first output, temporary failures (429, 5xx, no connection) are retried at most
    /// twice.
    #[must_use]
    pub fn stream(&self, key: &ApiKey, request: ModelRequest) -> ModelStream {
        let attempt = Box::new(Attempt::new(self.endpoint.clone(), key.clone(), request));
        let next = |mut attempt: Box<Attempt>| async move {
            attempt.next().await.map(|events| (events, attempt))
        };
        futures_util::stream::unfold(attempt, next).boxed()
    }
}
