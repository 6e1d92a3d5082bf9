//! Paused threads.

use super::Interrupt;
use serde::{Deserialize, Serialize};

/// The open interrupts of an answer and the state needed to resume it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pause {
    /// At least one, expired ones included.
    pub interrupts: Vec<Interrupt>,
    /// Opaque to stores and never sent to clients.
    pub state: String,
}
