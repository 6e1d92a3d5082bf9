//! Threads in this process.

use super::{BeginError, Beginning, Begun, Cursor, Progress, Resumption, ThreadStore};
use crate::domain::{
    AgentId, Message, OwnerId, Pause, Role, RunId, StoreError, THREADS_PER_OWNER, Thread,
    ThreadDetail, ThreadId,
};
use async_trait::async_trait;
use dashmap::DashMap;
use jiff::Timestamp;
use std::{cmp::Reverse, collections::HashMap};

/// Threads in memory, by owner: whoever looks for a thread finds only their own.
#[derive(Default)]
pub struct MemoryThreads {
    owners: DashMap<OwnerId, HashMap<ThreadId, Stored>>,
}

struct Stored {
    thread: Thread,
    agent: AgentId,
    active_run: Option<RunId>,
    messages: Vec<StoredMessage>,
    pause: Option<Pause>,
    resumptions: usize,
    remembered: Vec<String>,
}

struct StoredMessage {
    message: Message,
    /// The thread's agent when the message came: who answers it again after an edit.
    agent: AgentId,
}

impl Stored {
    fn new(beginning: &Beginning) -> Self {
        Self {
            thread: Thread {
                id: beginning.thread_id.clone(),
                title: beginning.title.clone(),
                created_at: beginning.message.created_at,
                updated_at: beginning.message.created_at,
            },
            agent: beginning.entry_agent.clone(),
            active_run: None,
            messages: Vec::new(),
            pause: None,
            resumptions: 0,
            remembered: Vec::new(),
        }
    }

    /// Where `replace_from` cuts: all from this index on goes.
    fn cut(&self, beginning: &Beginning) -> Result<usize, BeginError> {
        let Some(id) = &beginning.replace_from else {
            return Ok(self.messages.len());
        };
        let at = self
            .messages
            .iter()
            .position(|stored| stored.message.id == *id);
        let at = at.ok_or(BeginError::MessageNotFound)?;
        match self.messages[at].message.role {
            Role::User => Ok(at),
            Role::Assistant => Err(BeginError::NotAUserMessage),
        }
    }

    fn begin(&mut self, beginning: Beginning) -> Result<Begun, BeginError> {
        let cut = self.cut(&beginning)?;
        if let Some(run) = &self.active_run {
            return Err(BeginError::RunInProgress(run.clone()));
        }
        if let Some(replaced) = self.messages.get(cut) {
            self.agent = replaced.agent.clone();
        }
        self.messages.truncate(cut);
        if self.pause.take().is_some()
            && let Some(last) = self.messages.last_mut()
        {
            last.message.answer_waiting_calls(&beginning.cancelled_call);
        }
        self.resumptions = 0;
        let begun = self.begun();
        self.thread.updated_at = beginning.message.created_at;
        self.active_run = Some(beginning.run_id);
        self.put(beginning.message);
        Ok(begun)
    }

    fn resume(&mut self, resumption: Resumption) -> Result<Begun, BeginError> {
        if let Some(run) = &self.active_run {
            return Err(BeginError::RunInProgress(run.clone()));
        }
        if !resumption.answers(self.pause.as_ref()) {
            return Err(BeginError::NotPaused);
        }
        self.pause = None;
        self.resumptions += 1;
        if let Some(last) = self.messages.last_mut() {
            for (id, outcome) in &resumption.outcomes {
                last.message.answer_call(id, outcome);
            }
        }
        self.remembered.extend(resumption.remember);
        self.thread.updated_at = Timestamp::now();
        self.active_run = Some(resumption.run_id);
        Ok(self.begun())
    }

    fn begun(&self) -> Begun {
        let messages = self.messages.iter();
        Begun {
            agent: self.agent.clone(),
            history: messages.map(|stored| stored.message.clone()).collect(),
            resumptions: self.resumptions,
            remembered: self.remembered.clone(),
        }
    }

    fn put(&mut self, message: Message) {
        // What changes is at the end, so looking from there finds it at once.
        match self
            .messages
            .iter_mut()
            .rev()
            .find(|stored| stored.message.id == message.id)
        {
            Some(known) => known.message = message,
            None => self.messages.push(StoredMessage {
                message,
                agent: self.agent.clone(),
            }),
        }
    }

