//! Records in memory, for a single replica.

use super::record::{Growth, RecordStore};
use crate::{
    connect::memory::{Held, Memory},
    domain::StoreError,
};
use async_trait::async_trait;
use dashmap::{DashMap, Entry};
use std::{
    collections::{HashSet, VecDeque},
    mem::size_of,
    sync::Arc,
    time::Duration,
};
// Tokio's clock, so that tests can move it.
use tokio::time::Instant;

const ENTRY_BYTES: usize = 256;
const MEMBER_BYTES: usize = 64;
/// Free memory that one more record needs.
const RECORD_MIN_BYTES: usize = 2048;

struct Record {
    value: Vec<u8>,
    until: Instant,
    _held: Held,
}

struct Members {
    names: HashSet<String>,
    until: Instant,
    held: Held,
}

impl Members {
    fn count(&mut self) {
        let names = self.names.iter().map(|name| name.len() + MEMBER_BYTES);
        self.held.set(ENTRY_BYTES + names.sum::<usize>());
    }
}

struct Window {
    /// Oldest first; never more than the limit.
    events: VecDeque<Instant>,
    until: Instant,
    held: Held,
}

impl Window {
    fn add(&mut self, at: Instant) {
        self.events.push_back(at);
        let events = self.events.capacity() * size_of::<Instant>();
        self.held.set(ENTRY_BYTES + events);
    }

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
    memory: Arc<Memory>,
}

impl MemoryRecords {
    /// An empty store in `memory`, which other stores share.
    #[must_use]
    pub fn new(memory: Arc<Memory>) -> Self {
        Self {
            memory,
            ..Self::default()
        }
    }

    fn hold(&self, bytes: usize) -> Held {
        Held::new(Arc::clone(&self.memory), bytes)
    }

    fn new_members(&self, until: Instant) -> Members {
        Members {
            names: HashSet::new(),
            until,
            held: self.hold(ENTRY_BYTES),
        }
    }

    fn new_window(&self, until: Instant) -> Window {
        Window {
            events: VecDeque::new(),
            until,
            held: self.hold(ENTRY_BYTES),
        }
    }

    /// Stores a value. One that has expired is kept for the sweep.
    pub(super) fn insert(&self, name: &str, value: Vec<u8>, ttl: Duration) {
        let until = Instant::now() + ttl;
        let record = Record {
            _held: self.hold(ENTRY_BYTES + name.len() + value.len()),
            value,
            until,
        };
        self.records.insert(name.to_owned(), record);
    }

    /// Its lifetime stays.
    pub(super) fn replace(&self, name: &str, value: Vec<u8>) {
        if let Some(mut record) = self.records.get_mut(name) {
            record.value = value;
        }
    }

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
            .or_insert_with(|| self.new_window(now));
        window.add(now.checked_sub(ago).unwrap_or(now));
        window.until = window.until.max(now + left);
    }
}

#[async_trait]
impl RecordStore for MemoryRecords {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn check_room(&self, growth: Growth) -> Result<(), StoreError> {
        match growth {
            Growth::SignIn => self.memory.check_reserve(RECORD_MIN_BYTES),
            Growth::Other => self.memory.check_room(RECORD_MIN_BYTES),
        }
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
        let mut members = self
            .sets
            .entry(set.to_owned())
            .or_insert_with(|| self.new_members(now));
        if members.until <= now {
            members.names.clear();
        }
        if members.names.len() >= most && !members.names.contains(member) {
            return Ok(false);
        }
        members.names.insert(member.to_owned());
        members.until = members.until.max(now + ttl);
        members.count();
        Ok(true)
    }

    async fn remove_member(&self, set: &str, member: &str) -> Result<(), StoreError> {
        if let Entry::Occupied(mut entry) = self.sets.entry(set.to_owned()) {
            entry.get_mut().names.remove(member);
            entry.get_mut().count();
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
        if !self.windows.contains_key(name) {
            self.memory.check_reserve(RECORD_MIN_BYTES)?;
        }
        let mut entry = self
            .windows
            .entry(name.to_owned())
            .or_insert_with(|| self.new_window(now));
        let wait = entry.wait(limit, window, now);
        if wait.is_none() {
            entry.add(now);
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

    async fn uncount(&self, name: &str) -> Result<(), StoreError> {
        if let Some(mut window) = self.windows.get_mut(name) {
            window.events.pop_back();
        }
        Ok(())
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
        contract::suite(&MemoryRecords::default(), |time| {
            Box::pin(tokio::time::advance(time))
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn sweeping_returns_expired_records_once() {
        let memory = Arc::new(Memory::default());
        let store = MemoryRecords::new(Arc::clone(&memory));
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
        assert_eq!(memory.used(), ENTRY_BYTES + "new".len() + 1);
        store.take("new").await.unwrap();
        assert_eq!(memory.used(), 0);
    }
}
