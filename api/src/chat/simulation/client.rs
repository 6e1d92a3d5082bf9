//! A client that repeats unanswered requests, resumes broken streams, and compares what it was told
//! with what is stored.

use super::{random::Random, world::World};
use crate::{
    chat::{RunEvents, SendError, SendRequest, Task},
    domain::{
        AnswerStatus, HostPage, Interrupt, InterruptAnswer, Message, MessageStatus, OwnerId,
        PageTool, RunEvent, RunId, RunStatus, Session, ThreadId, ToolCallId, ToolOrigin,
    },
    runs::{Idempotency, RunStore},
    sessions::{Allowance, SessionRef},
    threads::{BeginError, Page, ThreadStore},
};
use futures_util::StreamExt;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{Instant, timeout};

const MESSAGES: usize = 3;
/// How long the client waits before it tries another replica.
const TIMEOUT: Duration = Duration::from_secs(45);

pub(super) struct Client {
    world: Arc<World>,
    random: Random,
    owner: OwnerId,
    thread: Option<ThreadId>,
    title: Option<String>,
    runs: Vec<RunId>,
    /// The results of page tools that were acknowledged by the run that resumed with them.
    results: BTreeMap<ToolCallId, Value>,
}

/// The end of a run, as told to the client.
struct Told {
    text: String,
    status: RunStatus,
    interrupts: Vec<Interrupt>,
}

impl Client {
    pub(super) fn new(world: Arc<World>, number: u64) -> Self {
        Self {
            random: Random::new(world.seed ^ (number << 32)),
            world,
            owner: OwnerId::generate(),
            thread: None,
            title: None,
            runs: Vec::new(),
            results: BTreeMap::new(),
        }
    }

    async fn sign_in(&self) -> SessionRef {
        let session = Session {
            owner: self.owner.clone(),
            ephemeral: false,
            site_id: None,
            user_id: None,
            api_key: None,
            key_source: None,
            model: None,
            fallback_model: None,
            model_checked: false,
            created_at: Timestamp::now(),
        };
        let token = self.world.sessions.create(&session).await.unwrap();
        token.session()
    }

    pub(super) async fn run(mut self) {
        let session = self.sign_in().await;
        let mut told = Vec::new();
        for n in 0..MESSAGES {
            let text = format!("message {n}");
            let run = self.converse(&session, &text).await;
            told.push((text, run));
            self.rename(n).await;
        }
        self.check(&told).await;
        match self.random.below(4) {
            0 => self.delete_thread().await,
            1 => self.forget(&session).await,
            _ => {}
        }
    }

    /// Reads an answer while the stores go away; gives how long the stream went on, and how often
    /// it said that it lives.
    pub(super) async fn read_without_stores(self) -> (Duration, usize) {
        let session = self.sign_in().await;
        let mut stream = loop {
            let request = self.request(&session, self.message("hello"), "hello");
            if let Ok(RunEvents::Stream(stream)) = self.world.engine().send(request).await {
                break stream;
            }
        };
        stream.next().await.unwrap().unwrap();
        self.world.away.store(true, Ordering::Relaxed);
        let began = Instant::now();
        let mut comments = 0;
        while let Some(Ok(bytes)) = stream.next().await {
            comments += usize::from(bytes.starts_with(b":"));
        }
        (began.elapsed(), comments)
    }

    /// Reads an answer while the stores are away for longer than a run waits for them; gives its
    /// status.
    pub(super) async fn converse_without_stores(mut self) -> RunStatus {
        let session = self.sign_in().await;
        let world = Arc::clone(&self.world);
        let begins = Duration::from_millis(self.random.below(6_000));
        let outage = async {
            // pause: until the outage; the clock is paused
            tokio::time::sleep(begins).await;
            world.away.store(true, Ordering::Relaxed);
            // pause: the outage; the clock is paused
            tokio::time::sleep(2 * TIMEOUT).await;
            world.away.store(false, Ordering::Relaxed);
        };
        let (told, ()) = tokio::join!(self.converse(&session, "hello"), outage);
        let status = told.status;
        self.check(&[("hello".to_owned(), told)]).await;
        status
    }

