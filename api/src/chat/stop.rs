//! Stops a run from outside.

use super::{
    context::Context,
    failure::{Failure, Outcome},
};
use crate::domain::{RunErrorCode, RunId};
use crate::sessions::SessionRef;
use std::sync::Arc;
use std::{sync::OnceLock, time::Duration};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::{CancellationToken, DropGuard};

pub(super) const RUN_MAX: Duration = Duration::from_secs(10 * 60);

/// Tells a run to stop and why. Dropping it ends the watch.
pub(super) struct Stop {
    token: CancellationToken,
    why: Arc<OnceLock<Outcome>>,
    _watch: DropGuard,
}

impl Stop {
    /// Watches for cancellation, absent readers, shutdown and [`RUN_MAX`], and keeps the session
    /// alive.
    pub(super) fn watch(context: Arc<Context>, run: RunId, session: SessionRef) -> Self {
        let token = CancellationToken::new();
        let over = CancellationToken::new();
        let why = Arc::new(OnceLock::new());
        let (told, reason, done) = (token.clone(), Arc::clone(&why), over.clone());
        tokio::spawn(async move {
            tokio::select! {
                outcome = watch(&context, &run, &session) => {
                    let _ = reason.set(outcome);
                    told.cancel();
                }
                () = done.cancelled() => {}
            }
        });
        Self {
            token,
            why,
            _watch: over.drop_guard(),
        }
    }

    pub(super) fn stopped(&self) -> impl Future<Output = Outcome> + Send + use<> {
        let (token, why) = (self.token.clone(), Arc::clone(&self.why));
        async move {
            token.cancelled_owned().await;
            why.get().cloned().unwrap_or(Outcome::Cancelled)
        }
    }
}

async fn watch(context: &Context, run: &RunId, session: &SessionRef) -> Outcome {
    tokio::select! {
        () = context.runs.cancelled(run) => Outcome::Cancelled,
        () = context.shutdown.cancelled() => failed(RunErrorCode::ShuttingDown),
        () = tokio::time::sleep(RUN_MAX) => failed(RunErrorCode::ProviderTimeout),
        () = abandoned(context, run) => Outcome::Cancelled,
        () = keep_session(context, session) => Outcome::Cancelled,
    }
}

fn failed(code: RunErrorCode) -> Outcome {
    Outcome::Failed(Failure::new(code))
}

/// Resolves when nobody has read the run for `RUN_GRACE`.
async fn abandoned(context: &Context, run: &RunId) {
    let grace = context.options.run_grace;
    let mut wait = grace;
    loop {
        tokio::time::sleep(wait).await;
        // An unavailable store must not stop an answer.
        let unread = context.runs.unread_for(run).await.unwrap_or(Duration::ZERO);
        if unread >= grace {
            tracing::info!(run.id = %run, "nobody reads the run; cancelling it");
            return;
        }
        wait = (grace - unread).max(Duration::from_millis(10));
    }
}

/// Keeps the session of a live run from expiring. Never resolves.
async fn keep_session(context: &Context, session: &SessionRef) {
    let period = (context.sessions.ttl() / 3).min(Duration::from_secs(60));
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // Boxed: every run has this watch, and few live long enough to renew anything.
        if let Err(error) = Box::pin(context.sessions.renew(session)).await {
            context.telemetry.meter.store_failed(error.store());
            tracing::warn!(%error, "the session of a live run could not be renewed");
        }
    }
}
