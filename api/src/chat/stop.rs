//! What can stop a run from outside, watched beside it.

use super::{
    engine::Shared,
    failure::{Failure, Outcome},
};
use crate::domain::{RunErrorCode, RunId};
use crate::sessions::SessionRef;
use std::sync::Arc;
use std::{sync::OnceLock, time::Duration};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Longest run.
pub(super) const RUN_MAX: Duration = Duration::from_secs(10 * 60);

/// Tells a run that it must stop, and why. Watching ends when this is dropped.
pub(super) struct Stop {
    token: CancellationToken,
    why: Arc<OnceLock<Outcome>>,
    _watching: DropGuard,
}

impl Stop {
    /// Watches over `run` for cancel, absence of readers, shutdown and [`RUN_MAX`], and keeps its
    /// session alive meanwhile.
    pub(super) fn watch(shared: Arc<Shared>, run: RunId, session: SessionRef) -> Self {
        let token = CancellationToken::new();
        let over = CancellationToken::new();
        let why = Arc::new(OnceLock::new());
        let (told, reason, done) = (token.clone(), Arc::clone(&why), over.clone());
        tokio::spawn(async move {
            tokio::select! {
                outcome = watch(&shared, &run, &session) => {
                    let _ = reason.set(outcome);
                    told.cancel();
                }
                () = done.cancelled() => {}
            }
        });
        Self {
            token,
            why,
            _watching: over.drop_guard(),
        }
    }

    /// Resolves when the run must stop.
    pub(super) async fn stopped(&self) -> Outcome {
        self.token.cancelled().await;
        self.why.get().cloned().unwrap_or(Outcome::Cancelled)
    }
}

async fn watch(shared: &Shared, run: &RunId, session: &SessionRef) -> Outcome {
    tokio::select! {
        () = shared.runs.cancelled(run) => Outcome::Cancelled,
        () = shared.shutdown.cancelled() => failed(RunErrorCode::ShuttingDown),
        () = tokio::time::sleep(RUN_MAX) => failed(RunErrorCode::ProviderTimeout),
        () = abandoned(shared, run) => Outcome::Cancelled,
        () = keep_session(shared, session) => Outcome::Cancelled,
    }
}

fn failed(code: RunErrorCode) -> Outcome {
    Outcome::Failed(Failure::new(code))
}

/// Resolves when nobody has read the run for `RUN_GRACE`.
async fn abandoned(shared: &Shared, run: &RunId) {
    let grace = shared.options.run_grace;
    let mut wait = grace;
    loop {
        tokio::time::sleep(wait).await;
        // A store that cannot say is no reason to stop an answer.
        let unread = shared.runs.unread_for(run).await.unwrap_or(Duration::ZERO);
        if unread >= grace {
            tracing::info!(run.id = %run, "nobody reads the run; cancelling it");
            return;
        }
        wait = (grace - unread).max(Duration::from_millis(10));
    }
}

/// A session with a live run does not expire. Never resolves.
async fn keep_session(shared: &Shared, session: &SessionRef) {
    let period = (shared.sessions.ttl() / 3).min(Duration::from_secs(60));
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = shared.sessions.renew(session).await {
            shared.telemetry.meter.store_failed(error.store());
            tracing::warn!(%error, "the session of a live run could not be renewed");
        }
    }
}
