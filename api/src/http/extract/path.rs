//! Path extractor: the id of a record.

use crate::domain::{RunId, ThreadId};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use std::{convert::Infallible, str::FromStr};

/// The id in the path.
///
/// A malformed id becomes one that no record has, so that the handler finds nothing: the `404` then
/// comes after the checks of the body, as the contract orders them.
#[derive(Debug)]
pub(in crate::http) struct PathId<T>(pub(in crate::http) T);

/// Ids that records have.
pub(in crate::http) trait RecordId: FromStr {
    /// One that no record has.
    fn nobodys() -> Self;
}

impl RecordId for ThreadId {
    fn nobodys() -> Self {
        Self::generate()
    }
}

impl RecordId for RunId {
    fn nobodys() -> Self {
        Self::generate()
    }
}

impl<T: RecordId, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        let id = text.and_then(|Path(text)| text.parse().ok());
        Ok(Self(id.unwrap_or_else(T::nobodys)))
    }
}
