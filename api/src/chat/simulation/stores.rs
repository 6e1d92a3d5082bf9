//! The stores as one process sees them: slow, failing, and silent once the process is dead.

use super::world::World;
use crate::{
    domain::{AgentId, Message, OwnerId, Pause, RunId, StoreError, Thread, ThreadDetail, ThreadId},
    runs::{Created, EventBatch, Idempotency, LogReader, Read, RunRecord, RunStore},
    threads::{
        BeginError, Beginning, Begun, Cursor, Page, PageError, Progress, Resumption, ThreadStore,
        search::{Found, Query, SearchCursor},
    },
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};

/// Calls a store whose answer may be lost: what was done is not known to have been done.
macro_rules! lossy {
    ($self:ident, $call:expr) => {{
        $self.world.disturb($self.process, true).await?;
        let result = $call.await;
        $self.world.disturb($self.process, true).await?;
        result
    }};
}

/// Calls a store between two disturbances. The second cannot fail, since the call was made.
macro_rules! disturbed {
    ($self:ident, $call:expr) => {{
        $self.world.disturb($self.process, true).await?;
        let result = $call.await;
        $self.world.disturb($self.process, false).await?;
        result
    }};
}

pub(super) struct SimulatedThreads {
    world: Arc<World>,
    process: usize,
}

impl SimulatedThreads {
    pub(super) fn new(world: &Arc<World>, process: usize) -> Self {
        let world = Arc::clone(world);
        Self { world, process }
    }
}

#[async_trait]
impl ThreadStore for SimulatedThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        disturbed!(self, self.world.threads.list(owner, limit, cursor))
    }

    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError> {
        disturbed!(self, self.world.threads.get(owner, id, page))
    }

    async fn search(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError> {
        disturbed!(self, self.world.threads.search(owner, query, limit, cursor))
    }

    async fn export(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        disturbed!(self, self.world.threads.export(owner, after))
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        lossy!(self, self.world.threads.begin(owner, beginning))
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        lossy!(self, self.world.threads.resume(owner, resumption))
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        disturbed!(self, self.world.threads.pause(owner, id))
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
        let threads = &self.world.threads;
        lossy!(
            self,
            threads.save(owner, id, run, messages, agent, progress)
        )
    }

    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        lossy!(self, self.world.threads.rename(owner, id, title))
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        lossy!(self, self.world.threads.delete(owner, id))
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        lossy!(self, self.world.threads.delete_owner(owner))
    }

    async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError> {
        disturbed!(self, self.world.threads.admit(owner))
    }

    async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        disturbed!(self, self.world.threads.delete_untouched(before))
    }
}

/// Logs shared by many processes, of which only the run's writer may append.
pub(super) struct SimulatedRuns {
    world: Arc<World>,
    process: usize,
}

impl SimulatedRuns {
    pub(super) fn new(world: &Arc<World>, process: usize) -> Self {
        let world = Arc::clone(world);
        Self { world, process }
    }

    fn writer(&self, run: &RunId) -> Option<usize> {
        self.world.writers.get(run).map(|writer| writer.0)
    }

    /// Counts the writer's events; `false` for any other process.
    fn count(&self, run: &RunId, events: &EventBatch) -> bool {
        match self.world.writers.get_mut(run) {
            Some(mut writer) if writer.0 == self.process => {
                writer.1 += events.ends.len() as u64;
                true
            }
            _ => false,
        }
    }
}

#[async_trait]
impl RunStore for SimulatedRuns {
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        self.world.disturb(self.process, true).await?;
        let run = record.id.clone();
        let created = self.world.runs.create(record, idempotency).await?;
        if created == Created::New {
            self.world.writers.insert(run, (self.process, 0));
        }
        self.world.disturb(self.process, false).await?;
        Ok(created)
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        // As in Redis, a failed discard is completed later.
        self.world.disturb(self.process, false).await?;
        self.world.runs.discard(run).await
    }

    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        disturbed!(self, self.world.runs.find(run))
    }

    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError> {
        let is_live = disturbed!(self, self.world.runs.is_live(run))?;
        let writer = self.writer(run);
        Ok(is_live && writer.is_some_and(|writer| !self.world.is_dead(writer)))
    }

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        self.world.disturb(self.process, true).await?;
        if self.count(run, events) {
            self.world.runs.append(run, events).await?;
        }
        self.world.disturb(self.process, false).await
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        // As in Redis, the end is retried until the store is available.
        while self.world.disturb(self.process, true).await.is_err() {}
        if self.count(run, events) {
            self.world.runs.finish(run, events).await?;
        }
        self.world.disturb(self.process, false).await
    }

    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError> {
        self.world.disturb(self.process, true).await?;
        let is_live = self.world.runs.is_live(run).await?;
        let Some(mut writer) = self.world.writers.get_mut(run) else {
            return Ok(None);
        };
        if !is_live || !self.world.is_dead(writer.0) {
            return Ok(None);
        }
        writer.0 = self.process;
        Ok(Some(writer.1))
    }

    fn reader(&self, run: &RunId, after: u64) -> Box<dyn LogReader> {
        Box::new(SimulatedReader {
            world: Arc::clone(&self.world),
            process: self.process,
            reader: self.world.runs.reader(run, after),
        })
    }

    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError> {
        disturbed!(self, self.world.runs.unread_for(run))
    }

    async fn cancel(&self, run: &RunId) -> Result<(), StoreError> {
        lossy!(self, self.world.runs.cancel(run))
    }

    async fn cancelled(&self, run: &RunId) {
        self.world.runs.cancelled(run).await;
        if self.world.is_dead(self.process) {
            std::future::pending::<()>().await;
        }
    }

    async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        lossy!(self, self.world.runs.forget_owner(owner))
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

struct SimulatedReader {
    world: Arc<World>,
    process: usize,
    reader: Box<dyn LogReader>,
}

#[async_trait]
impl LogReader for SimulatedReader {
    async fn read(&mut self, wait: Duration) -> Result<Read, StoreError> {
        disturbed!(self, self.reader.read(wait))
    }
}
