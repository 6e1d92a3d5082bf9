//! Records in memory, for a single replica.

use super::record::RecordStore;
use crate::domain::StoreError;
use async_trait::async_trait;
use dashmap::{DashMap, Entry};
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};
// Tokio's clock, so that tests can move it.
use tokio::time::Instant;

struct Record {
    value: Vec<u8>,
    until: Instant,
}

struct Members {
    names: HashSet<String>,
    until: Instant,
}

struct Window {
    /// Oldest first; never more than the limit.
    events: VecDeque<Instant>,
    until: Instant,
}

impl Window {
    /// How long until fewer than `limit` events lie within `length`.
    fn wait(&mut self, limit: usize, length: Duration, now: Instant) -> Option<Duration> {
        while self
            .events
            .front()
            .is_some_and(|first| *first + length <= now)
        {
            self.events.pop_front();
        }
        if self.events.len() < limit {
            return None;
        }
        self.events.front().map(|first| *first + length - now)
    }
}

/// A [`RecordStore`] in memory. No lock is held across an await: every call is one map operation.
#[derive(Default)]
pub struct MemoryRecords {
    records: DashMap<String, Record>,
    sets: DashMap<String, Members>,
    windows: DashMap<String, Window>,
}

impl MemoryRecords {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores a value. One that has expired is kept for the sweep.
    pub(super) fn insert(&self, name: &str, value: Vec<u8>, ttl: Duration) {
        let until = Instant::now() + ttl;
        self.records
            .insert(name.to_owned(), Record { value, until });
    }

    /// Replaces a value if there is one. Its lifetime stays.
    pub(super) fn replace(&self, name: &str, value: Vec<u8>) {
        if let Some(mut record) = self.records.get_mut(name) {
            record.value = value;
        }
    }

    /// Removes a record, expired or not.
    pub(super) fn remove(&self, name: &str) {
        self.records.remove(name);
    }

    /// The records that a sweep would return.
    pub(super) fn expired(&self) -> Vec<(String, Vec<u8>)> {
        let now = Instant::now();
        self.records
            .iter()
            .filter(|record| record.until <= now)
            .map(|record| (record.key().clone(), record.value.clone()))
            .collect()
    }

    /// Removes those of these records that have expired, and all expired sets and windows.
    pub(super) fn forget(&self, expired: &[(String, Vec<u8>)]) {
        let now = Instant::now();
        for (name, _) in expired {
            self.records
                .remove_if(name, |_, record| record.until <= now);
        }
        self.sets.retain(|_, members| members.until > now);
        self.windows.retain(|_, window| window.until > now);
    }

    /// Restores an event that happened `ago` and counts for another `left`. Call it oldest first.
    pub(super) fn restore_event(&self, name: &str, ago: Duration, left: Duration) {
        let now = Instant::now();
        let mut window = self
            .windows
            .entry(name.to_owned())
            .or_insert_with(|| Window {
                events: VecDeque::new(),
                until: now,
            });
        window.events.push_back(now.checked_sub(ago).unwrap_or(now));
        window.until = window.until.max(now + left);
    }
}

#[async_trait]
impl RecordStore for MemoryRecords {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn put(&self, name: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        self.insert(name, value, ttl);
        Ok(())
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let now = Instant::now();
        Ok(self
            .records
            .get(name)
            .filter(|record| record.until > now)
            .map(|r| r.value.clone()))
    }

    async fn renew(&self, name: &str, ttl: Duration) -> Result<Option<Vec<u8>>, StoreError> {
        let now = Instant::now();
        Ok(self
            .records
            .get_mut(name)
            .filter(|record| record.until > now)
            .map(|mut record| {
                record.until = now + ttl;
                record.value.clone()
            }))
    }

    async fn take(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let now = Instant::now();
        // An expired record is kept for `sweep`.
        Ok(self
            .records
            .remove_if(name, |_, record| record.until > now)
            .map(|(_, r)| r.value))
    }

    async fn swap(&self, name: &str, expected: &[u8], value: Vec<u8>) -> Result<bool, StoreError> {
        let now = Instant::now();
        let Some(mut record) = self.records.get_mut(name) else {
            return Ok(false);
        };
        let same = record.until > now && record.value == expected;
        if same {
            record.value = value;
        }
        Ok(same)
    }

    async fn add_member(
        &self,
        set: &str,
        member: &str,
        most: usize,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let now = Instant::now();
        let mut members = self.sets.entry(set.to_owned()).or_insert_with(|| Members {
            names: HashSet::new(),
            until: now,
        });
        if members.until <= now {
            members.names.clear();
        }
        if members.names.len() >= most && !members.names.contains(member) {
            return Ok(false);
        }
        members.names.insert(member.to_owned());
        members.until = members.until.max(now + ttl);
        Ok(true)
    }

    async fn remove_member(&self, set: &str, member: &str) -> Result<(), StoreError> {
        if let Entry::Occupied(mut entry) = self.sets.entry(set.to_owned()) {
            entry.get_mut().names.remove(member);
            if entry.get().names.is_empty() {
                entry.remove();
            }
        }
        Ok(())
    }

    async fn members(&self, set: &str) -> Result<Vec<String>, StoreError> {
        let now = Instant::now();
        let members = self.sets.get(set).filter(|members| members.until > now);
        Ok(members
            .map(|members| members.names.iter().cloned().collect())
            .unwrap_or_default())
    }

    async fn count(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        let now = Instant::now();
        let mut entry = self
            .windows
            .entry(name.to_owned())
            .or_insert_with(|| Window {
                events: VecDeque::new(),
                until: now,
            });
        let wait = entry.wait(limit, window, now);
        if wait.is_none() {
            entry.events.push_back(now);
            entry.until = now + window;
        }
        Ok(wait)
    }

    async fn wait(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        let now = Instant::now();
        Ok(self
            .windows
            .get_mut(name)
            .and_then(|mut entry| entry.wait(limit, window, now)))
    }

    async fn sweep(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let expired = self.expired();
        self.forget(&expired);
        Ok(expired)
    }

    fn held(&self, prefix: &str) -> Option<usize> {
        let now = Instant::now();
        let live = self.records.iter();
        Some(
            live.filter(|record| record.until > now && record.key().starts_with(prefix))
                .count(),
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::sessions::contract;

    #[tokio::test(start_paused = true)]
    async fn keeps_the_contract() {
        contract::suite(&MemoryRecords::new(), |time| {
            Box::pin(tokio::time::advance(time))
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn sweeping_returns_expired_records_once() {
        let store = MemoryRecords::new();
        let second = Duration::from_secs(1);
        store.put("old", b"1".to_vec(), second).await.unwrap();
        store.put("new", b"2".to_vec(), 9 * second).await.unwrap();
        store.add_member("set", "m", 1, second).await.unwrap();
        store.count("window", 1, second).await.unwrap();
        tokio::time::advance(second).await;
        assert_eq!(store.take("old").await.unwrap(), None);
        assert_eq!(
            store.sweep().await.unwrap(),
            [("old".to_owned(), b"1".to_vec())]
        );
        assert_eq!(store.sweep().await.unwrap(), []);
        assert_eq!(
            (store.records.len(), store.sets.len(), store.windows.len()),
            (1, 0, 0)
        );
    }
}
