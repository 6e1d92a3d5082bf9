//! Chunks that came together, as one event for async-openai.
//!
//! Its parser and its queue cost more than the chunks themselves, so they get a
//! list. What is no JSON is kept out: it would spoil the list, and async-openai
//! would write it to the log, with what the model said.

use bytes::Bytes;
use memchr::memchr3;
use serde::de::IgnoredAny;

/// A payload is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson;

/// What opens an event that is a list, and what closes it.
const OPEN: &[u8] = b"data: [";
const CLOSE: &[u8] = b"]\n\n";

/// The chunks that came together, as one event: a JSON list in one line.
#[derive(Debug)]
pub(super) struct Batch {
    event: Vec<u8>,
    chunks: u32,
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            event: OPEN.to_vec(),
            chunks: 0,
        }
    }
}

impl Batch {
    /// How many chunks there are.
    pub(super) fn chunks(&self) -> u32 {
        self.chunks
    }

    /// How large the event is so far.
    pub(super) fn bytes(&self) -> usize {
        self.event.len()
    }

    /// The event.
    pub(super) fn finish(mut self) -> Bytes {
        self.event.extend_from_slice(CLOSE);
        self.event.into()
    }

    /// Adds what `write` writes: one chunk.
    pub(super) fn add(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), NotJson> {
        let before = self.event.len();
        if self.chunks > 0 {
            self.event.push(b',');
        }
        let start = self.event.len();
        write(&mut self.event);
        if serde_json::from_slice::<IgnoredAny>(&self.event[start..]).is_err() {
            self.event.truncate(before);
            return Err(NotJson);
        }
        self.chunks += 1;
        Ok(())
    }
}

/// Copies a payload, without what no JSON parser takes: invalid UTF-8 and raw NULs; and without
/// the line breaks of a document, which would end the event.
pub(super) fn clean(payload: &[u8], event: &mut Vec<u8>) {
    let lossy;
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(_) => {
            lossy = String::from_utf8_lossy(payload);
            &lossy
        }
    };
    if memchr3(0, b'\n', b'\r', text.as_bytes()).is_none() {
        event.extend_from_slice(text.as_bytes());
    } else {
        let bytes = text.bytes().filter(|byte| *byte != 0);
        event.extend(bytes.map(|byte| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                byte
            }
        }));
    }
}
