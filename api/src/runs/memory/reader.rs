//! Reads the log of a single run in memory.

use super::log::Log;
use crate::{
    domain::StoreError,
    runs::{LogReader, Read, alarm::Alarm},
};
use async_trait::async_trait;
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;

/// A reader, which holds on to its log.
pub(super) struct MemoryReader {
    /// `None` if there is no such log.
    log: Option<Arc<Log>>,
    after: u64,
    alarm: Alarm,
}

impl MemoryReader {
    pub(super) fn new(log: Option<Arc<Log>>, after: u64) -> Self {
        Self {
            log,
            after,
            alarm: Alarm::default(),
        }
    }
}

#[async_trait]
impl LogReader for MemoryReader {
    async fn read(&mut self, wait: Duration) -> Result<Read, StoreError> {
        let Some(log) = &self.log else {
            return Ok(Read::Ended);
        };
        let mut read = log.state().read_after(self.after);
        if read.is_none() {
            read = tokio::select! {
                biased;
                read = log.wait_after(self.after) => Some(read),
                () = self.alarm.at(Instant::now() + wait) => None,
            };
        }
        if let Some(Read::Events { last, .. }) = read {
            self.after = last;
        }
        Ok(read.unwrap_or(Read::Quiet))
    }
}
