//! Deletes what has expired, from time to time.

use crate::{
    chat::Engine, connect::memory::Memory, domain::StoreError, runs::RunStore, sessions::Sessions,
    sites::is_visitor, telemetry::Meter,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::{Interval, MissedTickBehavior};

/// How often ended runs are looked through for logs that have expired.
const RUN_PERIOD: Duration = Duration::from_secs(60);

/// How long users of sites are remembered in memory after their last use, and how many.
const USERS_IDLE: Duration = Duration::from_secs(24 * 3600);
const USERS_MAX: usize = 10_000;
/// How often threads and notes are looked through for those that are too old.
const RETENTION_PERIOD: Duration = Duration::from_secs(24 * 3600);

/// Deletes what has expired.
pub(super) struct Sweeper {
    pub(super) engine: Engine,
    pub(super) sessions: Sessions,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) memory: Arc<Memory>,
    pub(super) meter: Meter,
    pub(super) session_period: Duration,
    /// How long threads and notes are kept that nobody touches; forever when none.
    pub(super) retention: Option<Duration>,
}

impl Sweeper {
    /// Sweeps for as long as it is polled.
    pub(super) async fn run(self) {
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

    /// Visitors go with their sessions; users of sites would stay as long as the process. Where
    /// a database keeps their things, none are in memory.
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
