//! The contract of the record store.
//!
//! A backend stores names, bytes and lifetimes, and never sees a token, key or passcode in clear.
//! [`Sessions`](super::Sessions) gives them their meaning.

use crate::domain::StoreError;
use async_trait::async_trait;
use std::time::Duration;

/// Why a store would grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Growth {
    /// A sign-in, which works when memory is full.
    SignIn,
    /// Anything else.
    Other,
}

/// Records with lifetimes.
///
/// Every call is atomic for its name. An expired record does not exist, even before it is swept.
/// Records, sets and windows have separate names.
#[async_trait]
pub trait RecordStore: Send + Sync {
    /// The store's name, for metrics and logs.
    fn name(&self) -> &'static str;

    /// Whether there is room for one more record. A store outside this process does not count.
    fn check_room(&self, growth: Growth) -> Result<(), StoreError> {
        let _ = growth;
        Ok(())
    }

    /// Stores `value` for `ttl`, replacing the previous value.
    async fn put(&self, name: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError>;

    /// The value, or `None`. Does not change the lifetime.
    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// The value, or `None`. Restarts the lifetime with `ttl`.
    async fn renew(&self, name: &str, ttl: Duration) -> Result<Option<Vec<u8>>, StoreError>;

    /// Removes and returns the value: of several callers, one gets it.
    async fn take(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Replaces the value if it equals `expected`; otherwise returns `false` and changes nothing.
    /// The lifetime stays.
    async fn swap(&self, name: &str, expected: &[u8], value: Vec<u8>) -> Result<bool, StoreError>;

    /// Adds a member to a set and extends the set's lifetime to at least `ttl`. `false`, and
    /// nothing added, if `most` others are in it; concurrent callers together add no more than
    /// `most`.
    async fn add_member(
        &self,
        set: &str,
        member: &str,
        most: usize,
        ttl: Duration,
    ) -> Result<bool, StoreError>;

    /// Removes a member. An empty set does not exist.
    async fn remove_member(&self, set: &str, member: &str) -> Result<(), StoreError>;

    /// The members, in any order.
    async fn members(&self, set: &str) -> Result<Vec<String>, StoreError>;

    /// Counts an event, unless `limit` events were counted within the last `window`; then returns
    /// the time until the next one would be. Concurrent callers together count no more than
    /// `limit`.
    async fn count(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError>;

    /// The same as [`RecordStore::count`], without counting.
    async fn wait(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError>;

    /// Takes back the newest event of a window, if any.
    async fn uncount(&self, name: &str) -> Result<(), StoreError>;

    /// Waits until all counted events outlive this process, in a store whose records do.
    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Removes expired records and returns their names and values. A store that expires records by
    /// itself returns none.
    async fn sweep(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// The number of records in this process with this prefix; `None` if they are elsewhere.
    fn held(&self, prefix: &str) -> Option<usize> {
        let _ = prefix;
        None
    }
}
