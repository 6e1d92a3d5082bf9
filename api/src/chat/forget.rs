//! Deletes all data of an owner. Nothing else does.
//!
//! The owner is listed before anything is deleted and until everything is, so that the deletion
//! continues after a failure or a restart.

use super::context::Context;
use crate::domain::{OwnerId, RunId, StoreError};
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
        let runs = delete_threads(&context, &owner).await?;
        if let Err(error) = delete_rest(&context, &owner, &runs).await {
            tracing::warn!(%error, "an owner is forgotten in part; retrying the rest");
            in_background(context, move |context| {
                let (owner, runs) = (owner.clone(), runs.clone());
                async move { finish(&context, &owner, &runs).await }
            });
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
    in_background(context, move |context| {
        let owner = owner.clone();
        async move {
            let runs = delete_threads(&context, &owner).await?;
            delete_rest(&context, &owner, &runs).await
        }
    });
}

/// Continues the deletions that an earlier process has not finished.
pub(super) fn finish_all_in_background(context: Arc<Context>) {
    in_background(context, |context| async move {
        for owner in context.sessions.to_forget().await? {
            finish(&context, &owner, &[]).await?;
        }
        Ok(())
    });
}

/// Retries until `attempt` succeeds or the process ends.
fn in_background<F>(
    context: Arc<Context>,
    attempt: impl Fn(Arc<Context>) -> F + Send + Sync + 'static,
) where
    F: Future<Output = Result<(), StoreError>> + Send,
{
    let retries = async move {
        let backoff = ExponentialBuilder::default()
            .with_max_delay(RETRY_MAX)
            .with_jitter()
            .without_max_times();
        let warn = |error: &StoreError, _| {
            context.telemetry.meter.store_failed(error.store());
            tracing::warn!(%error, "an owner could not be forgotten yet");
        };
        let attempt = || attempt(Arc::clone(&context));
        tokio::select! {
            _ = attempt.retry(backoff).notify(warn) => {}
            () = context.shutdown.cancelled() => {}
        }
    };
    tokio::spawn(retries);
}

/// Finishes a deletion, unless the owner is no longer listed. An owner who is listed and has data
/// was told that nothing was deleted, or told nothing; or another process is just deleting it.
pub(super) async fn finish(
    context: &Context,
    owner: &OwnerId,
    runs: &[RunId],
) -> Result<(), StoreError> {
    if !context.sessions.to_forget().await?.contains(owner) {
        return Ok(());
    }
    if has_data(context, owner).await? {
        context.sessions.end_forgetting(owner).await?;
        // Looks again: a process that deletes later than this lists the owner again itself.
        if has_data(context, owner).await? {
            return Ok(());
        }
        context.sessions.begin_forgetting(owner).await?;
    }
    delete_rest(context, owner, runs).await
}

async fn has_data(context: &Context, owner: &OwnerId) -> Result<bool, StoreError> {
    Ok(!context.threads.list(owner, 1, None).await?.is_empty()
        || !context.notes.titles(owner).await?.is_empty())
}

/// Deletes the threads, and in a database the notes with them; returns the live runs.
async fn delete_threads(context: &Context, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
    let sessions = &context.sessions;
    sessions.begin_forgetting(owner).await?;
    let deleted = context.threads.delete_owner(owner).await;
    // After a deletion the owner is listed again, since a process that started during it saw data
    // and took the owner off the list.
    let listed = match deleted {
        Ok(_) => sessions.begin_forgetting(owner).await,
        Err(_) => sessions.end_forgetting(owner).await,
    };
    if let Err(error) = listed {
        tracing::warn!(%error, "the list of owners to delete could not be updated");
    }
    deleted
}

async fn delete_rest(context: &Context, owner: &OwnerId, runs: &[RunId]) -> Result<(), StoreError> {
    context.notes.delete_owner(owner).await?;
    for run in runs {
        context.runs.cancel(run).await?;
    }
    context.sessions.delete_owner(owner).await?;
    // Again after every failure: a run that was just being begun has its log by now.
    context.runs.forget_owner(owner).await?;
    context.sessions.end_forgetting(owner).await
}
