//! Extractors: who calls, which record, which body.
//!
//! Arguments are taken in order and the first refusal is the answer, so a handler that names
//! [`SignedIn`] first and its body last keeps the order of checks that the contract gives.

mod body;
mod path;
mod query;
mod signed_in;
mod surrogates;

pub(super) use body::{Body, NoBody, is_json, read as read_body};
pub(super) use path::PathId;
pub(super) use query::Query;
pub(super) use signed_in::{SignedIn, bearer};
pub(super) use surrogates::replace_lone;
