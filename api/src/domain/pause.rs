//! What a thread waits for between two runs.

use super::Interrupt;
use serde::{Deserialize, Serialize};

/// The open interrupts of one answer, with what is needed to go on from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// At least one, expired ones included.
    pub interrupts: Vec<Interrupt>,
    /// Opaque to stores and never sent to clients.
    pub state: String,
}
