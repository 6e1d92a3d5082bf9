//! Run logs in Redis, for any number of replicas. Each log is a stream whose writer holds a lease.

mod lease;
mod reader;
mod scripts;
mod timing;
mod wake;

use super::{
    Created, EventBatch, IDEMPOTENCY_LIFETIME, Idempotency, LOG_LIFETIME, LogReader,
    OWNER_ENDED_MAX_BYTES, READER_TIMEOUT, RunRecord, RunStore,
};
use crate::{
    connect::redis::RedisClient,
    domain::{OwnerId, RunId, StoreError},
};
use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable};
use lease::{Writer, Writers};
use reader::RedisReader;
use redis::{FromRedisValue, ScriptInvocation};
use scripts::{Keys, Scripts, millis, runs_of};
use std::{sync::Arc, time::Duration};
use timing::{TIMING, Timing};
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use wake::{CANCEL_CHANNEL, Wakes};

/// Lifetime of a run that never ends: longer than any run can take.
const LIVE_LIFETIME: Duration = Duration::from_secs(3600);

/// Run logs in Redis.
///
/// Dropping it stops the renewal of its leases, as the death of the process does.
pub struct RedisRuns {
    inner: Arc<Inner>,
    _keeper: AbortOnDropHandle<()>,
    _listener: AbortOnDropHandle<()>,
}

struct Inner {
    redis: RedisClient,
    scripts: Arc<Scripts>,
    writers: Arc<Writers>,
    wakes: Arc<Wakes>,
    timing: Timing,
    ended_max: usize,
}

struct Status {
    record: RunRecord,
    since_end: Option<Duration>,
    leased: bool,
    /// The time in Redis, in ms.
    now: u64,
}

impl RedisRuns {
    /// Uses the Redis of `redis`; all keys start with `so:`. Logs of ended runs hold at most
    /// `ended_max` bytes. Panics outside of a Tokio runtime.
    #[must_use]
    pub fn new(redis: RedisClient, ended_max: usize) -> Self {
        Self::with_timing(redis, ended_max, TIMING)
    }

    fn with_timing(redis: RedisClient, ended_max: usize, timing: Timing) -> Self {
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
                scripts: Arc::new(Scripts::load()),
                writers,
                wakes,
                timing,
                ended_max,
            }),
            _keeper: AbortOnDropHandle::new(tokio::spawn(keeper)),
            _listener: AbortOnDropHandle::new(tokio::spawn(listener)),
        }
    }
}

impl Inner {
    async fn retry<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> Result<T, StoreError> {
        let until = Instant::now() + self.timing.retry;
        let backoff = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(50))
            .with_max_delay(Duration::from_secs(1))
            .without_max_times();
        (|| self.redis.invoke(call))
            .retry(backoff)
            .when(|error| matches!(error, StoreError::Unavailable { .. }) && Instant::now() < until)
            .await
    }

    fn discard_call(&self, run: &RunId) -> ScriptInvocation<'_> {
        let keys = Keys::of(run);
        let mut call = self.scripts.discard.key(keys.run);
        call.key(keys.log).key(keys.lease).arg(run.as_str());
        call
    }

    /// Removes what a failed call may have created, once Redis is reachable.
    fn undo(self: &Arc<Self>, run: RunId) {
        let inner = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = inner.retry::<()>(&inner.discard_call(&run)).await {
                // Its idempotency key becomes free when the lease lapses.
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

    /// Replaces the run's writer, unless Redis' clock has passed `not_after`.
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

    /// Appends events by `append` or `finish`.
    async fn write(
        &self,
        mut call: ScriptInvocation<'_>,
        writer: &Writer,
        events: &EventBatch,
    ) -> Result<(), StoreError> {
        let mut start = 0;
        for end in &events.ends {
            call.arg(&events.bytes[start..*end]);
            start = *end;
        }
        let reason = match self.retry::<String>(&call).await?.as_str() {
            "ok" => {
                writer.written(events.ends.len());
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
        call.key(keys.lease).key(runs_of(&record.owner));
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

    async fn append(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        let inner = &self.inner;
        // Only its writer may append to a run.
        let Some(writer) = inner.writers.get(run) else {
            return Ok(());
        };
        let keys = Keys::of(run);
        let mut call = inner.scripts.append.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(writer.epoch).arg(writer.next());
        call.arg(millis(LIVE_LIFETIME))
            .arg(millis(inner.timing.lease));
        inner.write(call, &writer, events).await
    }

    async fn finish(&self, run: &RunId, events: &EventBatch) -> Result<(), StoreError> {
        let inner = &self.inner;
        let Some(writer) = inner.writers.get(run) else {
            return Ok(());
        };
        let keys = Keys::of(run);
        let mut call = inner.scripts.finish.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(writer.epoch).arg(writer.next());
        call.arg(millis(LOG_LIFETIME)).arg(run.as_str());
        call.arg(OWNER_ENDED_MAX_BYTES).arg(inner.ended_max);
        call.arg(millis(READER_TIMEOUT));
        call.arg(millis(IDEMPOTENCY_LIFETIME));
        let finished = inner.write(call, &writer, events).await;
        inner.writers.remove(run);
        finished
    }

    async fn take_over(&self, run: &RunId) -> Result<Option<u64>, StoreError> {
        let inner = &self.inner;
        let is_ours = inner.writers.get(run).is_some_and(|writer| writer.renewed);
        if is_ours || !inner.trusted() {
            return Ok(None);
        }
        match inner.status(run).await? {
            Some(status) if status.since_end.is_none() && !status.leased => {
                // Any later, leases may have lapsed only because Redis was down.
                inner
                    .seize(run, status.now + millis(inner.timing.trust))
                    .await
            }
            _ => Ok(None),
        }
    }

    fn reader(&self, run: &RunId, after: u64) -> Box<dyn LogReader> {
        let inner = &self.inner;
        Box::new(RedisReader {
            redis: inner.redis.clone(),
            scripts: Arc::clone(&inner.scripts),
            writers: Arc::clone(&inner.writers),
            wakes: Arc::clone(&inner.wakes),
            timing: inner.timing,
            run: run.clone(),
            after,
        })
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
        // Only the writer hears of it.
        match self.inner.writers.get(run) {
            Some(writer) => writer.cancel.cancelled().await,
            None => std::future::pending().await,
        }
    }

    async fn forget_owner(&self, owner: &OwnerId) -> Result<(), StoreError> {
        let mut call = self.inner.scripts.forget.key(runs_of(owner));
        call.arg(owner.as_str()).arg(CANCEL_CHANNEL);
        let stopped: Vec<String> = self.inner.redis.invoke(&call).await?;
        for run in stopped.iter().filter_map(|run| run.parse().ok()) {
            self.inner.writers.cancel(&run);
        }
        Ok(())
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