    /// Has the data of an expired session deleted while the stores are away.
    pub(super) async fn expire_without_stores(mut self) {
        let session = self.sign_in().await;
        self.converse(&session, "hello").await;
        self.world.away.store(true, Ordering::Relaxed);
        self.world.engine().forget_expired_owner(self.owner.clone());
        // pause: many tries fail; the clock is paused
        tokio::time::sleep(4 * TIMEOUT).await;
        let threads = self.world.threads.list(&self.owner, 1, None).await;
        assert_eq!(threads.unwrap().len(), 1);
        self.world.away.store(false, Ordering::Relaxed);
        self.is_forgotten().await;
    }

    /// Asks for the deletion of everything while the stores are away.
    pub(super) async fn delete_without_stores(mut self) {
        let session = self.sign_in().await;
        self.converse(&session, "hello").await;
        self.world
            .sessions
            .issue_mcp_token(&self.owner)
            .await
            .unwrap();
        self.world.away.store(true, Ordering::Relaxed);
        let refused = self.world.engine().forget_owner(&self.owner).await;
        assert!(refused.is_err());
        self.world.away.store(false, Ordering::Relaxed);
        self.world.crash(0);
        // pause: whatever is still under way happens
        tokio::time::sleep(TIMEOUT).await;
        let threads = self.world.threads.list(&self.owner, 1, None).await;
        assert_eq!(threads.unwrap().len(), 1);
        let tokens = self.world.sessions.list_mcp_tokens(&self.owner).await;
        assert_eq!(tokens.unwrap().len(), 1);
        assert!(self.world.sessions.to_forget().await.unwrap().is_empty());
    }

    fn message(&self, text: &str) -> Task {
        Task::Message {
            text: text.to_owned(),
            thread_id: self.thread.clone(),
            replace_from: None,
        }
    }

    /// Sends a message, and the results of page tools that the answer waits for, until it ends.
    async fn converse(&mut self, session: &SessionRef, text: &str) -> Told {
        let message = self.message(text);
        let mut told = self.answer(session, message, text).await.unwrap();
        while told.status == RunStatus::Interrupted {
            let key = format!("resume {}", told.interrupts[0].id);
            let results: Vec<_> = told.interrupts.iter().map(|_| self.random.next()).collect();
            let answers = told.interrupts.iter().zip(&results);
            let resume = Task::Resume {
                thread_id: self.thread.clone().unwrap(),
                answers: answers
                    .map(|(interrupt, result)| InterruptAnswer {
                        interrupt_id: interrupt.id.clone(),
                        status: AnswerStatus::Resolved,
                        payload: Some(json!({"result": {"seen": result}})),
                    })
                    .collect(),
            };
            let Some(resumed) = self.answer(session, resume, &key).await else {
                // The run resumed and was lost before anything of it was acknowledged.
                told.status = RunStatus::Failed;
                return told;
            };
            for (interrupt, result) in told.interrupts.iter().zip(results) {
                let call = interrupt.tool_call_id.clone();
                self.results.insert(call, json!({"seen": result}));
            }
            told = Told {
                text: told.text + &resumed.text,
                ..resumed
            };
        }
        told
    }

