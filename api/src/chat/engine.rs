//! The engine's public interface: everything that can be done with runs and threads.

use super::{
    begin,
    context::{Context, EngineOptions},
    forget, lost,
    models::Models,
    reader::RunEvents,
    request::{SendError, SendRequest},
};
use crate::{
    agents::Agents,
    domain::{OwnerId, RunId, StoreError, Thread, ThreadDetail, ThreadId},
    notes::{NoteStore, tools::NoteTools},
    runs::{Created, RunRecord, RunStore},
    sessions::{SessionRef, Sessions},
    telemetry::Telemetry,
    threads::{
        Cursor, Page, PageError, ThreadStore,
        search::{Found, Query, SearchCursor},
    },
    tools::ToolServers,
};
use dashmap::DashMap;
use jiff::Timestamp;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// The engine's dependencies.
pub struct EngineParts {
    /// The sessions.
    pub sessions: Sessions,
    /// The threads.
    pub threads: Arc<dyn ThreadStore>,
    /// The event logs.
    pub runs: Arc<dyn RunStore>,
    /// The notes.
    pub notes: Arc<dyn NoteStore>,
    /// The note tools.
    pub note_tools: NoteTools,
    /// External MCP servers.
    pub servers: ToolServers,
    /// The agents.
    pub agents: Arc<Agents>,
    /// The models.
    pub models: Arc<dyn Models>,
    /// Metrics and traces.
    pub telemetry: Telemetry,
}

/// Starts, follows and stops runs. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Context>);

impl Engine {
    /// Creates an engine.
    #[must_use]
    pub fn new(parts: EngineParts, options: EngineOptions) -> Self {
        let EngineParts {
            sessions,
            threads,
            runs,
            notes,
            note_tools,
            servers,
            agents,
            models,
            telemetry,
        } = parts;
        Self(Arc::new(Context {
            sessions,
            threads,
            runs,
            notes,
            note_specs: note_tools.specs(),
            note_tools,
            servers,
            agents,
            models,
            telemetry,
            permits: Arc::new(Semaphore::new(options.max_runs)),
            live: DashMap::new(),
            options,
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }))
    }

    /// Begins a run, or finds the run that a repeated request refers to, and returns its events;
    /// [`RunEvents::Nothing`] if that run's log is gone.
    ///
    /// When this returns, the message is stored and the first event can be read. After an error
    /// nothing is stored, unless a store was unavailable; then a repeated request stores nothing
    /// twice.
    pub async fn send(&self, request: SendRequest) -> Result<RunEvents, SendError> {
        let session = request.session.clone();
        let run = self.begin(request).await?;
        Ok(RunEvents::open(Arc::clone(&self.0), run, 0, session).await?)
    }

