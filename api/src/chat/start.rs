//! How a run begins: the message is stored, then the run's task is on its own.

use super::{
    account::Account,
    engine::{Engine, Shared},
    failure::{Failure, Outcome},
    history::{self, Item},
    journal::{Journal, Place},
    lost,
    stop::Stop,
    tools::Toolbox,
    turns::Run,
};
use crate::{
    domain::{
        AgentId, ApiKey, Message, MessageId, ModelName, OwnerId, RunErrorCode, RunId, StoreError,
        THREAD_TITLE_MAX_CHARS, ThreadId, ToolOutcome,
    },
    runs::{Created, Idempotency, RunRecord},
    sessions::SessionRef,
    threads::{BeginError, Beginning, Begun},
};
use dashmap::Entry;
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;

/// Most runs of one owner at once.
const RUNS_PER_OWNER: usize = 8;
/// A title made from a message is cut here, at a word.
const TITLE_CHARS: usize = 60;

/// A message to be answered.
#[derive(Debug, Clone)]
pub struct SendRequest {
    /// Who asks.
    pub owner: OwnerId,
    /// The session that asks; it is kept alive while the run goes on.
    pub session: SessionRef,
    /// The key for the provider.
    pub api_key: ApiKey,
    /// The model; the deployment's default when none.
    pub model: Option<ModelName>,
    /// The text.
    pub message: String,
    /// The thread; a new one when none.
    pub thread_id: Option<ThreadId>,
    /// A user message of the thread that this one replaces, with all after it.
    pub replace_from: Option<MessageId>,
    /// Who answers in a new thread; the registry's entry agent when none.
    pub entry_agent: Option<AgentId>,
    /// The id of the HTTP request, for the log.
    pub request_id: String,
    /// Names the request, so that a repeat of it starts nothing new.
    pub idempotency: Option<Idempotency>,
}

/// Why no run began.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The thread could not take the message.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// The idempotency key came before with another request.
    #[error("the idempotency key names another request")]
    IdempotencyMismatch,
    /// As many runs as there may be, of all or of this owner.
    #[error("too many runs")]
    Overloaded,
    /// The process is ending.
    #[error("shutting down")]
    ShuttingDown,
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Begin(BeginError::Store(error))
    }
}

/// A place among the live runs; given back when dropped.
struct Slot {
    shared: Arc<Shared>,
    owner: OwnerId,
    _permit: OwnedSemaphorePermit,
}

