//! Notes in memory.

use super::{Cursor, NoteStore, SaveError, limits};
use crate::{
    connect::memory::{Memory, Size},
    domain::{NOTES_PER_OWNER, Note, NoteSummary, OwnerId, StoreError},
};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use std::{cmp::Reverse, collections::HashMap, sync::Arc};

type Notes = HashMap<String, Note>;

/// Notes by owner. Each call holds the owner's entry and never waits meanwhile, so it is atomic.
#[derive(Default)]
pub struct MemoryNotes {
    owners: DashMap<OwnerId, Notes>,
    memory: Arc<Memory>,
}

impl MemoryNotes {
    /// Notes in `memory`, which other stores share.
    #[must_use]
    pub fn new(memory: Arc<Memory>) -> Self {
        Self {
            owners: DashMap::new(),
            memory,
        }
    }

    /// Saves one of the owner's notes. The caller holds the owner's entry. Deleting an owner sets
    /// the mark first, so it happens either before this check or after this insertion.
    fn put(&self, owner: &OwnerId, notes: &mut Notes, note: Note) -> Result<Note, SaveError> {
        if self.memory.is_forgotten(owner) {
            return Err(SaveError::OwnerForgotten);
        }
        let before = notes.get(&note.title).map(size);
        if notes.len() >= NOTES_PER_OWNER && before.is_none() {
            return Err(SaveError::LimitReached);
        }
        let (before, after) = (before.unwrap_or_default(), size(&note));
        let growth = after.bytes.saturating_sub(before.bytes);
        if !self.memory.owner_has_room(owner, growth) {
            return Err(SaveError::OwnerFull);
        }
        self.memory.check_room(growth)?;
        self.memory.change(owner, before, after);
        notes.insert(note.title.clone(), note.clone());
        Ok(note)
    }

    fn sorted<T>(&self, owner: &OwnerId, of: impl Fn(&Note) -> T) -> Vec<T> {
        self.memory.touch(owner);
        let Some(notes) = self.owners.get(owner) else {
            return Vec::new();
        };
        let mut notes: Vec<&Note> = notes.values().collect();
        notes.sort_by_key(|note| (Reverse(note.updated_at), &note.title));
        notes.into_iter().map(of).collect()
    }
}

fn size(note: &Note) -> Size {
    Size::of_one(note.title.len() + note.content.len())
}

#[async_trait]
impl NoteStore for MemoryNotes {
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError> {
        limits::check(title, content)?;
        let saved = {
            let mut notes = self.owners.entry(owner.clone()).or_default();
            let note = Note {
                title: title.to_owned(),
                content: content.to_owned(),
                updated_at: Timestamp::now(),
            };
            self.put(owner, &mut notes, note)
        };
        self.owners.remove_if(owner, |_, notes| notes.is_empty());
        saved
    }

    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError> {
        self.memory.touch(owner);
        Ok(self
            .owners
            .get(owner)
            .and_then(|notes| notes.get(title).cloned()))
    }

    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError> {
        let notes = self
            .sorted(owner, |note| NoteSummary::from(note))
            .into_iter();
        let after = |note: &NoteSummary| {
            cursor.is_none_or(|last| {
                (Reverse(note.updated_at), &note.title) > (Reverse(last.updated_at), &last.title)
            })
        };
        Ok(notes.filter(after).take(limit).collect())
    }

    async fn titles(&self, owner: &OwnerId) -> Result<Vec<String>, StoreError> {
        Ok(self.sorted(owner, |note| note.title.clone()))
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&str>,
    ) -> Result<Option<Note>, StoreError> {
        let Some(notes) = self.owners.get(owner) else {
            return Ok(None);
        };
        let later = notes
            .values()
            .filter(|note| after.is_none_or(|after| note.title.as_str() > after));
        Ok(later.min_by_key(|note| &note.title).cloned())
    }

    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError> {
        let deleted = self
            .owners
            .get_mut(owner)
            .and_then(|mut notes| notes.remove(title));
        // Owners without notes take no memory.
        self.owners.remove_if(owner, |_, notes| notes.is_empty());
        if let Some(note) = &deleted {
            self.memory.change(owner, size(note), Size::default());
        }
        Ok(deleted.is_some())
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        self.memory.forget(owner);
        if let Some((_, notes)) = self.owners.remove(owner) {
            let size = notes.values().map(size).sum();
            self.memory.change(owner, size, Size::default());
        }
        Ok(())
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        for mut notes in self.owners.iter_mut() {
            let (owner, notes) = notes.pair_mut();
            notes.retain(|_, note| {
                let untouched = note.updated_at < before;
                if untouched {
                    self.memory.change(owner, size(note), Size::default());
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
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::notes::contract;
    use std::sync::Arc;

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::suite(Arc::new(MemoryNotes::default())).await;
    }

    #[tokio::test]
    async fn keeps_no_owner_without_notes() {
        let store = MemoryNotes::default();
        let owner = OwnerId::generate();
        store.save(&owner, "a", "").await.unwrap();
        store.delete(&owner, "a").await.unwrap();
        assert!(store.owners.is_empty());
    }
}
