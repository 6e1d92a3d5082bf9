//! Threads in SQLite; its schema is in `migrations-sqlite/`.

mod begin;
mod index;
mod read;
mod save;
mod sql;
#[cfg(test)]
mod tests;
mod words;

use super::{
    BeginError, Beginning, Begun, Cursor, Page, PageError, Progress, Resumption, ThreadStore,
    saving::Saving,
    search::{self, Found, Query, SearchCursor},
};
use crate::{
    connect::sqlite::{Sqlite, owners},
    domain::{AgentId, Message, OwnerId, Pause, RunId, StoreError, Thread, ThreadDetail, ThreadId},
};
use async_trait::async_trait;
use jiff::Timestamp;

/// Threads in a SQLite file. Calls outlive a dropped caller, so they own their arguments.
#[derive(Clone)]
pub struct SqliteThreads {
    store: Sqlite,
}

impl SqliteThreads {
    /// Threads in `store`.
    #[must_use]
    pub fn new(store: Sqlite) -> Self {
        Self { store }
    }

    /// Brings the owner's search index up to date.
    async fn index_rest(&self, owner: &OwnerId) -> Result<(), StoreError> {
        while self.is_index_behind(owner.clone()).await? {
            let owner = owner.clone();
            self.store
                .write(move |c| Box::pin(async move { index::batch(c, &owner).await }))
                .await?;
        }
        Ok(())
    }

    async fn is_index_behind(&self, owner: OwnerId) -> Result<bool, StoreError> {
        self.store
            .read(move |c| Box::pin(async move { index::is_behind(c, &owner).await }))
            .await
    }
}

#[async_trait]
impl ThreadStore for SqliteThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        let (owner, cursor) = (owner.clone(), cursor.cloned());
        self.store
            .read(move |c| {
                Box::pin(async move { read::list(c, &owner, limit, cursor.as_ref()).await })
            })
            .await
    }

    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError> {
        let (owner, id, page) = (owner.clone(), id.clone(), page.clone());
        self.store
            .read(move |c| Box::pin(async move { read::get(c, &owner, &id, &page).await }))
            .await
    }

    async fn search(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError> {
        self.index_rest(owner).await?;
        let (owner, query) = (owner.clone(), query.clone());
        let found = self
            .store
            .read(move |c| Box::pin(async move { read::search(c, &owner, &query).await }))
            .await?;
        Ok(search::page(found, limit, cursor))
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        let (owner, after) = (owner.clone(), after.cloned());
        self.store
            .read(move |c| Box::pin(async move { read::export(c, &owner, after.as_ref()).await }))
            .await
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        let owner = owner.clone();
        let started = self
            .store
            .write(move |c| Box::pin(async move { begin::begin(c, &owner, &beginning).await }))
            .await?;
        Ok(started.begun()?)
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        let owner = owner.clone();
        let started = self
            .store
            .write(move |c| Box::pin(async move { begin::resume(c, &owner, &resumption).await }))
            .await?;
        Ok(started.begun()?)
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.store
            .read(move |c| Box::pin(async move { read::pause(c, &owner, &id).await }))
            .await
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
        let (owner, id) = (owner.clone(), id.clone());
        let saving = Saving {
            run: run.clone(),
            messages: messages.to_vec(),
            agent: agent.clone(),
            progress,
        };
        self.store
            .write(move |c| Box::pin(async move { save::save(c, &owner, &id, &saving).await }))
            .await
    }

    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        let (owner, id, title) = (owner.clone(), id.clone(), title.to_owned());
        self.store
            .write(move |c| Box::pin(async move { save::rename(c, &owner, &id, &title).await }))
            .await
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.store
            .write(move |c| Box::pin(async move { save::delete(c, &owner, &id).await }))
            .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        let owner = owner.clone();
        self.store
            .write(move |c| Box::pin(async move { save::delete_owner(c, &owner).await }))
            .await
    }

    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.store
            .write(move |c| Box::pin(async move { owners::admit(c, &owner).await }))
            .await
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        loop {
            let batch = self
                .store
                .write(move |c| Box::pin(save::delete_untouched(c, before)))
                .await?;
            deleted += batch;
            if batch == 0 {
                return Ok(deleted);
            }
        }
    }
}
