//! Query string extractor.

use crate::http::error::ApiError;
use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

/// Refused with `422`.
#[derive(Debug)]
pub(in crate::http) struct Query<T>(pub(in crate::http) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        // The rejection's text quotes the address, so it is not passed on.
        let query = query.map_err(|_| {
            ApiError::invalid("The query has an unknown field, or one of the wrong kind.")
        })?;
        Ok(Self(query.0))
    }
}
