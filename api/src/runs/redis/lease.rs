//! The runs that this process writes, and their leases: a run whose lease has lapsed has no writer.
//!
//! A lease lapses when its writer dies, but also when Redis is unreachable for longer than the
//! lease. Therefore a process trusts a lapsed lease only after Redis has been reachable long enough
//! for every live writer to renew its lease.

use super::scripts::{Keys, millis};
use crate::{connect::redis::RedisClient, domain::RunId};
use dashmap::DashMap;
use redis::Script;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Most leases renewed by one script, which blocks Redis meanwhile.
const BATCH: usize = 256;

pub(super) struct Writer {
    /// Fences off earlier writers.
    pub(super) epoch: u64,
    pub(super) next: AtomicU64,
    /// Whether the lease is renewed in the background. Not after a take-over: if that writer fails
    /// too, another must be able to end the run.
    pub(super) renewed: bool,
    pub(super) cancel: CancellationToken,
}

#[derive(Default)]
pub(super) struct Writers {
    runs: DashMap<RunId, Arc<Writer>>,
    /// Since when Redis has answered every call.
    in_touch: Mutex<Option<Instant>>,
}

impl Writers {
    pub(super) fn get(&self, run: &RunId) -> Option<Arc<Writer>> {
        self.runs.get(run).map(|writer| Arc::clone(&writer))
    }

    pub(super) fn insert(&self, run: RunId, epoch: u64, last: u64, renewed: bool) {
        let writer = Writer {
            epoch,
            next: AtomicU64::new(last + 1),
            renewed,
            cancel: CancellationToken::new(),
        };
        self.runs.insert(run, Arc::new(writer));
    }

    pub(super) fn remove(&self, run: &RunId) {
        self.runs.remove(run);
    }

    /// Tells the run's writer to stop, if it is in this process.
    pub(super) fn cancel(&self, run: &RunId) {
        if let Some(writer) = self.get(run) {
            writer.cancel.cancel();
        }
    }

    /// Whether a lapsed lease means a dead writer.
    pub(super) fn in_touch_for(&self, time: Duration) -> bool {
        let since = *self.in_touch.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() >= time)
    }

    fn touch(&self, answered: bool) {
        let mut since = self.in_touch.lock().unwrap_or_else(PoisonError::into_inner);
        *since = answered.then(|| since.unwrap_or_else(Instant::now));
    }
}

pub(super) async fn keep(
    redis: RedisClient,
    writers: Arc<Writers>,
    lease: Duration,
    every: Duration,
) {
    let script = Script::new(include_str!("renew.lua"));
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let renewed: Vec<_> = writers
            .runs
            .iter()
            .filter(|entry| entry.renewed)
            .map(|entry| (entry.key().clone(), Arc::clone(&entry)))
            .collect();
        let mut answered = true;
        if renewed.is_empty() {
            answered = redis.ping().await.is_ok();
        }
        for batch in renewed.chunks(BATCH) {
            answered = renew(&redis, &script, batch, lease).await;
            if !answered {
                break;
            }
        }
        writers.touch(answered);
    }
}

async fn renew(
    redis: &RedisClient,
    script: &Script,
    batch: &[(RunId, Arc<Writer>)],
    lease: Duration,
) -> bool {
    let mut call = script.arg(millis(lease));
    for (run, writer) in batch {
        let keys = Keys::of(run);
        call.key(keys.run).key(keys.lease).arg(writer.epoch);
    }
    match redis.invoke::<Vec<u8>>(&call).await {
        Ok(answers) => {
            for ((run, writer), answer) in batch.iter().zip(answers) {
                match answer {
                    0 => {}
                    1 => writer.cancel.cancel(),
                    // The writer notices at its next append, unless it has just ended.
                    _ => tracing::debug!(run.id = %run, "a run has another writer, or none"),
                }
            }
            true
        }
        Err(error) => {
            tracing::warn!(%error, "leases of runs could not be renewed");
            false
        }
    }
}

impl Writer {
    pub(super) fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// Counts appended events. A run is written by a single task, so this does not race.
    pub(super) fn written(&self, events: usize) {
        self.next.fetch_add(events as u64, Ordering::AcqRel);
    }
}
