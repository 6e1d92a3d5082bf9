//! Wakes readers on every replica through Redis publish/subscribe.
//!
//! A wake-up can be lost, so readers also poll.

use super::{lease::Writers, scripts::Keys};
use crate::{
    connect::redis::{RedisClient, bounded},
    domain::{RunId, StoreError},
};
use backon::{ExponentialBuilder, Retryable};
use dashmap::DashMap;
use redis::{
    Msg,
    aio::{PubSub, PubSubSink},
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use tokio_stream::StreamExt;

/// Tells replicas to cancel a run.
pub(super) const CANCEL_CHANNEL: &str = "so:runs:cancel";
/// How long a subscription outlives the last reader, since readers usually return at once.
const LINGER: Duration = Duration::from_secs(15);
const CHECK: Duration = Duration::from_secs(5);
const RECONNECT: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The runs that have readers on this replica.
#[derive(Default)]
pub(super) struct Wakes {
    runs: DashMap<RunId, Arc<Waiting>>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    appended: Notify,
    readers: Mutex<Readers>,
}

#[derive(Default)]
struct Readers {
    count: usize,
    left: Option<Instant>,
}

impl Waiting {
    fn change(&self, change: impl FnOnce(&mut Readers)) {
        change(&mut self.readers.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn is_over(&self, now: Instant) -> bool {
        let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.count == 0 && readers.left.is_none_or(|left| now >= left + LINGER)
    }
}

/// A reader's subscription to the appends of a run, until dropped.
pub(super) struct Subscription(Arc<Waiting>);

impl Subscription {
    /// Notified at every append.
    pub(super) fn appended(&self) -> &Notify {
        &self.0.appended
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.0.change(|readers| {
            readers.count -= 1;
            readers.left = Some(Instant::now());
        });
    }
}

impl Wakes {
    /// Subscribes to the appends of `run`.
    pub(super) fn subscribe(&self, run: &RunId) -> Subscription {
        // Count under the map's lock, which also guards the removal of runs without readers.
        let waiting = self.runs.entry(run.clone()).or_insert_with(|| {
            self.changed.notify_one();
            Arc::default()
        });
        waiting.change(|readers| readers.count += 1);
        Subscription(Arc::clone(&waiting))
    }

    fn wake(&self, run: &RunId) {
        if let Some(waiting) = self.runs.get(run) {
            waiting.appended.notify_waiters();
        }
    }

    /// Subscribes to exactly the runs that have readers.
    async fn follow(
        &self,
        sink: &mut PubSubSink,
        heard: &mut HashSet<RunId>,
    ) -> Result<(), StoreError> {
        let now = Instant::now();
        self.runs.retain(|_, waiting| !waiting.is_over(now));
        let channel = |run: &RunId| Keys::of(run).run;
        let left: Vec<RunId> = heard
            .iter()
            .filter(|run| !self.runs.contains_key(run))
            .cloned()
            .collect();
        if !left.is_empty() {
            let channels: Vec<String> = left.iter().map(channel).collect();
            bounded(sink.unsubscribe(channels)).await?;
            left.iter().for_each(|run| {
                heard.remove(run);
            });
        }
        let come: Vec<RunId> = self
            .runs
            .iter()
            .map(|entry| entry.key().clone())
            .filter(|run| !heard.contains(run))
            .collect();
        if !come.is_empty() {
            let channels: Vec<String> = come.iter().map(channel).collect();
            bounded(sink.subscribe(channels)).await?;
            // Appends before the subscription were not announced to us.
            come.iter().for_each(|run| self.wake(run));
            heard.extend(come);
        }
        Ok(())
    }
}

/// Listens while polled, reconnecting with backoff.
pub(super) async fn listen(redis: RedisClient, wakes: Arc<Wakes>, writers: Arc<Writers>) {
    let backoff = ExponentialBuilder::default()
        .with_min_delay(RECONNECT.0)
        .with_max_delay(RECONNECT.1)
        .without_max_times();
    loop {
        let connect = || redis.pub_sub();
        let connected = connect.retry(backoff).notify(warn).await;
        let ended = match connected {
            Ok(pub_sub) => relay(pub_sub, &wakes, &writers).await,
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            warn(&error, RECONNECT.0);
        }
        tokio::time::sleep(RECONNECT.0).await;
    }
}

fn warn(error: &StoreError, _: Duration) {
    tracing::warn!(%error, "readers poll until Redis is back");
}

/// Forwards messages until the connection is lost.
async fn relay(pub_sub: PubSub, wakes: &Wakes, writers: &Writers) -> Result<(), StoreError> {
    let (mut sink, mut messages) = pub_sub.split();
    bounded(sink.subscribe(CANCEL_CHANNEL)).await?;
    let mut heard = HashSet::new();
    let mut check = tokio::time::interval(CHECK);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => dispatch(&message, wakes, writers),
                None => return Ok(()),
            },
            () = wakes.changed.notified() => wakes.follow(&mut sink, &mut heard).await?,
            _ = check.tick() => {
                bounded(sink.ping::<redis::Value>()).await?;
                wakes.follow(&mut sink, &mut heard).await?;
            }
        }
    }
}

fn dispatch(message: &Msg, wakes: &Wakes, writers: &Writers) {
    let channel = message.get_channel_name();
    if channel == CANCEL_CHANNEL {
        if let Some(run) = message
            .get_payload::<String>()
            .ok()
            .and_then(|id| id.parse().ok())
        {
            writers.cancel(&run);
        }
    } else if let Some(run) = Keys::run_of(channel) {
        wakes.wake(&run);
    }
}
