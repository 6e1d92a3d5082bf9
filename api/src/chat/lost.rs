//! Runs whose replica is gone: whoever finds one ends it in its place.

use super::{engine::Shared, failure::Failure, frame};
use crate::{
    domain::{
        Message, MessageId, MessageStatus, OwnerId, Role, RunErrorCode, RunEvent, RunId, RunStatus,
        StoreError, ThreadId,
    },
    runs::Frames,
};
use jiff::Timestamp;

/// Ends the run with `run_lost` when its writer is gone; of several callers, one does.
pub(super) async fn close(shared: &Shared, run: &RunId) -> Result<(), StoreError> {
    let Some(last) = shared.runs.take_over(run).await? else {
        return Ok(());
    };
    tracing::warn!(run.id = %run, "the replica of a run is gone; ending it");
    if let Some(record) = shared.runs.find(run).await? {
        close_thread(shared, &record.owner, &record.thread_id, run).await?;
    }
    let mut frames = Frames::default();
    frame::write(
        &mut frames,
        last + 1,
        &Failure::new(RunErrorCode::RunLost).event(),
    );
    let done = RunEvent::Done {
        status: RunStatus::Failed,
        truncated: false,
        usage: None,
    };
    frame::write(&mut frames, last + 2, &done);
    shared.runs.append(run, &frames).await?;
    shared.runs.end(run).await
}

/// Frees a thread from a lost run; the answer keeps what was stored of it, and says that it failed.
pub(super) async fn close_thread(
    shared: &Shared,
    owner: &OwnerId,
    thread: &ThreadId,
    run: &RunId,
) -> Result<(), StoreError> {
    let Some(detail) = shared.threads.get(owner, thread).await? else {
        return Ok(());
    };
    let answer = detail
        .messages
        .last()
        .filter(|message| message.role == Role::Assistant);
    let mut answer = answer.cloned().unwrap_or_else(|| Message {
        id: MessageId::generate(),
        role: Role::Assistant,
        agent: Some(detail.agent.clone()),
        content: String::new(),
        tool_calls: Vec::new(),
        status: MessageStatus::Failed,
        truncated: false,
        usage: None,
        error: None,
        created_at: Timestamp::now(),
    });
    answer.status = MessageStatus::Failed;
    answer.error = Some(Failure::new(RunErrorCode::RunLost).message_error());
    // Nothing happens when another replica was quicker: the run is no longer the active one.
    shared
        .threads
        .save(owner, thread, run, &[answer], &detail.agent, true)
        .await
        .map(drop)
}
