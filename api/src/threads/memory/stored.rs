//! A thread in memory and the changes that runs make to it.

use crate::{
    connect::memory::Size,
    domain::{AgentId, Message, MessageId, Pause, Role, RunId, Thread, ThreadDetail},
    threads::{BeginError, Beginning, Begun, Page, PageError, Progress, Resumption},
};
use jiff::Timestamp;
use std::sync::Arc;

pub(super) struct Stored {
    pub(super) thread: Thread,
    pub(super) agent: AgentId,
    pub(super) active_run: Option<RunId>,
    /// Shared, so that a search can read them without holding the map.
    pub(super) messages: Vec<StoredMessage>,
    pub(super) pause: Option<Pause>,
    pub(super) renamed_at: Timestamp,
    resumptions: usize,
    remembered: Vec<String>,
}

#[derive(Clone)]
pub(super) struct StoredMessage {
    pub(super) message: Arc<Message>,
    /// The thread's agent when the message was sent, which answers again after an edit.
    agent: AgentId,
}

impl Stored {
    pub(super) fn new(beginning: &Beginning) -> Self {
        let at = beginning.message.created_at;
        Self {
            thread: Thread {
                id: beginning.thread_id.clone(),
                title: beginning.title.clone(),
                created_at: at,
                updated_at: at,
            },
            agent: beginning.entry_agent.clone(),
            active_run: None,
            messages: Vec::new(),
            pause: None,
            renamed_at: at,
            resumptions: 0,
            remembered: Vec::new(),
        }
    }

    pub(super) fn size(&self) -> Size {
        self.size_of(0..self.messages.len())
    }

    fn size_of(&self, range: std::ops::Range<usize>) -> Size {
        let messages = self.messages[range].iter();
        messages
            .map(|stored| Size::of_one(stored.message.bytes()))
            .sum()
    }

    fn position(&self, id: &MessageId) -> Option<usize> {
        // The message is usually near the end.
        self.messages
            .iter()
            .rposition(|stored| stored.message.id == *id)
    }

    fn check_idle(&self) -> Result<(), BeginError> {
        match &self.active_run {
            Some(run) => Err(BeginError::RunInProgress(run.clone())),
            None => Ok(()),
        }
    }

    fn cut(&self, beginning: &Beginning) -> Result<usize, BeginError> {
        let Some(id) = &beginning.replace_from else {
            return Ok(self.messages.len());
        };
        let at = self.position(id).ok_or(BeginError::MessageNotFound)?;
        match self.messages[at].message.role {
            Role::User => Ok(at),
            Role::Assistant => Err(BeginError::NotAUserMessage),
        }
    }

    /// Begins in a thread that exists, after taking back an earlier try of the same request.
    pub(super) fn go_on(
        &mut self,
        mut beginning: Beginning,
        has_room: impl FnOnce(usize, usize) -> bool,
    ) -> Result<Begun, BeginError> {
        match self.position(&beginning.message.id) {
            Some(at) => {
                self.active_run.take_if(|run| *run == beginning.run_id);
                self.check_idle()?;
                if at + 1 < self.messages.len() {
                    return Err(BeginError::AlreadyBegun);
                }
                self.messages.truncate(at);
                beginning.replace_from = None;
            }
            None if !beginning.exists => return Err(BeginError::AlreadyBegun),
            None => {}
        }
        self.begin(beginning, has_room)
    }

    /// `has_room`: whether the owner's data may lose and gain this many bytes.
    pub(super) fn begin(
        &mut self,
        beginning: Beginning,
        has_room: impl FnOnce(usize, usize) -> bool,
    ) -> Result<Begun, BeginError> {
        let cut = self.cut(&beginning)?;
        self.check_idle()?;
        beginning.fits(cut, self.size_of(0..cut).bytes)?;
        let replaced = self.size_of(cut..self.messages.len()).bytes;
        if !has_room(replaced, beginning.message.bytes()) {
            return Err(BeginError::OwnerFull);
        }
        if let Some(replaced) = self.messages.get(cut) {
            self.agent = replaced.agent.clone();
        }
        self.messages.truncate(cut);
        if self.pause.take().is_some()
            && let Some(last) = self.messages.last_mut()
        {
            Arc::make_mut(&mut last.message).answer_waiting_calls(&beginning.cancelled_call);
        }
        self.resumptions = 0;
        let begun = self.begun();
        self.thread.updated_at = beginning.message.created_at;
        self.active_run = Some(beginning.run_id);
        self.put(beginning.message);
        Ok(begun)
    }

    pub(super) fn resume(&mut self, resumption: Resumption) -> Result<Begun, BeginError> {
        if self.active_run.as_ref() == Some(&resumption.run_id) {
            return Ok(self.begun());
        }
        self.check_idle()?;
        if !resumption.answers(self.pause.as_ref()) {
            return Err(BeginError::NotPaused);
        }
        self.pause = None;
        self.resumptions += 1;
        if let Some(last) = self.messages.last_mut() {
            let last = Arc::make_mut(&mut last.message);
            for (id, outcome) in &resumption.outcomes {
                last.answer_call(id, outcome);
            }
        }
        self.remembered.extend(resumption.remember);
        self.thread.updated_at = Timestamp::now();
        self.active_run = Some(resumption.run_id);
        Ok(self.begun())
    }

    fn begun(&self) -> Begun {
        Begun {
            agent: self.agent.clone(),
            history: self.copy(0..self.messages.len()),
            resumptions: self.resumptions,
            remembered: self.remembered.clone(),
        }
    }

    pub(super) fn save(&mut self, messages: &[Message], agent: &AgentId, progress: Progress) {
        for message in messages {
            self.put(message.clone());
        }
        self.agent = agent.clone();
        self.thread.updated_at = Timestamp::now();
        match progress {
            Progress::Live => {}
            Progress::Ended => self.active_run = None,
            Progress::Paused(pause) => {
                self.active_run = None;
                self.pause = Some(pause);
            }
        }
    }

    fn put(&mut self, message: Message) {
        match self.position(&message.id) {
            Some(at) => self.messages[at].message = Arc::new(message),
            None => self.messages.push(StoredMessage {
                message: Arc::new(message),
                agent: self.agent.clone(),
            }),
        }
    }

    pub(super) fn detail(&self, page: &Page) -> Result<ThreadDetail, PageError> {
        let end = match &page.before {
            Some(id) => self.position(id).ok_or(PageError::MessageNotFound)?,
            None => self.messages.len(),
        };
        let start = end.saturating_sub(page.limit);
        let messages = self.copy(start..end);
        Ok(ThreadDetail {
            thread: self.thread.clone(),
            agent: self.agent.clone(),
            active_run_id: self.active_run.clone(),
            next_before: messages
                .first()
                .filter(|_| start > 0)
                .map(|oldest| oldest.id.clone()),
            messages,
            interrupts: self
                .pause
                .as_ref()
                .map(|pause| pause.interrupts.clone())
                .unwrap_or_default(),
            resumptions: self.resumptions,
        })
    }

    fn copy(&self, range: std::ops::Range<usize>) -> Vec<Message> {
        let messages = self.messages[range].iter();
        messages.map(|stored| (*stored.message).clone()).collect()
    }

    /// When the thread last got a message or a new title.
    pub(super) fn touched_at(&self) -> Timestamp {
        self.thread.updated_at.max(self.renamed_at)
    }
}
