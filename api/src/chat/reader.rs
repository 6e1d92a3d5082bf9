//! Reads a run as a stream of SSE bytes.

use super::{context::Context, lost};
use crate::{
    domain::{RunId, StoreError},
    runs::{LogReader, Read, alarm::Alarm},
    sessions::SessionRef,
};
use bytes::Bytes;
use futures_util::{Stream, stream};
use std::{convert::Infallible, pin::Pin, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Interval of comments while there are no events: at least every 10 s, with a margin.
const HEARTBEAT: Duration = Duration::from_secs(9);
/// A line that begins with a colon is a comment (WHATWG HTML, 9.2.5).
const COMMENT: Bytes = Bytes::from_static(b": \n\n");
/// How long the store may be unavailable, in all, before the stream ends and the client reconnects.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// The bytes of an event stream.
pub type EventStream = Pin<Box<dyn Stream<Item = Result<Bytes, Infallible>> + Send>>;

/// The events of a run.
pub enum RunEvents {
    /// The run has ended, and nothing is left to read.
    Nothing,
    /// The events so far, then the live ones.
    Stream(EventStream),
}

struct Reader {
    context: Arc<Context>,
    run: RunId,
    log: Box<dyn LogReader>,
    /// The number of the last event that was read.
    after: u64,
    session: SessionRef,
    /// When the session was last found alive.
    checked: Instant,
    /// When the first read that has failed since the last success began.
    failing_since: Option<Instant>,
    /// Ends a read that takes too long.
    patience: Alarm,
    first: Option<Read>,
    /// Whether the last events were sent.
    is_over: bool,
}

impl RunEvents {
    pub(super) async fn open(
        context: Arc<Context>,
        run: RunId,
        after: u64,
        session: SessionRef,
    ) -> Result<Self, StoreError> {
        let mut log = context.runs.reader(&run, after);
        let first = match log.read(Duration::ZERO).await? {
            Read::Ended => return Ok(Self::Nothing),
            Read::Quiet => None,
            first @ (Read::Events { .. } | Read::Lost) => Some(first),
        };
        // Boxed, since the stream moves it with every read.
        let reader = Box::new(Reader {
            context,
            run,
            log,
            after,
            session,
            checked: Instant::now(),
            failing_since: None,
            patience: Alarm::default(),
            first,
            is_over: false,
        });
        let bytes = stream::unfold(reader, |mut reader| async move {
            let bytes = reader.next().await?;
            Some((Ok(bytes), reader))
        });
        Ok(Self::Stream(Box::pin(bytes)))
    }
}

impl Reader {
    async fn next(&mut self) -> Option<Bytes> {
        match self.first.take() {
            Some(Read::Events { bytes, last }) => {
                self.after = last;
                return Some(bytes);
            }
            Some(Read::Lost) => return Some(self.end_as_lost()),
            _ if self.is_over => return None,
            _ => {}
        }
        let asked = Instant::now();
        loop {
            if !self.session_lives().await {
                return None;
            }
            let (run, wait) = (&self.run, self.wait());
            let since = self.failing_since.unwrap_or_else(Instant::now);
            let give_up = since + STORE_TIMEOUT;
            let read = tokio::select! {
                biased;
                read = self.log.read(wait) => read,
                () = self.patience.at(give_up) => {
                    tracing::warn!(run.id = %run, "a reader gives up on its store");
                    return None;
                }
            };
            match read {
                Ok(Read::Events { bytes, last }) => {
                    self.failing_since = None;
                    let lag = last.saturating_sub(self.after);
                    self.context.telemetry.meter.reader_lag(lag);
                    self.after = last;
                    return Some(bytes);
                }
                Ok(Read::Quiet) => {
                    self.failing_since = None;
                    // If the run is lost, the next read returns its last events.
                    if let Err(error) = Box::pin(lost::close(&self.context, run)).await {
                        self.context.telemetry.meter.store_failed(error.store());
                        tracing::warn!(%error, "could not check whether a run is lost");
                    }
                    return Some(COMMENT);
                }
                Ok(Read::Ended) => return None,
                Ok(Read::Lost) => return Some(self.end_as_lost()),
                Err(error) => {
                    self.context.telemetry.meter.store_failed(error.store());
                    tracing::warn!(%error, "a reader waits for its store");
                    self.failing_since = Some(since);
                    tokio::time::sleep(RETRY_INTERVAL).await;
                    if Instant::now() >= give_up {
                        tracing::warn!(%error, "a reader gives up on its store");
                        return None;
                    }
                    if asked.elapsed() >= HEARTBEAT {
                        return Some(COMMENT);
                    }
                }
            }
        }
    }

    /// The last events, numbered for a reader that has seen more than was kept.
    fn end_as_lost(&mut self) -> Bytes {
        self.is_over = true;
        lost::last_events(self.after).bytes.into()
    }

    /// The departure of a client shows only when something is sent to it. So a run with a short
    /// grace period is read in steps of at most that.
    fn wait(&self) -> Duration {
        HEARTBEAT.min(
            self.context
                .options
                .run_grace
                .max(Duration::from_millis(100)),
        )
    }

    /// Whether the session is alive, checked once per heartbeat.
    async fn session_lives(&mut self) -> bool {
        if self.checked.elapsed() < HEARTBEAT.min(self.wait()) {
            return true;
        }
        self.checked = Instant::now();
        // An unavailable store must not end the stream.
        let renewed = Box::pin(self.context.sessions.renew(&self.session)).await;
        renewed.unwrap_or(true)
    }
}
