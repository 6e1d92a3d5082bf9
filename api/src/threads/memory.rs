//! Threads in memory.

mod scan;
mod stored;

use super::{
    BeginError, Beginning, Begun, Cursor, Page, PageError, Progress, Resumption, ThreadStore,
    search::{self, Found, Query, SearchCursor},
};
use crate::{
    connect::memory::{Memory, Size},
    domain::{
        AgentId, Message, OwnerId, Pause, RunId, StoreError, THREADS_PER_OWNER, Thread,
        ThreadDetail, ThreadId,
    },
};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use scan::Candidate;
use std::{cmp::Reverse, collections::HashMap, sync::Arc};
use stored::Stored;

/// Threads in memory, by owner, so that an owner finds only their own.
#[derive(Default)]
pub struct MemoryThreads {
    owners: DashMap<OwnerId, HashMap<ThreadId, Stored>>,
    memory: Arc<Memory>,
}

impl MemoryThreads {
    /// Threads in `memory`, which other stores share.
    #[must_use]
    pub fn new(memory: Arc<Memory>) -> Self {
        Self {
            owners: DashMap::new(),
            memory,
        }
    }

    fn look<T>(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        look: impl FnOnce(&Stored) -> T,
    ) -> Option<T> {
        self.memory.touch(owner);
        let threads = self.owners.get(owner)?;
        threads.get(id).map(look)
    }

    fn change<T>(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        change: impl FnOnce(&mut Stored) -> T,
    ) -> Option<T> {
        let mut threads = self.owners.get_mut(owner)?;
        self.change_in(&mut threads, owner, id, change)
    }

    fn change_in<T>(
        &self,
        threads: &mut HashMap<ThreadId, Stored>,
        owner: &OwnerId,
        id: &ThreadId,
        change: impl FnOnce(&mut Stored) -> T,
    ) -> Option<T> {
        let stored = threads.get_mut(id)?;
        let before = stored.size();
        let result = change(stored);
        self.memory.change(owner, before, stored.size());
        Some(result)
    }

    /// Begins a thread. The caller holds the owner's threads. Deleting an owner sets the mark
    /// first, so it happens either before this check or after this insertion.
    fn begin_new(
        &self,
        owner: &OwnerId,
        threads: &mut HashMap<ThreadId, Stored>,
        beginning: Beginning,
    ) -> Result<Begun, BeginError> {
        if self.memory.is_forgotten(owner) {
            return Err(BeginError::OwnerForgotten);
        }
        if threads.len() >= THREADS_PER_OWNER {
            return Err(BeginError::LimitReached);
        }
        let mut stored = Stored::new(&beginning);
        let begun = stored.begin(beginning, |lost, gained| self.has_room(owner, lost, gained))?;
        self.memory.change(owner, Size::default(), stored.size());
        threads.insert(stored.thread.id.clone(), stored);
        Ok(begun)
    }

    fn has_room(&self, owner: &OwnerId, lost: usize, gained: usize) -> bool {
        self.memory
            .owner_has_room(owner, gained.saturating_sub(lost))
    }
}

