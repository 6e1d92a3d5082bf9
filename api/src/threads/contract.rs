//! The contract of [`ThreadStore`] as a test suite, run against each backend.
#![allow(clippy::unwrap_used, clippy::panic)]

mod forgetting;
pub(crate) mod given;
mod message_pages;
mod pauses;
mod runs;
mod search;
mod sizes;

use super::ThreadStore;

pub(crate) async fn suite(store: &dyn ThreadStore) {
    runs::suite(store).await;
    pauses::suite(store).await;
    message_pages::suite(store).await;
    search::suite(store).await;
    sizes::suite(store).await;
    forgetting::suite(store).await;
}
