//! One answer on its way: bytes in, events out, up to its one end.
//!
//! Polling is the backpressure: no byte is read before the events of the last ones were taken.

use super::{
    assemble::Assembly,
    chat_reader::ChatReader,
    end_of_body::EndOfBody,
    error::ProviderError,
    error_kind::ProviderErrorKind,
    form::Protocol,
    model::ModelEvent,
    response_reader::ResponseReader,
    sse::{Decoder, Event, TooLong},
    transport::{BURST_GAP, Body},
};
use bytes::Bytes;
use std::pin::pin;
use tokio::time::{sleep, timeout_at};

/// How much of a burst is gathered before it is told.
const BURST_BYTES: usize = 32 * 1024;

/// An answer that is being read.
pub(super) struct Answer {
    body: Body,
    decoder: Decoder,
    reader: Reader,
    assembly: Assembly,
    /// The end of the answer, reported after the events before it.
    failure: Option<ProviderError>,
    has_ended: bool,
}

/// The protocol of an answer.
enum Reader {
    Chat(ChatReader),
    Responses(ResponseReader),
}

impl Answer {
    /// The answer in `body` to a request that offers these tools.
    pub(super) fn new(body: Body, protocol: Protocol, offered: Vec<String>) -> Self {
        Self {
            body,
            decoder: Decoder::default(),
            reader: match protocol {
                Protocol::Chat => Reader::Chat(ChatReader::default()),
                Protocol::Responses => Reader::Responses(ResponseReader::default()),
            },
            assembly: Assembly::new(offered),
            failure: None,
            has_ended: false,
        }
    }

    /// The next events, which arrived together; `None` after the last ones.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<ModelEvent>, ProviderError>> {
        loop {
            let events = self.assembly.take_events();
            if !events.is_empty() {
                return Some(Ok(events));
            }
            if let Some(failure) = self.failure.take() {
                return Some(Err(failure));
            }
            if self.has_ended {
                return None;
            }
            self.read().await;
        }
    }

    /// Reads on.
    async fn read(&mut self) {
        let ends_at = match &self.reader {
            Reader::Chat(reader) => reader.ends_at(),
            Reader::Responses(_) => None,
        };
        let piece = match ends_at {
            None => self.body.next().await,
            Some(at) => match timeout_at(at, self.body.next()).await {
                Ok(piece) => piece,
                Err(_) => Ok(None),
            },
        };
        self.take(piece);
        if self.body.is_burst() {
            self.gather().await;
        }
        if self.is_done() && !self.has_ended {
            self.end(EndOfBody::Whole);
            self.body.drain().await;
        }
    }

    /// Takes the pieces of a burst that follow at once. They are awaited, for a moment: the
    /// connection's task hands them over one by one, and runs when this one waits.
    async fn gather(&mut self) {
        let mut over = pin!(sleep(BURST_GAP));
        let mut bytes = 0;
        while !self.has_ended && !self.is_done() && bytes < BURST_BYTES {
            let piece = tokio::select! {
                biased;
                piece = self.body.next() => piece,
                () = &mut over => return,
            };
            if let Ok(Some(piece)) = &piece {
                bytes += piece.len();
            }
            self.take(piece);
        }
    }

    fn is_done(&self) -> bool {
        let says_so = match &self.reader {
            Reader::Chat(_) => false,
            Reader::Responses(reader) => reader.is_done(),
        };
        says_so || self.decoder.is_done()
    }

    fn take(&mut self, piece: Result<Option<Bytes>, ProviderError>) {
        let Self {
            decoder,
            reader,
            assembly,
            ..
        } = self;
        let mut sink = |event: Event<'_>| match reader {
            Reader::Chat(reader) => reader.take(event, assembly),
            Reader::Responses(reader) => reader.take(event, assembly),
        };
        let taken = match piece {
            Ok(Some(bytes)) => decoder.push(&bytes, &mut sink),
            Ok(None) => match decoder.end(&mut sink) {
                Ok(()) => return self.end(EndOfBody::Whole),
                Err(error) => Err(error),
            },
            Err(error) => return self.end(EndOfBody::Broken(error)),
        };
        if let Err(error) = taken {
            self.fail(error);
        }
    }

    /// The body has ended: tells the end of the answer, or why it is none.
    fn end(&mut self, how: EndOfBody) {
        self.has_ended = true;
        self.assembly.flush();
        let reason = match &self.reader {
            Reader::Chat(reader) => reader.end(how, &self.assembly),
            Reader::Responses(reader) => reader.end(how, &self.assembly),
        };
        let finished = reason.and_then(|reason| self.assembly.finish(reason));
        self.failure = finished.err();
    }

    fn fail(&mut self, error: ProviderError) {
        self.has_ended = true;
        self.assembly.flush();
        self.failure = Some(error);
    }
}

impl From<TooLong> for ProviderError {
    fn from(_: TooLong) -> Self {
        let detail = "one event of the answer passed its size limit";
        Self::new(ProviderErrorKind::OutputTooLong, detail)
    }
}
