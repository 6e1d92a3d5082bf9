//! A client that repeats unanswered requests, resumes broken streams, and compares what it was told
//! with what is stored.

use super::{random::Random, world::World};
use crate::{
    chat::{RunEvents, SendError, SendRequest, Task},
    domain::{HostPage, MessageStatus, OwnerId, RunEvent, RunId, RunStatus, Session, ThreadId},
    runs::{Idempotency, RunStore},
    sessions::{Allowance, SessionRef},
    threads::{BeginError, Page, ThreadStore},
};
use futures_util::StreamExt;
use jiff::Timestamp;
use std::{
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
}

/// The end of a run, as told to the client.
struct Told {
    text: String,
    status: RunStatus,
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
            let request = self.request(&session, "hello");
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

    /// Sends a message until it is answered, and reads the run to its end.
    async fn converse(&mut self, session: &SessionRef, text: &str) -> Told {
        let mut events = Vec::new();
        let mut run = None;
        loop {
            let engine = self.world.engine();
            let after = events.len() as u64;
            let opened = match &run {
                None => {
                    let request = self.request(session, text);
                    match timeout(TIMEOUT, engine.send(request)).await {
                        Ok(Ok(stream)) => Some(stream),
                        Ok(Err(SendError::Begin(BeginError::ThreadNotFound))) => {
                            panic!("the thread is gone")
                        }
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
            if let Some(RunEvent::UserMessage {
                run_id, thread_id, ..
            }) = events.first()
            {
                run = Some(run_id.clone());
                self.thread = Some(thread_id.clone());
            }
            if let Some(RunEvent::Done { status, .. }) = events.last() {
                let ends = events
                    .iter()
                    .filter(|event| matches!(event, RunEvent::Done { .. }));
                assert_eq!(ends.count(), 1, "done comes once");
                let status = *status;
                self.runs.extend(run);
                return Told {
                    text: said(&events),
                    status,
                };
            }
            // pause: before a client reconnects; the clock is paused
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    fn request(&self, session: &SessionRef, text: &str) -> SendRequest {
        SendRequest {
            owner: self.owner.clone(),
            session: session.clone(),
            site: None,
            user_id: None,
            api_key: "sk-simulated".parse().unwrap(),
            model: None,
            default_model: "model".parse().unwrap(),
            task: Task::Message {
                text: text.to_owned(),
                thread_id: self.thread.clone(),
                replace_from: None,
            },
            page: HostPage::default(),
            entry_agent: None,
            allowance: Allowance {
                owner: self.owner.clone(),
                messages_per_minute: 0,
                lent: None,
            },
            notices: Vec::new(),
            request_id: "simulated".to_owned(),
            idempotency: Some(Idempotency {
                key: format!("{}:{text}", self.owner),
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
    /// their store allows it, if the process that promised it lives so long.
    async fn forget(&mut self, session: &SessionRef) {
        let engine = self.world.engine();
        let request = self.request(session, "last words");
        // The stream is dropped: the run goes on by itself.
        let _ = timeout(TIMEOUT, engine.send(request)).await;
        let process = loop {
            let (process, engine) = self.world.replica();
            let forgotten = engine.forget_owner(&self.owner);
            if let Ok(Ok(())) = timeout(TIMEOUT, forgotten).await {
                break process;
            }
        };
        for _ in 0..20 {
            let threads = self.world.threads.list(&self.owner, 1, None).await.unwrap();
            assert!(threads.is_empty(), "deleted threads came back");
            if self.world.is_dead(process) || self.has_no_log().await {
                return;
            }
            // pause: between two looks
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        panic!("the logs of a forgotten owner stay");
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
