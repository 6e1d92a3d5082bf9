//! A reader of a run: its events as the bytes of an event stream.

use super::{engine::Shared, lost};
use crate::{
    domain::{RunId, StoreError},
    runs::Read,
    sessions::SessionRef,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};
use tokio::time::Instant;

/// A comment goes out at least every 10 s while nothing else does; a little sooner, to be on time.
const HEARTBEAT: Duration = Duration::from_secs(9);
/// A line that begins with a colon is a comment (WHATWG HTML, 9.2.5).
const COMMENT: Bytes = Bytes::from_static(b": \n\n");
/// How long a store may be away before the reader is sent off to try again.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bytes of an event stream.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>> + Send>>;

/// What a reader of a run finds.
pub enum RunEvents {
    /// The run has ended, and nothing is left to read.
    Nothing,
    /// The events, then the live ones.
    Stream(EventStream),
}

struct Reader {
    shared: Arc<Shared>,
    run: RunId,
    after: u64,
    session: SessionRef,
    checked: Instant,
    first: Option<Read>,
}

impl RunEvents {
    pub(super) async fn open(
        shared: Arc<Shared>,
        run: RunId,
        after: u64,
        session: SessionRef,
    ) -> Result<Self, StoreError> {
        let first = match shared.runs.read(&run, after, Duration::ZERO).await? {
            Read::Ended => return Ok(Self::Nothing),
            Read::Quiet => None,
            frames @ Read::Frames { .. } => Some(frames),
        };
        let reader = Reader {
            shared,
            run,
            after,
            session,
            checked: Instant::now(),
            first,
        };
        Ok(Self::Stream(Box::pin(stream::unfold(
            reader,
            |mut reader| async move {
                let bytes = reader.next().await?;
                Some((Ok(bytes), reader))
            },
        ))))
    }
}

impl Reader {
    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        let asked = Instant::now();
        loop {
            if !self.session_lives().await {
                return None;
            }
            // What a reader finds when it begins is no lag: it may be all of an old log.
            let begins = self.first.is_some();
            let read = match self.first.take() {
                Some(first) => Ok(first),
                None => {
                    self.shared
                        .runs
                        .read(&self.run, self.after, self.wait())
                        .await
                }
            };
            match read {
                Ok(Read::Frames { bytes, last }) => {
                    if !begins {
                        let lag = last.saturating_sub(self.after);
                        self.shared.telemetry.meter.reader_lag(lag);
                    }
                    self.after = last;
                    return Some(bytes);
                }
                Ok(Read::Quiet) => {
                    // What a lost run leaves comes with the next read.
                    if let Err(error) = lost::close(&self.shared, &self.run).await {
                        self.shared.telemetry.meter.store_failed(error.store());
                        tracing::warn!(%error, "a quiet run could not be looked after");
                    }
                    return Some(COMMENT);
                }
                Ok(Read::Ended) => return None,
                Err(error) if asked.elapsed() < PATIENCE => {
                    self.shared.telemetry.meter.store_failed(error.store());
                    tracing::warn!(%error, "a reader waits for its store");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    if asked.elapsed() >= HEARTBEAT {
                        return Some(COMMENT);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "a reader gives up on its store");
                    return None;
                }
            }
        }
    }

    /// A reader that has gone can be seen only when something is sent to it, so a run with a short
    /// grace is not read in longer steps than that.
    fn wait(&self) -> Duration {
        HEARTBEAT.min(
            self.shared
                .options
                .run_grace
                .max(Duration::from_millis(100)),
        )
    }

    /// Who signs out stops reading, within a heartbeat.
    async fn session_lives(&mut self) -> bool {
        if self.checked.elapsed() < HEARTBEAT.min(self.wait()) {
            return true;
        }
        self.checked = Instant::now();
        // A store that cannot say is no reason to end an answer.
        self.shared
            .sessions
            .renew(&self.session)
            .await
            .unwrap_or(true)
    }
}
