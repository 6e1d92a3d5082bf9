//! The contract of the store that keeps the records.
//!
//! A backend knows names, bytes and lifetimes. What the records mean is written once, above it;
//! a backend never sees a token, a key or a passcode in clear.

use crate::domain::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// Records that end by themselves.
///
/// Every call is atomic over its name. A record whose lifetime is up does not exist, whether or
/// not it was swept. Records, sets and windows do not share names.
#[async_trait]
pub trait RecordStore: Send + Sync {
    /// The store's name, for metrics and the log.
    fn name(&self) -> &'static str;

    /// Keeps `value` for `ttl`, in place of what the name had.
    async fn put(&self, name: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError>;

    /// The value, or `None`. The lifetime stays.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The value, or `None`; its lifetime begins again and is `ttl`.
    async fn renew(&self, name: &str, ttl: Duration) -> Result<Option<Vec<u8>>, StoreError>;

    /// The value, removed: of several callers one gets it.
    async fn take(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Puts `value` where the value is still `expected`, byte by byte; `false`, and nothing
    /// changed, where it is not. The lifetime stays.
    async fn swap(&self, name: &str, expected: &[u8], value: Vec<u8>) -> Result<bool, StoreError>;

    /// Adds a member to a set, whose lifetime is then at least `ttl`; `false`, and nothing added,
    /// when `most` others are in it. Of any number of callers at once no more than `most` add.
    async fn add_member(
        &self,
        set: &str,
        member: &str,
        most: usize,
        ttl: Duration,
    ) -> Result<bool, StoreError>;

    /// Removes a member. A set without members does not exist.
    async fn remove_member(&self, set: &str, member: &str) -> Result<(), StoreError>;

    /// The members, in no order.
    async fn members(&self, set: &str) -> Result<Vec<String>, StoreError>;

    /// Counts one event, unless `limit` were counted within the last `window`: then nothing is
    /// counted, and the time until the next would be is given. Of any number of callers at once
    /// no more than `limit` are counted.
    async fn count(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError>;

    /// What [`RecordStore::count`] would give, without counting.
    async fn wait(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError>;

    /// Drops what has expired and gives the records (names and values) of that. A store whose
    /// records expire by themselves gives nothing.
    async fn sweep(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// How many records this process holds whose names begin so; `None` where another one does.
    fn held(&self, prefix: &str) -> Option<usize> {
        let _ = prefix;
        None
    }
}
