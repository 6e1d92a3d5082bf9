//! The engine's interface to models.

use crate::{
    domain::ApiKey,
    provider::{ModelEvent, ModelRequest, Provider, ProviderError},
};
use futures_util::{StreamExt, stream::BoxStream};

/// An answer as it arrives. Dropping it aborts the request.
pub type Answering = BoxStream<'static, Result<ModelEvent, ProviderError>>;

/// The source of answers.
pub trait Models: Send + Sync {
    /// Requests an answer, which ends with [`ModelEvent::End`] or an error.
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> Answering;
}

impl Models for Provider {
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> Answering {
        Self::stream(self, key, request).boxed()
    }
}
