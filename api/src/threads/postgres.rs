//! Threads in PostgreSQL; its schema is in `migrations/`.

mod begin;
mod delete;
mod index;
mod read;
mod save;
mod search;
mod sql;
#[cfg(test)]
mod tests;
mod words;

use super::{
    BeginError, Beginning, Begun, Cursor, Page, PageError, Progress, Resumption, ThreadStore,
    saving::Saving,
    search::{self as searching, Found, Query, SearchCursor},
};
use crate::{
    connect::postgres::{Database, owners},
    domain::{AgentId, Message, OwnerId, Pause, RunId, StoreError, Thread, ThreadDetail, ThreadId},
};
use async_trait::async_trait;
use jiff::Timestamp;

/// Threads in PostgreSQL. Calls run in their own tasks, so they own their arguments.
#[derive(Debug, Clone)]
pub struct PostgresThreads {
    database: Database,
}

impl PostgresThreads {
    /// Threads in `database`, whose schema must be up to date.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database }
    }
}

#[async_trait]
impl ThreadStore for PostgresThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        let (owner, cursor) = (owner.clone(), cursor.cloned());
        self.database
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
        self.database
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
        loop {
            let owner = owner.clone();
            let index = self
                .database
                .write(move |c| Box::pin(async move { index::batch(c, &owner).await }));
            if index.await? == 0 {
                break;
            }
        }
        let (owner, query) = (owner.clone(), query.clone());
        let found = self
            .database
            .read(move |c| Box::pin(async move { search::search(c, &owner, &query).await }))
            .await?;
        Ok(searching::page(found, limit, cursor))
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        let (owner, after) = (owner.clone(), after.cloned());
        self.database
            .read(move |c| Box::pin(async move { read::export(c, &owner, after.as_ref()).await }))
            .await
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        let owner = owner.clone();
        self.database
            .write(move |c| Box::pin(async move { begin::begin(c, &owner, &beginning).await }))
            .await
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        let owner = owner.clone();
        self.database
            .write(move |c| Box::pin(async move { begin::resume(c, &owner, &resumption).await }))
            .await
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.database
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
        self.database
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
        self.database
            .write(move |c| Box::pin(async move { save::rename(c, &owner, &id, &title).await }))
            .await
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.database
            .write(move |c| Box::pin(async move { delete::delete(c, &owner, &id).await }))
            .await
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        let owner = owner.clone();
        self.database
            .write(move |c| Box::pin(async move { delete::delete_owner(c, &owner).await }))
            .await
    }

    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let owner = owner.clone();
        self.database
            .write(move |c| Box::pin(async move { owners::admit(c, &owner).await }))
            .await
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let mut deleted = 0;
        loop {
            let batch = self
                .database
                .write(move |c| Box::pin(delete::delete_untouched(c, before)))
                .await?;
            deleted += batch;
            if batch == 0 {
                return Ok(deleted);
            }
        }
    }
}
