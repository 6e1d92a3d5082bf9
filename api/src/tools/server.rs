//! An MCP server: connected when needed, its list cached, and skipped for a while when it is
//! unavailable.

use super::{
    CallResult, Caller, PendingQuestion, Reply, ServerOutcome,
    connection::{Away, CallContext, Connection},
    definition::Definition,
    http_client::HttpClient,
    identity::Signer,
};
use crate::domain::{JsonObject, ToolServerSpec};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use rmcp::{ServiceError, model::CallToolResponse};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, timeout};

/// How long a list is cached if the server does not say.
const LIST_TTL: Duration = Duration::from_secs(60);
/// The longest that a server may ask for, so that changes are noticed the same day.
const LIST_TTL_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// Time limit for connecting and listing; a turn waits less.
const READY_WITHIN: Duration = Duration::from_secs(15);
/// How long an unavailable server is skipped: doubled each time, between these.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often a server may ask to be called again without a question.
const RETRIES: usize = 10;
const RETRY_PAUSE: Duration = Duration::from_millis(200);

#[derive(Clone)]
pub(super) struct Ready {
    connection: Arc<Connection>,
    pub(super) tools: Arc<[Definition]>,
    until: Instant,
}

type Attempt = Shared<BoxFuture<'static, Result<Ready, Away>>>;

#[derive(Default)]
struct State {
    ready: Option<Ready>,
    attempt: Option<Attempt>,
    failures: u32,
    not_before: Option<Instant>,
}

pub(super) struct Server {
    pub(super) spec: ToolServerSpec,
    http: HttpClient,
    signer: Option<Signer>,
    changed: Arc<AtomicBool>,
    /// Not held across an await.
    state: Mutex<State>,
}

