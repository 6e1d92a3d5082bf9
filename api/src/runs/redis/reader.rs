//! Reads the log of a single run in Redis.

use super::{
    lease::Writers,
    scripts::{Keys, Scripts, millis},
    timing::Timing,
    wake::Wakes,
};
use crate::{
    connect::redis::RedisClient,
    domain::{RunId, StoreError},
    runs::{LogReader, READ_MAX_BYTES, Read},
};
use async_trait::async_trait;
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// A reader.
pub(super) struct RedisReader {
    pub(super) redis: RedisClient,
    pub(super) scripts: Arc<Scripts>,
    pub(super) writers: Arc<Writers>,
    pub(super) wakes: Arc<Wakes>,
    pub(super) timing: Timing,
    pub(super) run: RunId,
    pub(super) after: u64,
}

enum Look {
    Done(Read),
    Quiet,
    /// No events, and the writer's lease has lapsed.
    Orphan,
}

impl RedisReader {
    fn trusted(&self) -> bool {
        self.writers.in_touch_for(self.timing.trust)
    }

    /// Reads the log once, without waiting.
    async fn look(&mut self, wait: Duration) -> Result<Look, StoreError> {
        let keys = Keys::of(&self.run);
        let mut call = self.scripts.read.key(keys.run);
        call.key(keys.log).key(keys.lease);
        call.arg(self.after).arg(READ_MAX_BYTES).arg(millis(wait));
        let (what, last, bytes): (String, u64, Vec<u8>) = self.redis.invoke(&call).await?;
        Ok(match what.as_str() {
            "events" => {
                self.after = last;
                let bytes = Bytes::from(bytes);
                Look::Done(Read::Events { bytes, last })
            }
            "quiet" => Look::Quiet,
            "orphan" => Look::Orphan,
            _ => Look::Done(Read::Ended),
        })
    }
}

#[async_trait]
impl LogReader for RedisReader {
    async fn read(&mut self, wait: Duration) -> Result<Read, StoreError> {
        let wakes = Arc::clone(&self.wakes);
        let until = Instant::now() + wait;
        let subscription = (!wait.is_zero()).then(|| wakes.subscribe(&self.run));
        let mut has_waited = false;
        loop {
            let appended = subscription.as_ref().map(|it| it.appended().notified());
            tokio::pin!(appended);
            if let Some(appended) = appended.as_mut().as_pin_mut() {
                // Register before looking, so that an append in between is not missed.
                appended.enable();
            }
            let left = until
                .saturating_duration_since(Instant::now())
                .min(self.timing.poll);
            match self.look(left).await? {
                Look::Done(read) => return Ok(read),
                // The caller can now take over; waiting longer is pointless.
                Look::Orphan if has_waited && self.trusted() => return Ok(Read::Quiet),
                Look::Orphan | Look::Quiet if left.is_zero() => return Ok(Read::Quiet),
                Look::Orphan | Look::Quiet => {}
            }
            if let Some(appended) = appended.as_mut().as_pin_mut() {
                has_waited = tokio::time::timeout(left, appended).await.is_err();
            }
        }
    }
}
