//! Notes in the memory of this process: gone when it ends.

use super::{NoteStore, SaveError, limits};
use crate::domain::{NOTES_PER_OWNER, Note, OwnerId, StoreError};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use std::collections::HashMap;

/// One owner's notes by title.
type Notes = HashMap<String, Note>;

/// Notes by owner. A call is atomic because it holds the owner's entry, and never waits meanwhile.
#[derive(Debug, Default)]
pub struct MemoryNotes {
    owners: DashMap<OwnerId, Notes>,
}

#[async_trait]
impl NoteStore for MemoryNotes {
    async fn save(&self, owner: &OwnerId, title: &str, content: &str) -> Result<Note, SaveError> {
        limits::check(title, content)?;
        let mut notes = self.owners.entry(owner.clone()).or_default();
        if notes.len() >= NOTES_PER_OWNER && !notes.contains_key(title) {
            return Err(SaveError::LimitReached);
        }
        let note = Note {
            title: title.to_owned(),
            content: content.to_owned(),
            updated_at: Timestamp::now(),
        };
        notes.insert(title.to_owned(), note.clone());
        Ok(note)
    }

    async fn get(&self, owner: &OwnerId, title: &str) -> Result<Option<Note>, StoreError> {
        Ok(self
            .owners
            .get(owner)
            .and_then(|notes| notes.get(title).cloned()))
    }

    async fn list(&self, owner: &OwnerId) -> Result<Vec<Note>, StoreError> {
        let mut notes: Vec<Note> = self
            .owners
            .get(owner)
            .map(|notes| notes.values().cloned().collect())
            .unwrap_or_default();
        notes.sort_by(|a, b| {
            b.updated_at
                .cmp(&a.updated_at)
                .then_with(|| a.title.cmp(&b.title))
        });
        Ok(notes)
    }

    async fn delete(&self, owner: &OwnerId, title: &str) -> Result<bool, StoreError> {
        let deleted = self
            .owners
            .get_mut(owner)
            .is_some_and(|mut notes| notes.remove(title).is_some());
        // An owner without notes costs nothing.
        self.owners.remove_if(owner, |_, notes| notes.is_empty());
        Ok(deleted)
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        self.owners.remove(owner);
        Ok(())
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
    async fn forgets_an_owner_with_the_last_note() {
        let store = MemoryNotes::default();
        let owner = OwnerId::generate();
        store.save(&owner, "a", "").await.unwrap();
        store.delete(&owner, "a").await.unwrap();
        assert!(store.owners.is_empty());
    }
}