    fn detail(&self) -> ThreadDetail {
        ThreadDetail {
            thread: self.thread.clone(),
            agent: self.agent.clone(),
            active_run_id: self.active_run.clone(),
            messages: self
                .messages
                .iter()
                .map(|stored| stored.message.clone())
                .collect(),
            interrupts: self
                .pause
                .as_ref()
                .map(|pause| pause.interrupts.clone())
                .unwrap_or_default(),
            next_before: None,
        }
    }
}

#[async_trait]
impl ThreadStore for MemoryThreads {
    async fn list(
        &self,
        owner: &OwnerId,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Vec<Thread>, StoreError> {
        let Some(threads) = self.owners.get(owner) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<&Thread> = threads
            .values()
            .map(|stored| &stored.thread)
            .filter(|thread| {
                cursor.is_none_or(|c| (thread.updated_at, &thread.id) < (c.updated_at, &c.id))
            })
            .collect();
        found.sort_by_key(|thread| Reverse((thread.updated_at, &thread.id)));
        Ok(found.into_iter().take(limit).cloned().collect())
    }

    async fn get(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<ThreadDetail>, StoreError> {
        Ok(self
            .owners
            .get(owner)
            .and_then(|threads| threads.get(id).map(Stored::detail)))
    }

    async fn begin(&self, owner: &OwnerId, beginning: Beginning) -> Result<Begun, BeginError> {
        if beginning.exists {
            let mut threads = self
                .owners
                .get_mut(owner)
                .ok_or(BeginError::ThreadNotFound)?;
            let stored = threads
                .get_mut(&beginning.thread_id)
                .ok_or(BeginError::ThreadNotFound)?;
            return stored.begin(beginning);
        }
        let mut threads = self.owners.entry(owner.clone()).or_default();
        if threads.len() >= THREADS_PER_OWNER {
            return Err(BeginError::LimitReached);
        }
        let mut stored = Stored::new(&beginning);
        let id = beginning.thread_id.clone();
        let begun = stored.begin(beginning)?;
        threads.insert(id, stored);
        Ok(begun)
    }

    async fn resume(&self, owner: &OwnerId, resumption: Resumption) -> Result<Begun, BeginError> {
        let mut threads = self
            .owners
            .get_mut(owner)
            .ok_or(BeginError::ThreadNotFound)?;
        let stored = threads
            .get_mut(&resumption.thread_id)
            .ok_or(BeginError::ThreadNotFound)?;
        stored.resume(resumption)
    }

    async fn pause(&self, owner: &OwnerId, id: &ThreadId) -> Result<Option<Pause>, StoreError> {
        let threads = self.owners.get(owner);
        Ok(threads.and_then(|threads| threads.get(id).and_then(|stored| stored.pause.clone())))
    }

    async fn save(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        run: &RunId,
        messages: &[Message],
        agent: &AgentId,
        progress: Progress,
    ) -> Result<bool, StoreError> {
        let Some(mut threads) = self.owners.get_mut(owner) else {
            return Ok(false);
        };
        let Some(stored) = threads.get_mut(id) else {
            return Ok(false);
        };
        if stored.active_run.as_ref() != Some(run) {
            return Ok(false);
        }
        for message in messages {
            stored.put(message.clone());
        }
        stored.agent = agent.clone();
        stored.thread.updated_at = Timestamp::now();
        match progress {
            Progress::Live => {}
            Progress::Ended => stored.active_run = None,
            Progress::Paused(pause) => {
                stored.active_run = None;
                stored.pause = Some(pause);
            }
        }
        Ok(true)
    }

    async fn rename(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
        title: &str,
    ) -> Result<Option<Thread>, StoreError> {
        let Some(mut threads) = self.owners.get_mut(owner) else {
            return Ok(None);
        };
        Ok(threads.get_mut(id).map(|stored| {
            stored.thread.title = title.to_owned();
            stored.thread.clone()
        }))
    }

    async fn delete(
        &self,
        owner: &OwnerId,
        id: &ThreadId,
    ) -> Result<Option<Option<RunId>>, StoreError> {
        let Some(mut threads) = self.owners.get_mut(owner) else {
            return Ok(None);
        };
        Ok(threads.remove(id).map(|stored| stored.active_run))
    }

    async fn delete_owner(&self, owner: &OwnerId) -> Result<Vec<RunId>, StoreError> {
        let Some((_, threads)) = self.owners.remove(owner) else {
            return Ok(Vec::new());
        };
        Ok(threads
            .into_values()
            .filter_map(|stored| stored.active_run)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threads::contract;

    #[tokio::test]
    async fn keeps_the_contract() {
        contract::suite(&MemoryThreads::default()).await;
    }
}
