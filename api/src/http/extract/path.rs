//! Extractor for ids in paths.

use crate::domain::{RunId, ThreadId};
use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use std::{convert::Infallible, str::FromStr};

/// The id in the path.
///
/// A malformed id is replaced by one that does not exist, so that the `404` comes after the checks
/// of the body, in the contract's order.
#[derive(Debug)]
pub(in crate::http) struct PathId<T>(pub(in crate::http) T);

pub(in crate::http) trait RecordId: FromStr {
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
