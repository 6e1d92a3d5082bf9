//! The limit on live runs.

use super::{context::Context, request::SendError};
use crate::domain::OwnerId;
use dashmap::Entry;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

const RUNS_PER_OWNER: usize = 8;

/// Released when dropped.
pub(super) struct RunSlot {
    context: Arc<Context>,
    owner: OwnerId,
    _permit: OwnedSemaphorePermit,
}

impl RunSlot {
    /// Takes a place, unless the process is stopping or there are too many runs.
    pub(super) fn take(context: &Arc<Context>, owner: &OwnerId) -> Result<Self, SendError> {
        if context.shutdown.is_cancelled() {
            return Err(SendError::ShuttingDown);
        }
        let permit = Arc::clone(&context.permits).try_acquire_owned();
        let permit = permit.map_err(|_| SendError::Overloaded)?;
        let mut live = context.live.entry(owner.clone()).or_insert(0);
        if *live >= RUNS_PER_OWNER {
            return Err(SendError::Overloaded);
        }
        *live += 1;
        Ok(Self {
            context: Arc::clone(context),
            owner: owner.clone(),
            _permit: permit,
        })
    }
}

impl Drop for RunSlot {
    fn drop(&mut self) {
        if let Entry::Occupied(mut live) = self.context.live.entry(self.owner.clone()) {
            *live.get_mut() -= 1;
            if *live.get() == 0 {
                live.remove();
            }
        }
    }
}
