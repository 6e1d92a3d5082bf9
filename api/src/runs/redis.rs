//! Run logs in Redis: for any number of replicas. A log is a stream; its writer holds a lease.

mod lease;
mod scripts;
mod wake;

use super::{
    Created, Frames, IDEMPOTENCY_LIFETIME, Idempotency, LOG_LIFETIME, READ_MAX_BYTES, Read,
    RunRecord, RunStore,
};
use crate::{
    connect::redis::RedisClient,
    domain::{RunId, StoreError},
};
use async_trait::async_trait;
use bytes::Bytes;
use lease::{Writer, Writers};
use redis::{FromRedisValue, ScriptInvocation};
use scripts::{Keys, Scripts, millis};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use wake::Wakes;

/// Where all replicas hear which run is to stop.
const CANCEL_CHANNEL: &str = "so:runs:cancel";
/// What is left of a run whose end never came: longer than any run.
const LIVE_LIFETIME: Duration = Duration::from_secs(3600);

/// How long things take. A run that has lost its replica is found out after `lease` and a `poll`.
#[derive(Debug, Clone, Copy)]
struct Timing {
    /// A writer that has not renewed for so long is gone.
    lease: Duration,
    /// Well below `lease`: a renewal may take as long as a call may, and still be in time.
    renew: Duration,
    /// How long Redis must have answered before a lapsed lease counts: above `renew` and a call,
    /// below `lease` less `renew`.
    trust: Duration,
    /// How often a reader looks by itself.
    poll: Duration,
    /// How long an append waits for a Redis that is away, so that a restart loses nothing.
    patience: Duration,
}

const TIMING: Timing = Timing {
    lease: Duration::from_secs(6),
    renew: Duration::from_millis(1500),
    trust: Duration::from_secs(4),
    poll: Duration::from_secs(1),
    patience: Duration::from_secs(40),
};

/// Run logs in Redis.
///
/// Dropped, it stops renewing the leases of the runs that it writes, as a process that dies does.
pub struct RedisRuns {
    inner: Arc<Inner>,
    _keeper: AbortOnDropHandle<()>,
    _listener: AbortOnDropHandle<()>,
}

struct Inner {
    redis: RedisClient,
    scripts: Scripts,
    writers: Arc<Writers>,
    wakes: Arc<Wakes>,
    timing: Timing,
}

/// What Redis knows of a run beside its frames.
struct Status {
    record: RunRecord,
    since_end: Option<Duration>,
    leased: bool,
    /// The time in Redis, in ms.
    now: u64,
}

impl RedisRuns {
    /// Logs in the Redis of `redis`, all under `so:`.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn new(redis: RedisClient) -> Self {
        Self::with_timing(redis, TIMING)
    }

    fn with_timing(redis: RedisClient, timing: Timing) -> Self {
        let (writers, wakes) = (Arc::<Writers>::default(), Arc::<Wakes>::default());
        let keeper = lease::keep(
            redis.clone(),
            Arc::clone(&writers),
            timing.lease,
            timing.renew,
        );
        let listener = wake::listen(redis.clone(), Arc::clone(&wakes), Arc::clone(&writers));
        Self {
            inner: Arc::new(Inner {
                redis,
                scripts: Scripts::load(),
                writers,
                wakes,
                timing,
            }),
            _keeper: AbortOnDropHandle::new(tokio::spawn(keeper)),
            _listener: AbortOnDropHandle::new(tokio::spawn(listener)),
        }
    }
}

impl Inner {
    /// Tries again while Redis is away, for as long as a writer has patience.
    async fn patiently<T: FromRedisValue>(
        &self,
        call: &ScriptInvocation<'_>,
    ) -> Result<T, StoreError> {
        let until = Instant::now() + self.timing.patience;
        let mut pause = Duration::from_millis(50);
        loop {
            match self.redis.invoke(call).await {
                Err(StoreError::Unavailable { .. }) if Instant::now() + pause < until => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
                result => return result,
            }
        }
    }

