//! The engine: what runs share, and what can be asked of runs from outside.

use super::{lost, reader::RunEvents};
use crate::{
    agents::Agents,
    domain::{ModelName, OwnerId, RunId, StoreError, ThreadDetail, ThreadId, ToolSpec},
    notes::{NoteStore, tools::NoteTools},
    provider::Provider,
    runs::{RunRecord, RunStore},
    sessions::{SessionRef, Sessions},
    telemetry::Telemetry,
    threads::ThreadStore,
};
use dashmap::DashMap;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// What the engine works with.
pub struct Parts {
    /// Sessions, kept alive by their runs.
    pub sessions: Sessions,
    /// Where what is said is kept.
    pub threads: Arc<dyn ThreadStore>,
    /// Where events are kept.
    pub runs: Arc<dyn RunStore>,
    /// What the agents keep for an owner.
    pub notes: Arc<dyn NoteStore>,
    /// The note tools.
    pub tools: NoteTools,
    /// Who speaks.
    pub agents: Arc<Agents>,
    /// Where models are.
    pub provider: Provider,
    /// What runs report to.
    pub telemetry: Telemetry,
}

/// How the engine behaves.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How long a run goes on when nobody reads it.
    pub run_grace: Duration,
    /// Most runs at once, over all owners.
    pub max_runs: usize,
    /// Most tokens of a request, by our own estimate.
    pub context_tokens: usize,
    /// The model of a session that has chosen none.
    pub default_model: ModelName,
}

/// Starts, follows and stops runs. Cheap to clone.
#[derive(Clone)]
pub struct Engine(pub(super) Arc<Shared>);

/// What all runs share.
pub(super) struct Shared {
    pub(super) sessions: Sessions,
    pub(super) threads: Arc<dyn ThreadStore>,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) notes: Arc<dyn NoteStore>,
    pub(super) tools: NoteTools,
    pub(super) note_specs: Vec<ToolSpec>,
    pub(super) agents: Arc<Agents>,
    pub(super) provider: Provider,
    pub(super) telemetry: Telemetry,
    pub(super) options: EngineOptions,
    pub(super) permits: Arc<Semaphore>,
    /// Live runs by owner.
    pub(super) live: DashMap<OwnerId, usize>,
    pub(super) tasks: TaskTracker,
    pub(super) shutdown: CancellationToken,
}

impl Engine {
    /// An engine without runs.
    #[must_use]
    pub fn new(parts: Parts, options: EngineOptions) -> Self {
        let Parts {
            sessions,
            threads,
            runs,
            notes,
            tools,
            agents,
            provider,
            telemetry,
        } = parts;
        Self(Arc::new(Shared {
            note_specs: tools.specs(),
            sessions,
            threads,
            runs,
            notes,
            tools,
            agents,
            provider,
            telemetry,
            permits: Arc::new(Semaphore::new(options.max_runs)),
            live: DashMap::new(),
            options,
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        }))
    }

    async fn own_run(&self, owner: &OwnerId, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        Ok(self
            .0
            .runs
            .find(run)
            .await?
            .filter(|record| record.owner == *owner))
    }

    /// The events of an owner's run after number `after`; `None` when there is no such run.
    /// They end when `session` does.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn events(
        &self,
        owner: &OwnerId,
        run: &RunId,
        after: u64,
        session: SessionRef,
    ) -> Result<Option<RunEvents>, StoreError> {
        match self.own_run(owner, run).await? {
            Some(record) => RunEvents::open(Arc::clone(&self.0), record.id, after, session)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Stops an owner's run; `false` when there is no such run. One that has ended stays as it is.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn cancel(&self, owner: &OwnerId, run: &RunId) -> Result<bool, StoreError> {
        match self.own_run(owner, run).await? {
            Some(record) => self.0.runs.cancel(&record.id).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// The thread, with its active run only when that is alive. Of one that is lost the answer
    /// reads as failed, though nothing is stored: to read changes nothing.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn thread(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        let Some(detail) = self.0.threads.get(owner, id).await? else {
            return Ok(None);
        };
        let Some(run) = detail.active_run_id.clone() else {
            return Ok(Some(detail));
        };
        if self.0.runs.is_live(&run).await? {
            return Ok(Some(detail));
        }
        // It may have ended well between the two questions: then the thread says so now.
        let detail = self.0.threads.get(owner, id).await?;
        Ok(detail.map(|detail| {
            if detail.active_run_id.as_ref() == Some(&run) {
                lost::as_lost(detail)
            } else {
                detail
            }
        }))
    }

    /// Deletes a thread, and stops the run under way in it; `false` when there is none.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn delete_thread(&self, owner: &OwnerId, id: &ThreadId) -> Result<bool, StoreError> {
        match self.0.threads.delete(owner, id).await? {
            Some(active) => {
                if let Some(run) = active {
                    self.0.runs.cancel(&run).await?;
                }
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// Deletes all that an owner has, and stops the owner's runs.
    ///
    /// # Errors
    /// When a store is away.
    pub async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        for run in self.0.threads.delete_owner(owner).await? {
            self.0.runs.cancel(&run).await?;
        }
        self.0.notes.delete_owner(owner).await
    }

    /// Whether new runs are refused because the process is ending.
    #[must_use]
    pub fn is_shutting_down(&self) -> bool {
        self.0.shutdown.is_cancelled()
    }

    /// Runs under way on this replica.
    #[must_use]
    pub fn live_runs(&self) -> usize {
        self.0.tasks.len()
    }

    /// Refuses new runs and ends live ones with `shutting_down`; resolves when all have ended.
    pub async fn shut_down(&self) {
        self.0.shutdown.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}
