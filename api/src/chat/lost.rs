//! Ends runs whose replica is gone.

use super::{
    context::Context,
    failure::{Failure, Outcome},
    sse_event,
    turns::MAX_TURNS,
};
use crate::{
    domain::{
        Message, MessageId, MessageStatus, OwnerId, Role, RunErrorCode, RunEvent, RunId,
        StoreError, ThreadDetail, ThreadId, ToolOutcome,
    },
    runs::{EventBatch, RunRecord},
    threads::{Page, PageError, Progress},
};

/// Most messages of a run: the user's, and an answer before each turn.
const RUN_MESSAGES: usize = 2 + MAX_TURNS;
/// The result of a call that was permitted before the run was lost.
const UNKNOWN: &str =
    "The server stopped during this call; it is unknown whether it was done. Do not repeat it.";

/// Ends the run with `run_lost` if its writer is dead; of several callers, one does.
pub(super) async fn close(context: &Context, run: &RunId) -> Result<(), StoreError> {
    let Some(last) = context.runs.take_over(run).await? else {
        return Ok(());
    };
    tracing::warn!(run.id = %run, "the replica of a run is gone; ending it");
    let mut last = last;
    if let Some(record) = context.runs.find(run).await? {
        if last == 0 {
            let Some(event) = first_event(context, &record).await? else {
                // The message was not stored, so nothing was acknowledged; repeating the request
                // starts a new run.
                return context.runs.discard(run).await;
            };
            // Before the thread is closed, after which it does not show that the run began.
            context.runs.append(run, &encode(last, [event])).await?;
            last = 1;
        }
        close_thread(context, &record.owner, &record.thread_id, run).await?;
    }
    context.runs.finish(run, &last_events(last)).await
}

/// Ends a lost run in the thread of `next`, which begins with `message`. If the lost run was begun
/// by an earlier try of the same request, `next` answers in its place.
pub(super) async fn make_way(
    context: &Context,
    next: &RunRecord,
    run: &RunId,
    message: &MessageId,
) -> Result<(), StoreError> {
    let (owner, thread) = (&next.owner, &next.thread_id);
    let last = last_page(context, owner, thread).await?;
    let earlier = last.filter(|it| it.messages.last().is_some_and(|last| last.id == *message));
    if let Some(detail) = earlier {
        let ended = Progress::Ended;
        let save = context
            .threads
            .save(owner, thread, run, &[], &detail.agent, ended);
        save.await?;
        return close(context, run).await;
    }
    // The log first: closing it reads the run's first event from the thread.
    close(context, run).await?;
    close_thread(context, owner, thread, run).await
}

/// The last events of a lost run, after event `last`.
pub(super) fn last_events(last: u64) -> EventBatch {
    let lost = Outcome::Failed(Failure::new(RunErrorCode::RunLost));
    encode(last, lost.last_events(None))
}

fn encode(last: u64, events: impl IntoIterator<Item = RunEvent>) -> EventBatch {
    let mut batch = EventBatch::default();
    for (number, event) in (last + 1..).zip(events) {
        sse_event::encode(&mut batch, number, &event);
    }
    batch
}

/// The first event of the run, if its message was stored.
async fn first_event(
    context: &Context,
    record: &RunRecord,
) -> Result<Option<RunEvent>, StoreError> {
    let thread = page(context, &record.owner, &record.thread_id, RUN_MESSAGES).await?;
    let Some(thread) = thread.filter(|it| it.active_run_id.as_ref() == Some(&record.id)) else {
        return Ok(None);
    };
    let (run_id, thread_id) = (record.id.clone(), record.thread_id.clone());
    if thread.resumptions > 0 {
        return Ok(Some(RunEvent::Resumed { run_id, thread_id }));
    }
    let mut messages = thread.messages.iter().rev();
    let message = messages.find(|message| message.role == Role::User);
    Ok(message.map(|message| RunEvent::user_message(run_id, thread_id, message)))
}

pub(super) async fn last_page(
    context: &Context,
    owner: &OwnerId,
    thread: &ThreadId,
) -> Result<Option<ThreadDetail>, StoreError> {
    page(context, owner, thread, 1).await
}

async fn page(
    context: &Context,
    owner: &OwnerId,
    thread: &ThreadId,
    limit: usize,
) -> Result<Option<ThreadDetail>, StoreError> {
    match context.threads.get(owner, thread, &Page::last(limit)).await {
        Ok(detail) => Ok(detail),
        Err(PageError::MessageNotFound) => Ok(None),
        Err(PageError::Store(error)) => Err(error),
    }
}

/// Ends a lost run in its thread. The answer keeps its stored text and is marked as failed.
async fn close_thread(
    context: &Context,
    owner: &OwnerId,
    thread: &ThreadId,
    run: &RunId,
) -> Result<(), StoreError> {
    let Some(detail) = last_page(context, owner, thread).await? else {
        return Ok(());
    };
    let answer = lost_answer(&detail);
    // Does nothing if another replica was faster and the run is no longer active.
    context
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

/// With its answer as it will be once the lost run has been ended.
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

fn lost_answer(detail: &ThreadDetail) -> Message {
    let answer = detail
        .messages
        .last()
        .filter(|message| message.role == Role::Assistant);
    let mut answer = answer
        .cloned()
        .unwrap_or_else(|| Message::answer(detail.agent.clone()));
    answer.answer_waiting_calls(&ToolOutcome::error(UNKNOWN));
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
    fn the_answer_of_a_lost_run_reads_as_failed() {
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
            resumptions: 0,
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
