//! Records requests, for tests that check them.

use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many requests are remembered.
const REMEMBERED: usize = 2_000;

/// One request for an answer. Holds no key, only what kind it was.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SeenRequest {
    pub(crate) model: String,
    /// How many messages there were.
    pub(crate) messages: usize,
    /// The tools offered.
    pub(crate) tools: Vec<String>,
    pub(crate) last_user: String,
    /// `demo`, `test` or `refused`.
    pub(crate) key: &'static str,
    /// The status of the response.
    pub(crate) status: u16,
    /// Pieces of text and calls sent so far.
    pub(crate) chunks_sent: usize,
    /// The answer was sent to its end, or to the fault that was asked for.
    pub(crate) complete: bool,
    /// The client left before that.
    pub(crate) disconnected: bool,
}

/// All requests, oldest first, and what is under way.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Record>>);

#[derive(Debug, Default, Serialize)]
struct Record {
    requests: VecDeque<SeenRequest>,
    open_streams: usize,
    model_lists: usize,
    #[serde(skip)]
    forgotten: usize,
}

impl Seen {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&*self.record()).unwrap_or_default()
    }

    pub(crate) fn listed_models(&self) {
        self.record().model_lists += 1;
    }

    /// Remembers a request; its number is for [`Seen::open`].
    pub(crate) fn add(&self, request: SeenRequest) -> usize {
        let mut record = self.record();
        if record.requests.len() == REMEMBERED {
            record.requests.pop_front();
            record.forgotten += 1;
        }
        record.requests.push_back(request);
        record.forgotten + record.requests.len() - 1
    }

    /// The stream of request `number` begins.
    pub(crate) fn open(&self, number: usize) -> OpenStream {
        self.record().open_streams += 1;
        OpenStream {
            seen: self.clone(),
            number,
            chunks: 0,
            complete: false,
        }
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut SeenRequest)) {
        let mut record = self.record();
        let place = number.checked_sub(record.forgotten);
        if let Some(request) = place.and_then(|place| record.requests.get_mut(place)) {
            change(request);
        }
    }
}

/// A stream under way. When it is dropped before its end, the client has left.
#[derive(Debug)]
pub(crate) struct OpenStream {
    seen: Seen,
    number: usize,
    chunks: usize,
    complete: bool,
}

impl OpenStream {
    /// One more piece was sent.
    pub(crate) fn sent(&mut self) {
        self.chunks += 1;
        // Under way the count is told now and then only: it must not slow the stream.
        if self.chunks.is_multiple_of(64) || self.chunks < 64 {
            self.seen
                .change(self.number, |request| request.chunks_sent = self.chunks);
        }
    }

    /// All was sent that was to be sent.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
        self.seen
            .change(self.number, |request| request.complete = true);
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.seen.record().open_streams -= 1;
        self.seen.change(self.number, |request| {
            request.chunks_sent = self.chunks;
            request.disconnected = !self.complete;
        });
    }
}
