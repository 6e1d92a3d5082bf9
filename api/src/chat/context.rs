//! State shared by all runs. Data only: every module of the engine may use it.

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

/// Options of the engine.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How long a run continues without a reader.
    pub run_grace: Duration,
    /// Most live runs on this replica, over all owners.
    pub max_runs: usize,
    /// Most tokens of a request, as we estimate them.
    pub context_tokens: usize,
    /// Whether threads outlive the process, and therefore sessions.
    pub durable: bool,
}

pub(super) struct Context {
    pub(super) sessions: Sessions,
    pub(super) threads: Arc<dyn ThreadStore>,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) notes: Arc<dyn NoteStore>,
    pub(super) note_tools: NoteTools,
    pub(super) note_specs: Vec<ToolSpec>,
    pub(super) servers: ToolServers,
    pub(super) agents: Arc<Agents>,
    pub(super) models: Arc<dyn Models>,
    pub(super) telemetry: Telemetry,
    pub(super) options: EngineOptions,
    pub(super) permits: Arc<Semaphore>,
    /// By owner.
    pub(super) live: DashMap<OwnerId, usize>,
    /// The runs of this replica.
    pub(super) tasks: TaskTracker,
    pub(super) shutdown: CancellationToken,
}
