//! The engine's interface to models.

use crate::{
    domain::ApiKey,
    provider::{ModelRequest, ModelStream, Provider},
};

/// The source of answers.
pub trait Models: Send + Sync {
    /// Requests an answer. Dropping it aborts the request.
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> ModelStream;
}

impl Models for Provider {
    fn stream(&self, key: &ApiKey, request: ModelRequest) -> ModelStream {
        Self::stream(self, key, request)
    }
}