impl Server {
    pub(super) fn new(spec: ToolServerSpec, http: HttpClient, issuer: &str) -> Self {
        let signer = spec
            .identity_secret
            .as_ref()
            .map(|secret| Signer::new(secret, issuer, &spec.name));
        Self {
            spec,
            http,
            signer,
            changed: Arc::default(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connected server with its cached list. Concurrent callers share one attempt, which
    /// continues when they stop waiting.
    pub(super) async fn ready(self: &Arc<Self>) -> Result<Ready, Away> {
        let attempt = {
            let mut state = self.state();
            if let Some(ready) = self.usable(&state) {
                return Ok(ready);
            }
            match &state.attempt {
                Some(attempt) => attempt.clone(),
                None => {
                    if state.not_before.is_some_and(|time| Instant::now() < time) {
                        return Err(Away("it was away a moment ago".to_owned()));
                    }
                    let attempt = Arc::clone(self).attempt(state.ready.clone());
                    state.attempt = Some(attempt.clone());
                    tokio::spawn(attempt.clone());
                    attempt
                }
            }
        };
        attempt.await
    }

    fn usable(&self, state: &State) -> Option<Ready> {
        let ready = state.ready.as_ref()?;
        let good = Instant::now() < ready.until
            && !self.changed.load(Ordering::Acquire)
            && !ready.connection.is_closed();
        good.then(|| ready.clone())
    }

    fn attempt(self: Arc<Self>, last: Option<Ready>) -> Attempt {
        async move {
            let result = timeout(READY_WITHIN, self.refresh(last)).await;
            let result = result.unwrap_or_else(|_| Err(Away("it did not answer in time".into())));
            let mut state = self.state();
            state.attempt = None;
            match &result {
                Ok(ready) => {
                    state.ready = Some(ready.clone());
                    state.failures = 0;
                    state.not_before = None;
                }
                Err(error) => {
                    let (shortest, longest) = BACKOFF;
                    let wait = (shortest * 2u32.pow(state.failures.min(6))).min(longest);
                    state.failures += 1;
                    state.not_before = Some(Instant::now() + wait);
                    state.ready = None;
                    tracing::warn!(server = self.spec.name, %error, "an MCP server is away");
                }
            }
            result
        }
        .boxed()
        .shared()
    }

    async fn refresh(&self, last: Option<Ready>) -> Result<Ready, Away> {
        // Before fetching the list, so that a change in between leads to another fetch.
        self.changed.store(false, Ordering::Release);
        let kept = last
            .map(|ready| ready.connection)
            .filter(|connection| !connection.is_closed());
        if let Some(connection) = kept
            && let Ok(listed) = connection.list().await
        {
            return Ok(self.listed(connection, listed));
        }
        let connection = Connection::open(&self.spec, &self.http, &self.changed).await?;
        let listed = connection.list().await?;
        Ok(self.listed(Arc::new(connection), listed))
    }

    fn listed(
        &self,
        connection: Arc<Connection>,
        (tools, ttl): (Vec<Definition>, Option<u64>),
    ) -> Ready {
        let ttl = ttl
            .map_or(LIST_TTL, Duration::from_millis)
            .min(LIST_TTL_MAX);
        let offered = |tool: &Definition| {
            let name = &tool.name;
            let enabled = self.spec.enabled.as_ref();
            enabled.is_none_or(|names| names.contains(name)) && !self.spec.disabled.contains(name)
        };
        Ready {
            connection,
            tools: tools.into_iter().filter(offered).collect(),
            until: Instant::now() + ttl,
        }
    }

    /// Calls a tool, or continues a call that asked a question. Calls are never repeated, since a
    /// failed one may have had its effect.
    pub(super) async fn call(
        self: &Arc<Self>,
        tool: &str,
        arguments: JsonObject,
        caller: &Caller,
        answered: Option<(PendingQuestion, Vec<Reply>)>,
    ) -> CallResult {
        let Ok(ready) = self.ready().await else {
            return done("The tool's server is away. Tell the user, and go on without it.");
        };
        if !ready.tools.iter().any(|known| known.name == tool) {
            return done("There is no such tool any more.");
        }
        let mut answers = answered.map(|(question, answers)| question.respond(answers));
        let calls = async {
            for _ in 0..RETRIES {
                let context = CallContext {
                    identity: self.signer.as_ref().and_then(|signer| signer.sign(caller)),
                    answers: answers.take(),
                };
                let response = ready
                    .connection
                    .call(tool, arguments.clone(), context)
                    .await;
                match self.read(tool, response) {
                    CallResult::Question(question) if question.is_retry() => {
                        answers = Some(question.respond(Vec::new()));
                        tokio::time::sleep(RETRY_PAUSE).await;
                    }
                    result => return result,
                }
            }
            done("The tool did not come to an end.")
        };
        timeout(self.spec.timeout, calls).await.unwrap_or_else(|_| {
            tracing::warn!(server = self.spec.name, tool, "a tool call took too long");
            done(
                "The tool did not answer in time; it is not known whether the call took effect. \
                 Do not repeat it without asking the user.",
            )
        })
    }

    fn read(&self, tool: &str, response: Result<CallToolResponse, ServiceError>) -> CallResult {
        match response {
            Ok(CallToolResponse::Complete(result)) => CallResult::Done(result.into()),
            Ok(CallToolResponse::InputRequired(required)) => PendingQuestion::new(required)
                .map_or_else(
                    || done("The tool asks for something that this chat cannot give."),
                    CallResult::Question,
                ),
            Ok(_) => done("The tool wants to go on in the background, which this chat cannot do."),
            Err(ServiceError::McpError(error)) => {
                tracing::warn!(
                    server = self.spec.name,
                    tool,
                    code = error.code.0,
                    "a call was refused"
                );
                CallResult::Done(ServerOutcome::refused(&error.message))
            }
            Err(error) => {
                tracing::warn!(server = self.spec.name, tool, %error, "a tool call failed");
                done(
                    "The connection to the tool's server broke; it is not known whether the call \
                     took effect. Do not repeat it without asking the user.",
                )
            }
        }
    }
}

fn done(sentence: &str) -> CallResult {
    CallResult::Done(ServerOutcome::error(sentence))
}
