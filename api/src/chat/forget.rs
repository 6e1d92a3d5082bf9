//! Deletes all data of an owner. Nothing else does.

use super::context::Context;
use crate::domain::{OwnerId, StoreError};
use backon::{ExponentialBuilder, Retryable};
use std::{sync::Arc, time::Duration};

const RETRY_MAX: Duration = Duration::from_secs(30);

/// Deletes the owner's threads now, and the rest once its stores are available.
pub(super) async fn forget_owner(
    context: &Arc<Context>,
    owner: &OwnerId,
) -> Result<(), StoreError> {
    let (context, owner) = (Arc::clone(context), owner.clone());
    // In a separate task, so that a client that disconnects does not leave half of it.
    let forget = async move {
        delete_threads(&context, &owner).await?;
        if let Err(error) = delete_rest(&context, &owner).await {
            tracing::warn!(%error, "an owner is forgotten in part; retrying the rest");
            forget_in_background(context, owner);
        }
        Ok(())
    };
    tokio::spawn(forget).await.unwrap_or_else(|panic| {
        Err(StoreError::Unavailable {
            store: "threads",
            reason: panic.to_string(),
        })
    })
}

/// Deletes everything, retrying until it succeeds or the process ends.
pub(super) fn forget_in_background(context: Arc<Context>, owner: OwnerId) {
    let forget = async move {
        let backoff = ExponentialBuilder::default()
            .with_max_delay(RETRY_MAX)
            .with_jitter()
            .without_max_times();
        let attempt = async || {
            delete_threads(&context, &owner).await?;
            delete_rest(&context, &owner).await
        };
        let warn = |error: &StoreError, _| {
            context.telemetry.meter.store_failed(error.store());
            tracing::warn!(%error, "an owner could not be forgotten yet");
        };
        tokio::select! {
            _ = attempt.retry(backoff).notify(warn) => {}
            () = context.shutdown.cancelled() => {}
        }
    };
    tokio::spawn(forget);
}

async fn delete_threads(context: &Context, owner: &OwnerId) -> Result<(), StoreError> {
    for run in context.threads.delete_owner(owner).await? {
        context.runs.cancel(&run).await?;
    }
    Ok(())
}

async fn delete_rest(context: &Context, owner: &OwnerId) -> Result<(), StoreError> {
    context.notes.delete_owner(owner).await?;
    context.sessions.delete_owner(owner).await?;
    // Last, and again after every failure: a run that was just being begun has its log by now.
    context.runs.forget_owner(owner).await
}
