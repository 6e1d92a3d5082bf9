//! The changes that a run saves to its thread.

use super::{Progress, rows};
use crate::domain::{AgentId, Message, RunId, StoreError};

/// The messages of a run so far.
pub(super) struct Saving {
    pub(super) run: RunId,
    pub(super) messages: Vec<Message>,
    pub(super) agent: AgentId,
    pub(super) progress: Progress,
}

impl Saving {
    pub(super) fn has_ended(&self) -> bool {
        self.progress != Progress::Live
    }

    /// The thread's pause as JSON, if the run ends in one.
    pub(super) fn pause(&self) -> Result<Option<String>, StoreError> {
        match &self.progress {
            Progress::Paused(pause) => rows::json(pause).map(Some),
            Progress::Live | Progress::Ended => Ok(None),
        }
    }
}
