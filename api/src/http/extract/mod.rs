//! Extractors for the caller, path, query and body.
//!
//! They run in argument order and the first refusal is the response, so a handler that takes
//! [`SignedIn`] first and its body last checks in the contract's order.

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