    fn discard_call(&self, run: &RunId) -> ScriptInvocation<'_> {
        let keys = Keys::of(run);
        let mut call = self.scripts.discard.key(keys.run);
        call.key(keys.log).key(keys.lease).arg(run.as_str());
        call
    }

    /// Removes what a call that failed may have made, as soon as Redis is back.
    fn undo(self: &Arc<Self>, run: RunId) {
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = inner.patiently::<()>(&inner.discard_call(&run)).await {
                // Its lease lapses, and with it what its idempotency key stands for.
                tracing::warn!(%error, run.id = %run, "a log that never began could not be removed");
            }
        });
    }

    async fn status(&self, run: &RunId) -> Result<Option<Status>, StoreError> {
        let keys = Keys::of(run);
        let mut call = self.scripts.status.key(keys.run);
        call.key(keys.lease);
        let found: Option<(String, String, i64, bool, u64)> = self.redis.invoke(&call).await?;
        let Some((thread, owner, since_end, leased, now)) = found else {
            return Ok(None);
        };
        let invalid = |_| StoreError::Corrupt {
            store: "redis",
            reason: "a run without a sane thread or owner".to_owned(),
        };
        Ok(Some(Status {
            record: RunRecord {
                id: run.clone(),
                thread_id: thread.parse().map_err(invalid)?,
                owner: owner.parse().map_err(invalid)?,
            },
            since_end: u64::try_from(since_end).ok().map(Duration::from_millis),
            leased,
            now,
        }))
    }

    /// Takes the place of the run's writer, unless it is later than `not_after` in Redis.
    async fn seize(&self, run: &RunId, not_after: u64) -> Result<Option<u64>, StoreError> {
        let keys = Keys::of(run);
        let mut call = self.scripts.take_over.key(keys.run);
        call.key(keys.lease);
        call.arg(millis(self.timing.lease)).arg(not_after);
        let taken: Option<(u64, u64)> = self.redis.invoke(&call).await?;
        Ok(taken.map(|(last, epoch)| {
            self.writers.insert(run.clone(), epoch, last, false);
            last
        }))
    }

    fn trusted(&self) -> bool {
        self.writers.in_touch_for(self.timing.trust)
    }

    async fn write(&self, run: &RunId, writer: &Writer, frames: &Frames) -> Result<(), StoreError> {
        let keys = Keys::of(run);
        let mut call = self.scripts.append.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(writer.epoch).arg(writer.next());
        call.arg(millis(LIVE_LIFETIME))
            .arg(millis(self.timing.lease));
        let mut start = 0;
        for end in &frames.ends {
            call.arg(&frames.bytes[start..*end]);
            start = *end;
        }
        let reason = match self.patiently::<String>(&call).await?.as_str() {
            "ok" => {
                writer.written(frames.ends.len());
                return Ok(());
            }
            "replaced" => "another replica has taken the run over",
            _ => "the log of the run is gone",
        };
        Err(StoreError::Unavailable {
            store: "redis",
            reason: reason.to_owned(),
        })
    }

    /// One look at the log; `orphan` when nothing came, and the writer has let its lease lapse.
    async fn look(&self, run: &RunId, after: u64, wait: Duration) -> Result<Look, StoreError> {
        let keys = Keys::of(run);
        let mut call = self.scripts.read.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(after).arg(READ_MAX_BYTES).arg(millis(wait));
        let (what, last, bytes): (String, u64, Vec<u8>) = self.redis.invoke(&call).await?;
        Ok(match what.as_str() {
            "frames" => Look::Done(Read::Frames {
                bytes: Bytes::from(bytes),
                last,
            }),
            "quiet" => Look::Quiet,
            "orphan" => Look::Orphan,
            _ => Look::Done(Read::Ended),
        })
    }
}

enum Look {
    Done(Read),
    Quiet,
    Orphan,
}

#[async_trait]
impl RunStore for RedisRuns {
    async fn create(
        &self,
        record: RunRecord,
        idempotency: Option<Idempotency>,
    ) -> Result<Created, StoreError> {
        let (inner, run) = (&self.inner, record.id);
        let keys = Keys::of(&run);
        let mut call = inner.scripts.create.key(keys.run);
        call.key(keys.lease);
        call.arg(run.as_str())
            .arg(record.thread_id.as_str())
            .arg(record.owner.as_str());
        call.arg(millis(LIVE_LIFETIME))
            .arg(millis(inner.timing.lease));
        if let Some(Idempotency { key, body }) = idempotency {
            call.key(format!("so:idempotency:{key}"));
            call.arg(&body[..]).arg(millis(IDEMPOTENCY_LIFETIME));
        }
        let (what, known): (String, String) = match inner.redis.invoke(&call).await {
            Ok(answer) => answer,
            Err(error) => {
                inner.undo(run);
                return Err(error);
            }
        };
        match what.as_str() {
            "new" => {
                inner.writers.insert(run, 1, 0, true);
                Ok(Created::New)
            }
            "repeated" => match known.parse() {
                Ok(run) => Ok(Created::Repeated(run)),
                Err(_) => Err(StoreError::Corrupt {
                    store: "redis",
                    reason: "an idempotency key without a sane run".to_owned(),
                }),
            },
            _ => Ok(Created::Mismatch),
        }
    }

