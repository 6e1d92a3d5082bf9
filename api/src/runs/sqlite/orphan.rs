//! Runs that the previous process left unfinished, and their readers.

use crate::{
    domain::{RunId, StoreError},
    runs::{EventBatch, LogReader, Read, memory::MemoryRuns},
};
use async_trait::async_trait;
use dashmap::DashMap;
use std::{collections::VecDeque, sync::Arc, time::Duration};

/// How many readers' places are remembered for a run.
const PLACES_MAX: usize = 100;

pub(super) type Orphans = DashMap<RunId, Orphan>;

/// A run that the previous process left unfinished.
#[derive(Default)]
pub(super) struct Orphan {
    /// The number of the last event before its end.
    last: u64,
    /// Whether somebody ends it in place of its writer.
    taken_over: bool,
    /// The numbers under which readers have got the last event.
    ended_at: VecDeque<u64>,
}

impl Orphan {
    pub(super) fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// The number of the last event, for the first caller.
    pub(super) fn take_over(&mut self) -> Option<u64> {
        let was_taken_over = std::mem::replace(&mut self.taken_over, true);
        (!was_taken_over).then_some(self.last)
    }

    /// Counts events that are made again in place of its writer.
    pub(super) fn extend(&mut self, events: &EventBatch) {
        self.last += events.ends.len() as u64;
    }

    /// Where a reader begins that has seen `after`. One that has seen more than was kept has not
    /// seen what follows it here.
    pub(super) fn place(&self, after: u64) -> u64 {
        if after <= self.last { after } else { u64::MAX }
    }

    fn ends_at(&mut self, place: u64) {
        if self.ended_at.len() == PLACES_MAX {
            self.ended_at.pop_front();
        }
        self.ended_at.push_back(place);
    }
}

/// A reader that does not wait before somebody has taken the run over.
pub(super) struct OrphanReader {
    orphans: Arc<Orphans>,
    memory: Arc<MemoryRuns>,
    run: RunId,
    after: u64,
    log: Box<dyn LogReader>,
}

impl OrphanReader {
    pub(super) fn new(
        orphans: Arc<Orphans>,
        memory: Arc<MemoryRuns>,
        run: &RunId,
        after: u64,
        log: Box<dyn LogReader>,
    ) -> Self {
        Self {
            orphans,
            memory,
            run: run.clone(),
            after,
            log,
        }
    }
}

#[async_trait]
impl LogReader for OrphanReader {
    async fn read(&mut self, wait: Duration) -> Result<Read, StoreError> {
        let orphan = self.orphans.get(&self.run);
        let is_taken_over = orphan.is_none_or(|orphan| orphan.taken_over);
        let wait = if is_taken_over { wait } else { Duration::ZERO };
        let read = self.log.read(wait).await?;
        let after = self.after;
        if let Read::Events { last, .. } = read {
            self.after = last;
        }
        let orphan = self.orphans.get_mut(&self.run);
        let (Some(mut orphan), Some(end)) = (orphan, self.memory.end(&self.run)) else {
            return Ok(read);
        };
        match read {
            Read::Ended if !orphan.ended_at.contains(&after) => {
                let place = after + end.saturating_sub(orphan.last);
                orphan.ends_at(place);
                Ok(Read::Lost)
            }
            Read::Events { last, .. } if last == end => {
                orphan.ends_at(end);
                Ok(read)
            }
            read => Ok(read),
        }
    }
}