    /// Sends a request until it is answered, and reads the run to its end. `None` if the thread
    /// waits for no results any more.
    async fn answer(&mut self, session: &SessionRef, task: Task, key: &str) -> Option<Told> {
        let mut events = Vec::new();
        let mut run = None;
        loop {
            let engine = self.world.engine();
            let after = events.len() as u64;
            let opened = match &run {
                None => {
                    let request = self.request(session, task.clone(), key);
                    match timeout(TIMEOUT, engine.send(request)).await {
                        Ok(Ok(stream)) => Some(stream),
                        Ok(Err(SendError::Begin(BeginError::ThreadNotFound))) => {
                            panic!("the thread is gone")
                        }
                        Ok(Err(SendError::InvalidAnswer(why))) => panic!("{why}"),
                        Ok(Err(SendError::Begin(BeginError::NotPaused))) => return None,
                        Ok(Err(_)) | Err(_) => None,
                    }
                }
                Some(run) => {
                    let opened = engine.events(&self.owner, run, after, session.clone());
                    match timeout(TIMEOUT, opened).await {
                        Ok(Ok(Some(stream))) => Some(stream),
                        Ok(Ok(None)) => panic!("the run is gone"),
                        Ok(Err(_)) | Err(_) => None,
                    }
                }
            };
            if let Some(RunEvents::Stream(mut stream)) = opened {
                // Sometimes the connection breaks.
                let mut left = if self.random.chance(20) {
                    self.random.below(4)
                } else {
                    1_000
                };
                while left > 0
                    && let Ok(Some(Ok(bytes))) = timeout(TIMEOUT, stream.next()).await
                {
                    left -= 1;
                    parse(&bytes, &mut events);
                }
            }
            if let Some(
                RunEvent::UserMessage {
                    run_id, thread_id, ..
                }
                | RunEvent::Resumed { run_id, thread_id },
            ) = events.first()
            {
                run = Some(run_id.clone());
                self.thread = Some(thread_id.clone());
            }
            if let Some(RunEvent::Done {
                status, interrupts, ..
            }) = events.last()
            {
                let ends = events
                    .iter()
                    .filter(|event| matches!(event, RunEvent::Done { .. }));
                assert_eq!(ends.count(), 1, "done comes once");
                self.runs.extend(run);
                return Some(Told {
                    text: said(&events),
                    status: *status,
                    interrupts: interrupts.clone(),
                });
            }
            // pause: before a client reconnects; the clock is paused
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn request(&self, session: &SessionRef, task: Task, key: &str) -> SendRequest {
        SendRequest {
            owner: self.owner.clone(),
            session: session.clone(),
            site: None,
            user_id: None,
            api_key: "sk-simulated".parse().unwrap(),
            model: None,
            default_model: "model".parse().unwrap(),
            task,
            page: HostPage {
                tools: vec![PageTool {
                    name: "look".to_owned(),
                    description: String::new(),
                    parameters: json!({}),
                    read_only: true,
                }],
                context: None,
            },
            entry_agent: None,
            allowance: Allowance {
                owner: self.owner.clone(),
                messages_per_minute: 0,
                lent: None,
            },
            notices: Vec::new(),
            request_id: "simulated".to_owned(),
            idempotency: Some(Idempotency {
                key: format!("{}:{key}", self.owner),
                body: [0; 32],
            }),
        }
    }

    async fn rename(&mut self, n: usize) {
        let title = format!("title {n}");
        let thread = self.thread.clone().unwrap();
        let engine = self.world.engine();
        let renamed = timeout(TIMEOUT, engine.rename_thread(&self.owner, &thread, &title)).await;
        match renamed {
            Ok(Ok(thread)) => self.title = Some(thread.unwrap().title),
            // The rename may have been done.
            Ok(Err(_)) | Err(_) => self.title = None,
        }
    }

    /// Deletes the thread until that is acknowledged; it does not come back.
    async fn delete_thread(&self) {
        let thread = self.thread.as_ref().unwrap();
        loop {
            let engine = self.world.engine();
            let deleted = engine.delete_thread(&self.owner, thread);
            if let Ok(Ok(_)) = timeout(TIMEOUT, deleted).await {
                break;
            }
        }
        // pause: whatever is still under way happens
        tokio::time::sleep(TIMEOUT).await;
        let page = Page::last(1);
        let found = self.world.threads.get(&self.owner, thread, &page).await;
        assert!(found.unwrap().is_none(), "a deleted thread came back");
    }

    /// Deletes everything in the middle of a run. The threads are gone at once; the logs when
    /// their store allows it, also when the process that promised it dies.
    async fn forget(&mut self, session: &SessionRef) {
        let engine = self.world.engine();
        let request = self.request(session, self.message("last words"), "last words");
        // The stream is dropped: the run goes on by itself.
        let _ = timeout(TIMEOUT, engine.send(request)).await;
        loop {
            let engine = self.world.engine();
            let forgotten = engine.forget_owner(&self.owner);
            if let Ok(Ok(())) = timeout(TIMEOUT, forgotten).await {
                break;
            }
        }
        let threads = self.world.threads.list(&self.owner, 1, None).await.unwrap();
        assert!(threads.is_empty(), "acknowledged, but not deleted");
        self.is_forgotten().await;
    }

    async fn is_forgotten(&self) {
        for _ in 0..60 {
            let threads = self.world.threads.list(&self.owner, 1, None).await.unwrap();
            if threads.is_empty() && self.has_no_log().await {
                return;
            }
            // pause: between two looks
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        panic!("something of a forgotten owner stays");
    }

    async fn has_no_log(&self) -> bool {
        for run in &self.runs {
            if self.world.runs.find(run).await.unwrap().is_some() {
                return false;
            }
        }
        true
    }

    /// Everything that was acknowledged is stored exactly once.
    async fn check(&self, told: &[(String, Told)]) {
        let thread = self.thread.as_ref().unwrap();
        let page = Page::last(100);
        let stored = loop {
            let engine = self.world.engine();
            let read = engine.thread(&self.owner, thread, &page);
            if let Ok(Ok(stored)) = timeout(TIMEOUT, read).await {
                break stored.expect("the thread");
            }
        };
        assert_eq!(stored.active_run_id, None);
        if let Some(title) = &self.title {
            assert_eq!(&stored.thread.title, title, "an acknowledged title stays");
        }
        let mut messages = stored.messages.into_iter().peekable();
        for (text, run) in told {
            let question = messages.next().expect("a question");
            assert_eq!(&question.content, text);
            let mut said = String::new();
            while let Some(answer) = messages.next_if(|message| message.agent.is_some()) {
                said.push_str(&answer.content);
                self.check_calls(&answer, &stored.interrupts);
                let is_last = messages.peek().is_none_or(|next| next.agent.is_none());
                if is_last && run.status == RunStatus::Completed {
                    assert_eq!(answer.status, MessageStatus::Complete);
                }
            }
            match run.status {
                RunStatus::Completed => assert_eq!(said, run.text),
                _ => assert!(
                    said.starts_with(&run.text) || run.text.starts_with(&said),
                    "told {:?}, stored {said:?}",
                    run.text
                ),
            }
        }
        assert!(messages.next().is_none(), "nothing is stored twice");
    }

    /// Every call has a result or can get one, and a page tool the one that was acknowledged.
    fn check_calls(&self, answer: &Message, open: &[Interrupt]) {
        for call in &answer.tool_calls {
            let result = call.result.clone().map(Value::Object);
            let is_open = open.iter().any(|one| one.tool_call_id == call.id);
            assert!(result.is_some() != is_open, "{} waits forever", call.tool);
            if call.origin == ToolOrigin::Page
                && let Some(told) = self.results.get(&call.id)
            {
                assert_eq!(result.as_ref(), Some(told));
            }
        }
    }
}

/// Parses events, which must continue those before.
fn parse(bytes: &[u8], events: &mut Vec<RunEvent>) {
    let text = std::str::from_utf8(bytes).unwrap();
    for block in text
        .split_terminator("\n\n")
        .filter(|block| !block.starts_with(':'))
    {
        let (id, data) = block.split_once('\n').unwrap();
        let id: usize = id.strip_prefix("id: ").unwrap().parse().unwrap();
        assert_eq!(id, events.len() + 1, "ids count without gaps");
        events.push(serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap());
    }
}

fn said(events: &[RunEvent]) -> String {
    let deltas = events.iter().filter_map(|event| match event {
        RunEvent::ContentDelta { delta } => Some(delta.as_str()),
        _ => None,
    });
    deltas.collect()
}
