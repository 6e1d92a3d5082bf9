//! What all runs share. Data only: every module of the engine may use it, and it uses none.

use super::models::Models;
use crate::{
    agents::Agents,
    domain::{OwnerId, ToolSpec},
    notes::{NoteStore, tools::NoteTools},
    runs::RunStore,
    sessions::Sessions,
    telemetry::Telemetry,
    threads::ThreadStore,
    tools::ToolServers,
};
use dashmap::DashMap;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How the engine behaves.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How long a run goes on when nobody reads it.
    pub run_grace: Duration,
    /// Most runs at once, over all owners.
    pub max_runs: usize,
    /// Most tokens of a request, by our own estimate.
    pub context_tokens: usize,
    /// Whether threads outlive the process, and so the session.
    pub durable: bool,
}

/// What all runs share.
pub(super) struct Context {
    pub(super) sessions: Sessions,
    pub(super) threads: Arc<dyn ThreadStore>,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) notes: Arc<dyn NoteStore>,
    pub(super) note_tools: NoteTools,
    /// What the note tools are called and take.
    pub(super) note_specs: Vec<ToolSpec>,
    pub(super) servers: ToolServers,
    pub(super) agents: Arc<Agents>,
    pub(super) models: Arc<dyn Models>,
    pub(super) telemetry: Telemetry,
    pub(super) options: EngineOptions,
    pub(super) permits: Arc<Semaphore>,
    /// Live runs by owner.
    pub(super) live: DashMap<OwnerId, usize>,
    /// The runs of this replica.
    pub(super) tasks: TaskTracker,
    pub(super) shutdown: CancellationToken,
}
