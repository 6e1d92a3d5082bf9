//! Wakes readers when something is appended, on whatever replica, by Redis' publish/subscribe.
//!
//! A wake-up can be lost; who waits for one also looks by itself now and then.

use super::{CANCEL_CHANNEL, lease::Writers, scripts::Keys};
use crate::{
    connect::redis::{RedisClient, bounded},
    domain::{RunId, StoreError},
};
use dashmap::DashMap;
use futures_util::StreamExt;
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

/// How long a run is listened to after its last reader: readers come again at once.
const LINGER: Duration = Duration::from_secs(15);
/// How often the connection is tried when nothing else is sent.
const CHECK: Duration = Duration::from_secs(5);
/// Waits between attempts to connect.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// The runs that are read here.
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

/// A reader, for as long as it lives.
pub(super) struct Seat(Arc<Waiting>);

impl Seat {
    /// Notified at every append.
    pub(super) fn appended(&self) -> &Notify {
        &self.0.appended
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.change(|readers| {
            readers.count -= 1;
            readers.left = Some(Instant::now());
        });
    }
}

impl Wakes {
    /// Takes a seat among the readers of `run`.
    pub(super) fn sit(&self, run: &RunId) -> Seat {
        // Counted under the map's lock: what is over is removed under the same.
        let waiting = self.runs.entry(run.clone()).or_insert_with(|| {
            self.changed.notify_one();
            Arc::default()
        });
        waiting.change(|readers| readers.count += 1);
        Seat(Arc::clone(&waiting))
    }

    fn wake(&self, run: &RunId) {
        if let Some(waiting) = self.runs.get(run) {
            waiting.appended.notify_waiters();
        }
    }

    /// Listens to exactly the runs that are read.
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
            // What was appended before that was not heard.
            come.iter().for_each(|run| self.wake(run));
            heard.extend(come);
        }
        Ok(())
    }
}

/// Listens for as long as it is polled, whatever becomes of the connection.
pub(super) async fn listen(redis: RedisClient, wakes: Arc<Wakes>, writers: Arc<Writers>) {
    let mut pause = PAUSE.0;
    loop {
        let ended = match redis.pub_sub().await {
            Ok(pub_sub) => {
                pause = PAUSE.0;
                relay(pub_sub, &wakes, &writers).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "wake-ups of readers are late until Redis is back");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

/// Passes messages on until the connection is lost.
async fn relay(pub_sub: PubSub, wakes: &Wakes, writers: &Writers) -> Result<(), StoreError> {
    let (mut sink, mut messages) = pub_sub.split();
    bounded(sink.subscribe(CANCEL_CHANNEL)).await?;
    let mut heard = HashSet::new();
    let mut check = tokio::time::interval(CHECK);
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => pass_on(&message, wakes, writers),
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

fn pass_on(message: &Msg, wakes: &Wakes, writers: &Writers) {
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
