//! The models as the engine asks them.

use crate::{
    domain::ApiKey,
    provider::{ModelEvent, ModelRequest, Provider, ProviderError},
};
use futures_util::{StreamExt, stream::BoxStream};

/// One answer of a model. Dropping it drops the request.
pub type Answering = BoxStream<'static, Result<ModelEvent, ProviderError>>;

/// Where answers come from.
pub trait Models: Send + Sync {
    /// Asks a model. Ends with [`ModelEvent::End`] or an error.
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> Answering;
}

impl Models for Provider {
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> Answering {
        Self::stream(self, key, request).boxed()
    }
}