    async fn begin(&self, request: SendRequest) -> Result<RunId, SendError> {
        let context = &self.0;
        let record = RunRecord {
            id: RunId::generate(),
            thread_id: request.thread_id(),
            owner: request.owner.clone(),
        };
        let idempotency = request.idempotency.clone();
        match context.runs.create(record.clone(), idempotency).await? {
            Created::New => {}
            Created::Repeated(run) => return Ok(run),
            Created::Mismatch => return Err(SendError::IdempotencyMismatch),
        }
        // In a separate task, so that a client that disconnects now does not leave half a run.
        let begin = begin::begin(Arc::clone(context), record.clone(), request);
        match tokio::spawn(begin.in_current_span()).await {
            Ok(Ok(())) => Ok(record.id),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                tracing::error!(%panic, "a run could not begin");
                context.runs.discard(&record.id).await?;
                Err(SendError::Overloaded)
            }
        }
    }

    /// The events of a run after number `after`; `None` if the owner has no such run. The stream
    /// ends with `session`.
    pub async fn events(
        &self,
        owner: &OwnerId,
        run: &RunId,
        after: u64,
        session: SessionRef,
    ) -> Result<Option<RunEvents>, StoreError> {
        match self.find_run(owner, run).await? {
            Some(record) => RunEvents::open(Arc::clone(&self.0), record.id, after, session)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Stops a run; `false` if the owner has no such run. Not an error if it has ended.
    pub async fn cancel(&self, owner: &OwnerId, run: &RunId) -> Result<bool, StoreError> {
        match self.find_run(owner, run).await? {
            Some(record) => self.0.runs.cancel(&record.id).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn find_run(
        &self,
        owner: &OwnerId,
        run: &RunId,
    ) -> Result<Option<RunRecord>, StoreError> {
        let found = self.0.runs.find(run).await?;
        Ok(found.filter(|record| record.owner == *owner))
    }

    /// Up to `limit` threads after `cursor`, newest first.
    pub async fn list_threads(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        self.0.threads.list(owner, limit, cursor).await
    }

    /// A thread with a page of its messages. If its run is lost, the answer is shown as failed;
    /// nothing is stored, since reading changes nothing.
    pub async fn thread(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        page: &Page,
    ) -> Result<Option<ThreadDetail>, PageError> {
        let Some(mut detail) = self.0.threads.get(owner, id, page).await? else {
            return Ok(None);
        };
        let now = Timestamp::now();
        detail.interrupts.retain(|interrupt| interrupt.is_open(now));
        let Some(run) = detail.active_run_id.clone() else {
            return Ok(Some(detail));
        };
        if self.0.runs.is_live(&run).await? {
            return Ok(Some(detail));
        }
        // It may have ended between the two calls; then the thread now has the result.
        let detail = self.0.threads.get(owner, id, page).await?;
        Ok(detail.map(|detail| {
            if detail.active_run_id.as_ref() == Some(&run) && page.before.is_none() {
                lost::as_lost(detail)
            } else {
                detail
            }
        }))
    }

    /// Finishes the deletion of an owner who signs in again, and clears its mark, so that the owner
    /// can write.
    pub async fn admit(&self, owner: &OwnerId) -> Result<(), StoreError> {
        forget::finish(&self.0, owner, &[]).await?;
        self.0.threads.admit(owner).await
    }

    /// Up to `limit` threads after `cursor` that contain all terms of `query`, best first.
    pub async fn search_threads(
        &self,
        owner: &OwnerId,
        query: &Query,
        limit: usize,
        cursor: Option<&SearchCursor>,
    ) -> Result<Vec<Found>, StoreError> {
        self.0.threads.search(owner, query, limit, cursor).await
    }

    /// The owner's next thread after `after`, by id, with all its messages.
    pub async fn export_thread(
        &self,
        owner: &OwnerId,
        after: Option<&ThreadId>,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        self.0.threads.export(owner, after).await
    }

    /// Deletes threads without a message or rename since `before`, and notes not saved since.
    /// Returns how many of both.
    pub async fn delete_untouched(&self, before: Timestamp) -> Result<usize, StoreError> {
        let threads = self.0.threads.delete_untouched(before).await?;
        Ok(threads + self.0.notes.delete_untouched(before).await?)
    }

    /// Renames a thread; `None` if the owner has no such thread.
    pub async fn rename_thread(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        self.0.threads.rename(owner, id, title).await
    }

    /// Deletes a thread and stops its run; `false` if the owner has no such thread.
    pub async fn delete_thread(&self, owner: &OwnerId, id: &ThreadId) -> Result<bool, StoreError> {
        let Some(active) = self.0.threads.delete(owner, id).await? else {
            return Ok(false);
        };
        if let Some(run) = active {
            self.0.runs.cancel(&run).await?;
        }
        Ok(true)
    }

    /// Deletes all data of an owner (threads, notes, tokens, run logs) and stops the owner's runs.
    /// Fails only before anything was deleted; later failures are retried in the background.
    pub async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        forget::forget_owner(&self.0, owner).await
    }

    /// Like [`Engine::forget_owner`], but retries everything in the background.
    pub fn forget_expired_owner(&self, owner: OwnerId) {
        forget::forget_in_background(Arc::clone(&self.0), owner);
    }

    /// Finishes, in the background, the deletions that an earlier process acknowledged.
    pub fn finish_deletions(&self) {
        forget::finish_all_in_background(Arc::clone(&self.0));
    }

    /// Whether new runs are refused because the process is stopping.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.0.shutdown.is_cancelled()
    }

    /// The number of live runs on this replica.
    #[must_use]
    pub fn live_runs(&self) -> usize {
        self.0.tasks.len()
    }

    /// Refuses new runs and ends live ones with `shutting_down`. Resolves when all have ended.
    pub async fn shut_down(&self) {
        self.0.shutdown.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
