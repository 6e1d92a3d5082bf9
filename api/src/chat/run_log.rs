//! Writes the events of a run to its log.

use super::{
    failure::{Failure, Outcome},
    sse_event,
};
use crate::{
    domain::{RunErrorCode, RunEvent, RunId, StoreError, Usage},
    runs::{EventBatch, RunStore},
};
use std::{mem::size_of, sync::Arc};

/// Largest log of a run, apart from the last events.
const LOG_MAX_BYTES: usize = 16 * 1024 * 1024;

/// The writer of a run's log. Buffers events until [`RunLog::flush`].
pub(super) struct RunLog {
    runs: Arc<dyn RunStore>,
    run: RunId,
    batch: EventBatch,
    number: u64,
    bytes: usize,
}

impl RunLog {
    pub(super) fn new(runs: Arc<dyn RunStore>, run: RunId) -> Self {
        Self {
            runs,
            run,
            batch: EventBatch::default(),
            number: 0,
            bytes: 0,
        }
    }

    /// Adds an event, unless the log is full.
    pub(super) fn push(&mut self, event: &RunEvent) -> Result<(), Failure> {
        if self.bytes > LOG_MAX_BYTES {
            return Err(Failure::new(RunErrorCode::OutputTooLong));
        }
        self.encode(event);
        Ok(())
    }

    fn encode(&mut self, event: &RunEvent) {
        let before = self.batch.bytes.len();
        self.number += 1;
        sse_event::encode(&mut self.batch, self.number, event);
        self.bytes += self.batch.bytes.len() - before + size_of::<usize>();
    }

    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        if !self.batch.ends.is_empty() {
            self.runs.append(&self.run, &self.batch).await?;
            self.batch.clear();
        }
        Ok(())
    }

    /// Writes the last events and ends the log.
    pub(super) async fn finish(
        mut self,
        outcome: &Outcome,
        usage: Option<Usage>,
    ) -> Result<(), StoreError> {
        for event in outcome.last_events(usage) {
            self.encode(&event);
        }
        self.runs.finish(&self.run, &self.batch).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        domain::{OwnerId, ThreadId},
        runs::{RunRecord, memory::MemoryRuns},
    };
    use std::time::Duration;

    #[tokio::test]
    async fn a_log_has_16_mib_of_events_however_small() {
        let runs = Arc::new(MemoryRuns::default());
        let record = RunRecord {
            id: RunId::generate(),
            thread_id: ThreadId::generate(),
            owner: OwnerId::generate(),
        };
        let run = record.id.clone();
        runs.create(record, None).await.unwrap();
        let mut log = RunLog::new(runs.clone(), run.clone());
        let event = RunEvent::ContentDelta {
            delta: "x".to_owned(),
        };
        let full = loop {
            if let Err(full) = log.push(&event) {
                break full;
            }
            log.flush().await.unwrap();
        };
        assert_eq!(full.code, RunErrorCode::OutputTooLong);
        let events = log.number;
        log.finish(&Outcome::Failed(full), None).await.unwrap();
        let last = runs
            .reader(&run, events)
            .read(Duration::ZERO)
            .await
            .unwrap();
        let last = format!("{last:?}");
        assert!(last.contains("output_too_long"), "{last}");
    }
}
