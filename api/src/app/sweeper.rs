//! Periodically deletes expired data.

use crate::{
    chat::Engine, connect::memory::Memory, domain::StoreError, runs::RunStore, sessions::Sessions,
    sites::is_visitor, telemetry::Meter,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::{Interval, MissedTickBehavior};

const RUN_PERIOD: Duration = Duration::from_secs(60);

/// How long an inactive site user's data stays in memory, and for how many users.
const USERS_IDLE: Duration = Duration::from_secs(24 * 3600);
const USERS_MAX: usize = 10_000;
const RETENTION_PERIOD: Duration = Duration::from_secs(24 * 3600);

pub(super) struct Sweeper {
    pub(super) engine: Engine,
    pub(super) sessions: Sessions,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) memory: Arc<Memory>,
    pub(super) meter: Meter,
    pub(super) session_period: Duration,
    /// Forever if `None`.
    pub(super) retention: Option<Duration>,
}

impl Sweeper {
    pub(super) async fn run(self) {
        self.engine.finish_deletions();
        let mut sessions = interval(self.session_period);
        let mut runs = interval(RUN_PERIOD);
        let mut retention = interval(RETENTION_PERIOD);
        loop {
            let result = tokio::select! {
                _ = sessions.tick() => self.sweep_sessions().await,
                _ = runs.tick() => {
                    self.meter.tidy();
                    self.forget_idle_users();
                    self.runs.sweep().await
                }
                _ = retention.tick() => self.sweep_untouched().await,
            };
            if let Err(error) = result {
                self.meter.store_failed(error.store());
                tracing::warn!(%error, "a sweep failed; the next one tries again");
            }
        }
    }

    /// Deletes inactive site users' data from memory; that of visitors goes with their sessions.
    /// With a database there is nothing in memory.
    fn forget_idle_users(&self) {
        let is_user = |owner: &_| !is_visitor(owner);
        for owner in self.memory.idle_owners(USERS_IDLE, USERS_MAX, is_user) {
            self.engine.forget_expired_owner(owner);
        }
    }

    async fn sweep_sessions(&self) -> Result<(), StoreError> {
        let expired = self.sessions.sweep().await?;
        for session in expired.into_iter().filter(|session| session.ephemeral) {
            self.engine.forget_expired_owner(session.owner);
        }
        Ok(())
    }

    async fn sweep_untouched(&self) -> Result<(), StoreError> {
        let Some(retention) = self.retention else {
            return Ok(());
        };
        let before = Timestamp::now()
            .checked_sub(retention)
            .unwrap_or(Timestamp::MIN);
        let deleted = self.engine.delete_untouched(before).await?;
        tracing::info!(deleted, %before, "deleted threads and notes that nobody had touched");
        Ok(())
    }
}

fn interval(period: Duration) -> Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
