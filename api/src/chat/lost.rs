//! Runs whose replica is gone: whoever finds one ends it in its place.

use super::{engine::Shared, failure::Failure, frame};
use crate::{
    domain::{
        Message, MessageStatus, OwnerId, Role, RunErrorCode, RunEvent, RunId, RunStatus,
        StoreError, ThreadDetail, ThreadId,
    },
    runs::{Frames, RunRecord},
    threads::Progress,
};

/// Ends the run with `run_lost` when its writer is gone; of several callers, one does.
pub(super) async fn close(shared: &Shared, run: &RunId) -> Result<(), StoreError> {
    let Some(last) = shared.runs.take_over(run).await? else {
        return Ok(());
    };
    tracing::warn!(run.id = %run, "the replica of a run is gone; ending it");
    let mut events = Vec::new();
    if let Some(record) = shared.runs.find(run).await? {
        // Gone between storing the message and saying so: it is said now.
        if last == 0 {
            events.extend(first_event(shared, &record).await?);
        }
        close_thread(shared, &record.owner, &record.thread_id, run).await?;
    }
    events.push(Failure::new(RunErrorCode::RunLost).event());
    events.push(RunEvent::Done {
        status: RunStatus::Failed,
        truncated: false,
        usage: None,
        interrupts: Vec::new(),
    });
    let mut frames = Frames::default();
    for (number, event) in (last + 1..).zip(&events) {
        frame::write(&mut frames, number, event);
    }
    shared.runs.append(run, &frames).await?;
    shared.runs.end(run).await
}

/// The event that the run would have begun with, when its message was stored.
async fn first_event(shared: &Shared, record: &RunRecord) -> Result<Option<RunEvent>, StoreError> {
    let thread = shared.threads.get(&record.owner, &record.thread_id).await?;
    let began = thread.filter(|thread| thread.active_run_id.as_ref() == Some(&record.id));
    let message = began.and_then(|thread| thread.messages.into_iter().next_back());
    Ok(message
        .filter(|message| message.role == Role::User)
        .map(|message| {
            RunEvent::user_message(record.id.clone(), record.thread_id.clone(), &message)
        }))
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
    let answer = lost_answer(&detail);
    // Nothing happens when another replica was quicker: the run is no longer the active one.
    shared
        .threads
        .save(
            owner,
            thread,
            run,
            &[answer],
            &detail.agent,
            Progress::Ended,
        )
        .await
        .map(drop)
}

/// A thread whose run is lost and not ended yet, as it will be when it is.
pub(super) fn as_lost(mut detail: ThreadDetail) -> ThreadDetail {
    let answer = lost_answer(&detail);
    if detail
        .messages
        .last()
        .is_some_and(|last| last.id == answer.id)
    {
        detail.messages.pop();
    }
    detail.messages.push(answer);
    detail.active_run_id = None;
    detail
}

/// The answer as far as it was stored, marked as failed; an empty one when nothing was.
fn lost_answer(detail: &ThreadDetail) -> Message {
    let answer = detail
        .messages
        .last()
        .filter(|message| message.role == Role::Assistant);
    let mut answer = answer
        .cloned()
        .unwrap_or_else(|| Message::answer(detail.agent.clone()));
    answer.status = MessageStatus::Failed;
    answer.error = Some(Failure::new(RunErrorCode::RunLost).message_error());
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Thread;
    use jiff::Timestamp;

    #[test]
    fn a_cut_answer_reads_as_failed() {
        let now = Timestamp::now();
        let mut detail = ThreadDetail {
            thread: Thread {
                id: ThreadId::generate(),
                title: "x".to_owned(),
                created_at: now,
                updated_at: now,
            },
            agent: "concierge".parse().unwrap(),
            active_run_id: Some(RunId::generate()),
            interrupts: Vec::new(),
            messages: Vec::new(),
            next_before: None,
        };
        let nothing_stored = as_lost(detail.clone());
        assert_eq!(nothing_stored.messages.len(), 1);
        let mut half = nothing_stored.messages[0].clone();
        half.content = "half".to_owned();
        half.status = MessageStatus::Complete;
        half.error = None;
        detail.messages.push(half);
        let lost = as_lost(detail);
        assert_eq!(lost.active_run_id, None);
        assert_eq!(lost.messages.len(), 1);
        assert_eq!(lost.messages[0].content, "half");
        assert_eq!(lost.messages[0].status, MessageStatus::Failed);
        let error = lost.messages[0].error.as_ref().unwrap();
        assert_eq!(error.code, RunErrorCode::RunLost);
    }
}