#[async_trait]
impl ThreadStore for MemoryThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        self.memory.touch(owner);
        let Some(threads) = self.owners.get(owner) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<&Thread> = threads
            .values()
            .map(|stored| &stored.thread)
            .filter(|thread| {
                cursor.is_none_or(|c| (thread.updated_at, &thread.id) < (c.updated_at, &c.id))
            })
            .collect();
        found.sort_by_key(|thread| Reverse((thread.updated_at, &thread.id)));
        Ok(found.into_iter().take(limit).cloned().collect())
    }

    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError> {
        self.look(owner, id, |stored| stored.detail(page))
            .transpose()
    }

    async fn search(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError> {
        let candidates: Vec<_> = match self.owners.get(owner) {
            Some(threads) => threads.values().map(Candidate::of).collect(),
            None => Vec::new(),
        };
        let mut found = Vec::new();
        for candidate in candidates {
            found.extend(candidate.find(query));
            // Threads can have megabytes, so let other tasks run in between.
            tokio::task::yield_now().await;
        }
        Ok(search::page(found, limit, cursor))
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        let Some(threads) = self.owners.get(owner) else {
            return Ok(None);
        };
        let later = threads
            .iter()
            .filter(|(id, _)| after.is_none_or(|after| *id > after));
        let next = later.min_by_key(|(id, _)| *id);
        Ok(next.and_then(|(_, stored)| stored.detail(&Page::last(usize::MAX)).ok()))
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        self.memory.check_room(beginning.message.bytes())?;
        let begun = {
            let mut threads = self.owners.entry(owner.clone()).or_default();
            if beginning.exists || threads.contains_key(&beginning.thread_id) {
                let id = beginning.thread_id.clone();
                let has_room = |lost, gained| self.has_room(owner, lost, gained);
                self.change_in(&mut threads, owner, &id, |stored| {
                    stored.go_on(beginning, has_room)
                })
                .unwrap_or(Err(BeginError::ThreadNotFound))
            } else {
                self.begin_new(owner, &mut threads, beginning)
            }
        };
        self.owners
            .remove_if(owner, |_, threads| threads.is_empty());
        begun
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        let id = resumption.thread_id.clone();
        self.change(owner, &id, |stored| stored.resume(resumption))
            .ok_or(BeginError::ThreadNotFound)?
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        Ok(self
            .look(owner, id, |stored| stored.pause.clone())
            .flatten())
    }

    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let saved = self.change(owner, id, |stored| {
            let active = stored.active_run.as_ref() == Some(run);
            if active {
                stored.save(messages, agent, progress);
            }
            active
        });
        Ok(saved.unwrap_or(false))
    }

    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        Ok(self.change(owner, id, |stored| {
            stored.thread.title = title.to_owned();
            stored.renamed_at = Timestamp::now();
            stored.thread.clone()
        }))
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        let deleted = self
            .owners
            .get_mut(owner)
            .and_then(|mut threads| threads.remove(id));
        self.owners
            .remove_if(owner, |_, threads| threads.is_empty());
        Ok(deleted.map(|stored| {
            self.memory.change(owner, stored.size(), Size::default());
            stored.active_run
        }))
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        self.memory.forget(owner);
        let Some((_, threads)) = self.owners.remove(owner) else {
            return Ok(Vec::new());
        };
        let size = threads.values().map(Stored::size).sum();
        self.memory.change(owner, size, Size::default());
        Ok(threads
            .into_values()
            .filter_map(|stored| stored.active_run)
            .collect())
    }

    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError> {
        self.memory.admit(owner);
        Ok(())
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        for mut threads in self.owners.iter_mut() {
            let (owner, threads) = threads.pair_mut();
            threads.retain(|_, stored| {
                let untouched = stored.touched_at() < before;
                if untouched {
                    self.memory.change(owner, stored.size(), Size::default());
                    deleted += 1;
                }
                !untouched
            });
        }
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{connect::memory::FORGOTTEN_FOR, threads::contract};

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::suite(&MemoryThreads::default()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn counts_memory_until_it_is_released() {
        let memory = Arc::new(Memory::default());
        let store = MemoryThreads::new(Arc::clone(&memory));
        contract::suite(&store).await;
        let owners: Vec<_> = store
            .owners
            .iter()
            .map(|entry| entry.key().clone())
            .collect();
        assert!(memory.used() > 0);
        for owner in owners {
            store.delete_owner(&owner).await.unwrap();
        }
        // Only the marks of forgotten owners are left.
        tokio::time::advance(FORGOTTEN_FOR).await;
        let last = OwnerId::generate();
        memory.forget(&last);
        memory.admit(&last);
        assert_eq!(memory.used(), 0);
    }

    #[tokio::test]
    async fn refuses_messages_when_memory_is_full() {
        let memory = Arc::new(Memory::new(2000));
        let store = MemoryThreads::new(Arc::clone(&memory));
        let owner = OwnerId::generate();
        let first = contract::given::first("fits");
        let id = first.thread_id.clone();
        store.begin(&owner, first).await.unwrap();
        let refused = store
            .begin(&owner, contract::given::first(&"x".repeat(2000)))
            .await;
        assert!(matches!(
            refused,
            Err(BeginError::Store(StoreError::Full { store: "memory" }))
        ));
        assert!(
            store
                .get(&owner, &id, &Page::last(1))
                .await
                .unwrap()
                .is_some()
        );
    }
}
