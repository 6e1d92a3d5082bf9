//! Records requests, for tests that check them.

use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const REMEMBERED: usize = 2_000;

/// A request for an answer, with the kind of its key only.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SeenRequest {
    pub(crate) model: String,
    pub(crate) messages: usize,
    pub(crate) tools: Vec<String>,
    pub(crate) last_user: String,
    /// `demo`, `test` or `refused`.
    pub(crate) key: &'static str,
    pub(crate) status: u16,
    /// Pieces of text and calls sent so far.
    pub(crate) chunks_sent: usize,
    /// Whether the answer was sent to its end, or to the requested fault.
    pub(crate) complete: bool,
    /// Whether the client left before that.
    pub(crate) disconnected: bool,
}

/// All requests, oldest first, and the open streams.
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

    /// Records a request; its number is for [`Seen::open`].
    pub(crate) fn add(&self, request: SeenRequest) -> usize {
        let mut record = self.record();
        if record.requests.len() == REMEMBERED {
            record.requests.pop_front();
            record.forgotten += 1;
        }
        record.requests.push_back(request);
        record.forgotten + record.requests.len() - 1
    }

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

/// An open stream. If it is dropped before its end, the client has left.
#[derive(Debug)]
pub(crate) struct OpenStream {
    seen: Seen,
    number: usize,
    chunks: usize,
    complete: bool,
}

impl OpenStream {
    pub(crate) fn sent(&mut self) {
        self.chunks += 1;
        // Updated now and then, so as not to slow the stream.
        if self.chunks.is_multiple_of(64) || self.chunks < 64 {
            self.seen
                .change(self.number, |request| request.chunks_sent = self.chunks);
        }
    }

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