    async fn discard(&self, run: &RunId) -> Result<(), StoreError> {
        self.inner.writers.remove(run);
        let discarded = self.inner.redis.invoke(&self.inner.discard_call(run)).await;
        if discarded.is_err() {
            self.inner.undo(run.clone());
        }
        discarded
    }

    async fn find(&self, run: &RunId) -> Result<Option<RunRecord>, StoreError> {
        let status = self.inner.status(run).await?;
        Ok(status
            .filter(|status| status.since_end.is_none_or(|since| since < LOG_LIFETIME))
            .map(|status| status.record))
    }

    async fn is_live(&self, run: &RunId) -> Result<bool, StoreError> {
        let status = self.inner.status(run).await?;
        Ok(status.is_some_and(|status| {
            status.since_end.is_none() && (status.leased || !self.inner.trusted())
        }))
    }

    async fn append(&self, run: &RunId, frames: &Frames) -> Result<(), StoreError> {
        match self.inner.writers.get(run) {
            Some(writer) => self.inner.write(run, &writer, frames).await,
            // Whoever has no part in the writing of a run cannot add to it.
            None => Ok(()),
        }
    }

    async fn end(&self, run: &RunId) -> Result<(), StoreError> {
        let Some(writer) = self.inner.writers.get(run) else {
            return Ok(());
        };
        let keys = Keys::of(run);
        let mut call = self.inner.scripts.end.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(writer.epoch).arg(millis(LOG_LIFETIME));
        let ended = self.inner.patiently(&call).await;
        self.inner.writers.remove(run);
        ended
    }

    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError> {
        let inner = &self.inner;
        let is_ours = inner.writers.get(run).is_some_and(|writer| writer.renewed);
        if is_ours || !inner.trusted() {
            return Ok(None);
        }
        match inner.status(run).await? {
            Some(status) if status.since_end.is_none() && !status.leased => {
                // Late, it would find leases that lapsed because Redis stood still.
                inner
                    .seize(run, status.now + millis(inner.timing.trust))
                    .await
            }
            _ => Ok(None),
        }
    }

    async fn read(&self, run: &RunId, after: u64, wait: Duration) -> Result<Read, StoreError> {
        let inner = &self.inner;
        let until = Instant::now() + wait;
        let seat = (!wait.is_zero()).then(|| inner.wakes.sit(run));
        let mut has_waited = false;
        loop {
            let appended = seat.as_ref().map(|seat| seat.appended().notified());
            tokio::pin!(appended);
            if let Some(appended) = appended.as_mut().as_pin_mut() {
                // Registered before looking, so that what comes in between wakes us.
                appended.enable();
            }
            let left = until
                .saturating_duration_since(Instant::now())
                .min(inner.timing.poll);
            match inner.look(run, after, left).await? {
                Look::Done(read) => return Ok(read),
                // The caller can see to it now; waiting longer would be in vain.
                Look::Orphan if has_waited && inner.trusted() => return Ok(Read::Quiet),
                Look::Orphan | Look::Quiet if left.is_zero() => return Ok(Read::Quiet),
                Look::Orphan | Look::Quiet => {}
            }
            if let Some(appended) = appended.as_mut().as_pin_mut() {
                has_waited = tokio::time::timeout(left, appended).await.is_err();
            }
        }
    }

    async fn unread_for(&self, run: &RunId) -> Result<Duration, StoreError> {
        let call = self.inner.scripts.unread.key(Keys::of(run).run);
        Ok(Duration::from_millis(self.inner.redis.invoke(&call).await?))
    }

    async fn cancel(&self, run: &RunId) -> Result<(), StoreError> {
        let mut call = self.inner.scripts.cancel.key(Keys::of(run).run);
        call.arg(run.as_str()).arg(CANCEL_CHANNEL);
        self.inner.redis.invoke::<()>(&call).await?;
        self.inner.writers.cancel(run);
        Ok(())
    }

    async fn cancelled(&self, run: &RunId) {
        // It is the writer that stops; nobody else is told.
        match self.inner.writers.get(run) {
            Some(writer) => writer.cancel.cancelled().await,
            None => std::future::pending().await,
        }
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
