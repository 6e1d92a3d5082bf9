//! Begins a run: stores the message or the answers to interrupts, and spawns the run's task.

use super::{
    call_budget::CallBudget,
    context::Context,
    failure::{Failure, Outcome},
    handoffs::Handoffs,
    history, lost,
    metrics::RunMetrics,
    pause::PausedAnswer,
    request::{SendError, SendRequest, Task},
    resumption::{self, Plan, not_allowed},
    run::Run,
    run_log::RunLog,
    slot::RunSlot,
    stop::Stop,
    thread_writer::{RETRY_INTERVAL, STORE_TIMEOUT, ThreadWriter},
    toolbox::{Toolbox, caller},
};
use crate::{
    domain::{
        AgentId, Interrupt, InterruptAnswer, InterruptOutcome, Message, OwnerId, RunErrorCode,
        RunEvent, StoreError, THREAD_TITLE_MAX_CHARS, ThreadId,
    },
    runs::RunRecord,
    threads::{BeginError, Beginning, Begun, Resumption},
};
use backon::{ConstantBuilder, Retryable};
use futures_util::FutureExt;
use jiff::Timestamp;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::time::Instant;
use tracing::Instrument;

/// How long a store is asked to begin a run.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(10);
const TITLE_CHARS: usize = 60;

struct Started {
    first_event: RunEvent,
    /// The conversation, including the new message.
    history: Vec<Message>,
    /// The paused message to resume from, and how.
    paused: Option<(Message, Plan)>,
    agent: AgentId,
    resumptions: usize,
    remembered: Vec<String>,
}

/// Begins the run of `record`, whose log is open and empty.
pub(super) async fn begin(
    context: Arc<Context>,
    record: RunRecord,
    request: SendRequest,
) -> Result<(), SendError> {
    let started = async {
        let slot = RunSlot::take(&context, &request.owner)?;
        // The session may have ended while the request's body was arriving.
        if !context.sessions.renew(&request.session).await? {
            return Err(SendError::SignedOut);
        }
        let waiting = admit_message(&context, &request).await?;
        let started = match start_in_thread(&context, &record, &request).await {
            Ok(started) => started,
            Err(error) => {
                take_back(&context, &request).await;
                return Err(error);
            }
        };
        for interrupt in waiting {
            let outcome = if interrupt.is_open(Timestamp::now()) {
                InterruptOutcome::Replaced
            } else {
                InterruptOutcome::Expired
            };
            let meter = &context.telemetry.meter;
            meter.interrupt_ended(interrupt.reason, outcome);
        }
        Ok((slot, started))
    };
    let (slot, started) = match started.await {
        Ok(started) => started,
        Err(error) => {
            context.runs.discard(&record.id).await?;
            return Err(error);
        }
    };
    let request_id = request.request_id.clone();
    let span =
        tracing::error_span!(parent: None, "run", run.id = %record.id, request.id = request_id);
    let first_event = started.first_event.clone();
    let mut run = new_run(&context, record, request, started);
    let opened = open_log(&mut run, &first_event);
    if let Err(failure) = opened.instrument(span.clone()).await {
        let finish = run.finish(Outcome::Failed(failure));
        Box::pin(finish.instrument(span)).await;
        return Err(SendError::Overloaded);
    }
    context.tasks.spawn(answer(run, slot).instrument(span));
    Ok(())
}

/// Counts a message against its limits, and returns the interrupts that wait in its thread.
/// Resumptions do not count.
async fn admit_message(
    context: &Context,
    request: &SendRequest,
) -> Result<Vec<Interrupt>, SendError> {
    let Task::Message { thread_id, .. } = &request.task else {
        return Ok(Vec::new());
    };
    let waiting = match thread_id {
        Some(thread_id) => check_thread(context, &request.owner, thread_id).await?,
        None => Vec::new(),
    };
    match context.sessions.count_message(&request.allowance).await? {
        Some(wait) => Err(SendError::RateLimited(wait)),
        None => Ok(waiting),
    }
}

