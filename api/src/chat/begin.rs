//! Begins a run: stores the message, opens the log and lets the run go on by itself.

use super::{
    call_budget::CallBudget,
    context::Context,
    failure::{Failure, Outcome},
    handoffs::Handoffs,
    history::{self, Item},
    lost,
    metrics::RunMetrics,
    request::{SendError, SendRequest},
    run::Run,
    run_log::RunLog,
    slot::RunSlot,
    stop::Stop,
    thread_writer::ThreadWriter,
    toolbox::Toolbox,
};
use crate::{
    domain::{Message, RunErrorCode, RunEvent, THREAD_TITLE_MAX_CHARS, ToolOutcome},
    runs::RunRecord,
    threads::{BeginError, Beginning, Begun},
};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc};
use tracing::Instrument;

/// A title made from a message is cut here, at a word.
const TITLE_CHARS: usize = 60;

/// Begins the run of `record`, whose log is open and empty.
pub(super) async fn begin(
    context: Arc<Context>,
    record: RunRecord,
    request: SendRequest,
) -> Result<(), SendError> {
    let message = Message::user(request.message.clone());
    let begun = async {
        let slot = RunSlot::take(&context, &request.owner)?;
        let begun = begin_in_thread(&context, &record, &request, &message).await?;
        Ok((slot, begun))
    };
    let (slot, begun) = match begun.await {
        Ok(begun) => begun,
        Err(error) => {
            context.runs.discard(&record.id).await?;
            return Err(error);
        }
    };
    let request_id = request.request_id.clone();
    let span =
        tracing::error_span!(parent: None, "run", run.id = %record.id, request.id = request_id);
    let first = RunEvent::user_message(record.id.clone(), record.thread_id.clone(), &message);
    let mut run = new_run(&context, record, request, begun);
    run.items.push(Item::User(message.content));
    if let Err(failure) = open_log(&mut run, &first).instrument(span.clone()).await {
        run.finish(Outcome::Failed(failure)).instrument(span).await;
        return Err(SendError::Overloaded);
    }
    context.tasks.spawn(answer(run, slot).instrument(span));
    Ok(())
}

async fn open_log(run: &mut Run, first: &RunEvent) -> Result<(), Failure> {
    run.log.push(first)?;
    Ok(run.log.flush().await?)
}

fn new_run(context: &Arc<Context>, record: RunRecord, request: SendRequest, begun: Begun) -> Run {
    Run {
        key: request.api_key,
        chosen_model: request.model,
        items: history::items(begun.history),
        toolbox: Toolbox::new(Arc::clone(context), record.owner.clone()),
        handoffs: Handoffs::default(),
        budget: CallBudget::default(),
        notices: request.notices,
        stop: Stop::watch(Arc::clone(context), record.id.clone(), request.session),
        log: RunLog::new(Arc::clone(&context.runs), record.id.clone()),
        metrics: RunMetrics::begin(context, &record, request.request_id),
        thread: ThreadWriter::new(Arc::clone(&context.threads), record, begun.agent),
        context: Arc::clone(context),
    }
}

/// The life of a run.
async fn answer(mut run: Run, slot: RunSlot) {
    // A panic fails this run and no other.
    let outcome = AssertUnwindSafe(run.converse()).catch_unwind().await;
    let outcome =
        outcome.unwrap_or_else(|_| Outcome::Failed(Failure::new(RunErrorCode::InternalError)));
    run.finish(outcome).await;
    drop(slot);
}

async fn begin_in_thread(
    context: &Context,
    record: &RunRecord,
    request: &SendRequest,
    message: &Message,
) -> Result<Begun, SendError> {
    // The session may have ended while the body of the request was on its way.
    if !context.sessions.renew(&request.session).await? {
        return Err(SendError::SignedOut);
    }
    let entry_agent = request
        .entry_agent
        .clone()
        .filter(|id| context.agents.get(id).is_some());
    let beginning = Beginning {
        thread_id: record.thread_id.clone(),
        exists: request.thread_id.is_some(),
        title: title(&message.content),
        entry_agent: entry_agent.unwrap_or_else(|| context.agents.entry().id.clone()),
        run_id: record.id.clone(),
        message: message.clone(),
        replace_from: request.replace_from.clone(),
        cancelled_call: ToolOutcome::error("The visitor did not allow this."),
    };
    let (threads, owner) = (&context.threads, &request.owner);
    match threads.begin(owner, beginning.clone()).await {
        Err(BeginError::RunInProgress(run)) if !context.runs.is_live(&run).await? => {
            lost::close_thread(context, owner, &record.thread_id, &run).await?;
            Ok(threads.begin(owner, beginning).await?)
        }
        result => Ok(result?),
    }
}

/// A title from a first message: its words in one line, cut at a word.
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