impl Slot {
    fn take(shared: &Arc<Shared>, owner: &OwnerId) -> Result<Self, SendError> {
        if shared.shutdown.is_cancelled() {
            return Err(SendError::ShuttingDown);
        }
        let permit = Arc::clone(&shared.permits).try_acquire_owned();
        let permit = permit.map_err(|_| SendError::Overloaded)?;
        let mut live = shared.live.entry(owner.clone()).or_insert(0);
        if *live >= RUNS_PER_OWNER {
            return Err(SendError::Overloaded);
        }
        *live += 1;
        Ok(Self {
            shared: Arc::clone(shared),
            owner: owner.clone(),
            _permit: permit,
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Entry::Occupied(mut live) = self.shared.live.entry(self.owner.clone()) {
            *live.get_mut() -= 1;
            if *live.get() == 0 {
                live.remove();
            }
        }
    }
}

impl Engine {
    /// Begins a run, or finds the one that the same request began before.
    ///
    /// When this returns, the message is stored and the run's first event can be read.
    ///
    /// # Errors
    /// See [`SendError`]; nothing is stored then.
    pub async fn send(&self, request: SendRequest) -> Result<RunId, SendError> {
        let shared = &self.0;
        let record = RunRecord {
            id: RunId::generate(),
            thread_id: request.thread_id.clone().unwrap_or_else(ThreadId::generate),
            owner: request.owner.clone(),
        };
        match shared
            .runs
            .create(record.clone(), request.idempotency.clone())
            .await?
        {
            Created::New => {}
            Created::Repeated(run) => return Ok(run),
            Created::Mismatch => return Err(SendError::IdempotencyMismatch),
        }
        // On a task of its own: a caller who goes away now must not leave half a run.
        let begin = begin(Arc::clone(shared), record.clone(), request);
        match tokio::spawn(begin.in_current_span()).await {
            Ok(Ok(())) => Ok(record.id),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                tracing::error!(%panic, "a run could not begin");
                shared.runs.discard(&record.id).await?;
                Err(SendError::Overloaded)
            }
        }
    }
}

async fn begin(
    shared: Arc<Shared>,
    record: RunRecord,
    request: SendRequest,
) -> Result<(), SendError> {
    let message = Message::user(request.message.clone());
    let begun = async {
        let slot = Slot::take(&shared, &request.owner)?;
        let begun = begin_in_thread(&shared, &record, &request, &message).await?;
        Ok((slot, begun))
    };
    let (slot, begun) = match begun.await {
        Ok(begun) => begun,
        Err(error) => {
            shared.runs.discard(&record.id).await?;
            return Err(error);
        }
    };
    let run_id = record.id.clone();
    let span = tracing::error_span!(parent: None, "run", run.id = %run_id, request.id = request.request_id);
    let account = Account::open(&shared, &run_id, &record.thread_id, request.request_id);
    let place = Place {
        run: record.id,
        thread: record.thread_id,
        owner: record.owner,
    };
    let mut journal = Journal::new(Arc::clone(&shared), place, begun.agent, account);
    journal.user_message(&message);
    if let Err(error) = journal.commit().await {
        journal
            .finish(&Outcome::Failed(Failure::new(RunErrorCode::InternalError)))
            .instrument(span)
            .await;
        return Err(error.into());
    }
    let mut items = history::items(&begun.history);
    items.push(Item::User(message.content));
    let run = Run {
        key: request.api_key,
        model: request
            .model
            .unwrap_or_else(|| shared.options.default_model.clone()),
        items,
        toolbox: Toolbox::new(request.owner),
        stop: Stop::watch(Arc::clone(&shared), run_id.clone(), request.session),
        shared: Arc::clone(&shared),
    };
    shared
        .tasks
        .spawn(answer(run, journal, slot).instrument(span));
    Ok(())
}

/// The life of a run.
async fn answer(mut run: Run, mut journal: Journal, slot: Slot) {
    // One bad run harms no other: a panic is this run's failure.
    let outcome = match AssertUnwindSafe(run.converse(&mut journal))
        .catch_unwind()
        .await
    {
        Ok(outcome) => outcome,
        Err(_) => Outcome::Failed(Failure::new(RunErrorCode::InternalError)),
    };
    drop(run);
    journal.finish(&outcome).await;
    drop(slot);
}

async fn begin_in_thread(
    shared: &Shared,
    record: &RunRecord,
    request: &SendRequest,
    message: &Message,
) -> Result<Begun, SendError> {
    let entry_agent = request
        .entry_agent
        .clone()
        .filter(|id| shared.agents.get(id).is_some());
    let beginning = Beginning {
        thread_id: record.thread_id.clone(),
        exists: request.thread_id.is_some(),
        title: title(&message.content),
        entry_agent: entry_agent.unwrap_or_else(|| shared.agents.entry().id.clone()),
        run_id: record.id.clone(),
        message: message.clone(),
        replace_from: request.replace_from.clone(),
        cancelled_call: ToolOutcome::error("The visitor did not allow this."),
    };
    match shared
        .threads
        .begin(&request.owner, beginning.clone())
        .await
    {
        Err(BeginError::RunInProgress(run)) if !shared.runs.is_live(&run).await? => {
            lost::close_thread(shared, &request.owner, &record.thread_id, &run).await?;
            Ok(shared.threads.begin(&request.owner, beginning).await?)
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