/// Refused messages do not count.
async fn take_back(context: &Context, request: &SendRequest) {
    if let Task::Message { .. } = request.task
        && let Err(error) = context.sessions.uncount_message(&request.allowance).await
    {
        tracing::warn!(%error, "a refused message stays counted");
        context.telemetry.meter.store_failed(error.store());
    }
}

/// Checks that the thread exists and takes a message now; returns its interrupts.
async fn check_thread(
    context: &Context,
    owner: &OwnerId,
    thread_id: &ThreadId,
) -> Result<Vec<Interrupt>, SendError> {
    let thread = lost::last_page(context, owner, thread_id).await?;
    let thread = thread.ok_or(BeginError::ThreadNotFound)?;
    match thread.active_run_id {
        Some(run) if context.runs.is_live(&run).await? => {
            Err(BeginError::RunInProgress(run).into())
        }
        _ => Ok(thread.interrupts),
    }
}

/// Writes the first events, waiting for an unavailable store: while the thread has this active run
/// and the log is empty, another replica can still reconstruct the first event.
async fn open_log(run: &mut Run, first: &RunEvent) -> Result<(), Failure> {
    run.log.push(first)?;
    for notice in std::mem::take(&mut run.notices) {
        run.notify(notice)?;
    }
    let until = Instant::now() + STORE_TIMEOUT;
    loop {
        match run.log.flush().await {
            Err(StoreError::Unavailable { .. }) if Instant::now() < until => {
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
            result => return Ok(result?),
        }
    }
}

fn new_run(
    context: &Arc<Context>,
    record: RunRecord,
    request: SendRequest,
    started: Started,
) -> Box<Run> {
    let caller = caller(&record, request.user_id, request.site);
    let (message, plan) = started.paused.unzip();
    let threads = Arc::clone(&context.threads);
    // Boxed: a task has room for each value that it passes on.
    Box::new(Run {
        key: request.api_key,
        chosen_model: request.model,
        default_model: request.default_model,
        items: history::items(started.history),
        toolbox: Toolbox::new(
            Arc::clone(context),
            record.owner.clone(),
            caller,
            request.page,
        ),
        handoffs: Handoffs::default(),
        budget: CallBudget::default(),
        notices: request.notices,
        allowance: request.allowance,
        resumptions: started.resumptions,
        remembered: started.remembered,
        plan,
        stop: Stop::watch(Arc::clone(context), record.id.clone(), request.session),
        log: RunLog::new(Arc::clone(&context.runs), record.id.clone()),
        metrics: RunMetrics::begin(context, &record, request.request_id),
        thread: ThreadWriter::new(threads, record, started.agent, message),
        context: Arc::clone(context),
    })
}

async fn answer(mut run: Box<Run>, slot: RunSlot) {
    let outcome = AssertUnwindSafe(run.converse()).catch_unwind().await;
    let outcome =
        outcome.unwrap_or_else(|_| Outcome::Failed(Failure::new(RunErrorCode::InternalError)));
    Box::pin(run.finish(outcome)).await;
    drop(slot);
}

async fn start_in_thread(
    context: &Context,
    record: &RunRecord,
    request: &SendRequest,
) -> Result<Started, SendError> {
    let message_id = request.message_id();
    let attempt = async || match &request.task {
        Task::Message {
            text,
            thread_id,
            replace_from,
        } => {
            let message = Message {
                id: message_id.clone(),
                ..Message::user(text.clone())
            };
            let entry = request.entry_agent.as_ref();
            let entry = entry.filter(|id| context.agents.get(id).is_some());
            let beginning = Beginning {
                thread_id: record.thread_id.clone(),
                exists: thread_id.is_some(),
                title: title(text),
                entry_agent: entry.unwrap_or(&context.agents.entry().id).clone(),
                run_id: record.id.clone(),
                message,
                replace_from: replace_from.clone(),
                cancelled_call: not_allowed(),
            };
            start_with_message(context, record, beginning).await
        }
        Task::Resume { answers, .. } => start_with_answers(context, record, answers).await,
    };
    match attempt().await {
        Err(SendError::Begin(BeginError::RunInProgress(run)))
            if !context.runs.is_live(&run).await? =>
        {
            lost::make_way(context, record, &run, &message_id).await?;
            attempt().await
        }
        result => result,
    }
}

async fn start_with_message(
    context: &Context,
    record: &RunRecord,
    beginning: Beginning,
) -> Result<Started, SendError> {
    let message = beginning.message.clone();
    let begin = || context.threads.begin(&record.owner, beginning.clone());
    let Begun {
        agent,
        mut history,
        resumptions,
        remembered,
    } = until_answered(begin).await?;
    let first_event = RunEvent::user_message(record.id.clone(), record.thread_id.clone(), &message);
    history.push(message);
    Ok(Started {
        first_event,
        history,
        paused: None,
        agent,
        resumptions,
        remembered,
    })
}

/// Repeats a call whose answer may have been lost; the store does it once.
async fn until_answered<F>(begin: impl FnMut() -> F) -> Result<Begun, BeginError>
where
    F: Future<Output = Result<Begun, BeginError>>,
{
    let until = Instant::now() + BEGIN_TIMEOUT;
    let backoff = ConstantBuilder::default()
        .with_delay(RETRY_INTERVAL)
        .without_max_times();
    begin
        .retry(backoff)
        .when(|error| {
            matches!(error, BeginError::Store(StoreError::Unavailable { .. }))
                && Instant::now() < until
        })
        .await
}

async fn start_with_answers(
    context: &Context,
    record: &RunRecord,
    answers: &[InterruptAnswer],
) -> Result<Started, SendError> {
    let RunRecord {
        id,
        thread_id,
        owner,
    } = record;
    let resumption = |interrupts, outcomes, remember| Resumption {
        thread_id: thread_id.clone(),
        run_id: id.clone(),
        interrupts,
        outcomes,
        remember,
    };
    let Some(pause) = context.threads.pause(owner, thread_id).await? else {
        // The store knows the reason: no such thread, a live run, or nothing to answer.
        let refused = resumption(Vec::new(), Vec::new(), Vec::new());
        context.threads.resume(owner, refused).await?;
        return Err(BeginError::NotPaused.into());
    };
    let paused = PausedAnswer::unseal(context, thread_id, &pause);
    let plan = resumption::plan(&pause, paused, answers, Timestamp::now())?;
    let interrupts = pause.interrupts.into_iter().map(|open| open.id).collect();
    let resumption = resumption(interrupts, plan.outcomes(), plan.remember.clone());
    let Begun {
        agent,
        mut history,
        resumptions,
        remembered,
    } = until_answered(|| context.threads.resume(owner, resumption.clone())).await?;
    for (reason, outcome) in &plan.ended {
        let meter = &context.telemetry.meter;
        meter.interrupt_ended(*reason, *outcome);
    }
    let first_event = RunEvent::Resumed {
        run_id: id.clone(),
        thread_id: thread_id.clone(),
    };
    Ok(Started {
        first_event,
        paused: history.pop().map(|message| (message, plan)),
        history,
        agent,
        resumptions,
        remembered,
    })
}

/// One line, cut between words.
fn title(message: &str) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= TITLE_CHARS {
        return line;
    }
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    let words = cut
        .rsplit_once(' ')
        .map_or(cut.as_str(), |(words, _)| words);
    debug_assert!(words.chars().count() < THREAD_TITLE_MAX_CHARS);
    format!("{words}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_short_line() {
        assert_eq!(title("  Hello\n there\u{7}  "), "Hello there");
        let long = title(&"word ".repeat(30));
        assert!(
            long.ends_with("word…") && long.chars().count() <= TITLE_CHARS + 1,
            "{long}"
        );
        assert_eq!(title(&"x".repeat(500)).chars().count(), TITLE_CHARS + 1);
    }
}
