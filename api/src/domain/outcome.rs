//! How a run ended, why it failed, and what it used.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a run ended.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunStatus {
    /// The model finished its answer.
    Completed,
    /// Somebody stopped it, or nobody read it.
    Cancelled,
    /// An `error` event says why.
    Failed,
    /// It waits for somebody; `interrupts` says for what.
    Interrupted,
}

/// Tokens, by the provider's own count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Tokens of what was sent to the model.
    pub input_tokens: u64,
    /// Tokens of what the model wrote.
    pub output_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }
}

/// Why a run failed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RunErrorCode {
    /// The provider refused the key.
    ProviderAuth,
    /// The provider asks to slow down.
    ProviderRateLimited,
    /// The key's account has no credit left.
    ProviderQuota,
    /// The provider could not be reached, or answered 5xx.
    ProviderUnavailable,
    /// The provider kept silent for too long.
    ProviderTimeout,
    /// The provider's answer broke off or made no sense.
    ProviderInvalidResponse,
    /// Anything else the provider refused or reported.
    ProviderError,
    /// The conversation is longer than the model can read.
    ContextTooLong,
    /// The provider's content filter stopped the answer.
    ContentFiltered,
    /// The provider does not know the model.
    ModelNotFound,
    /// The answer passed 8 MiB.
    OutputTooLong,
    /// The agents passed their 10 turns.
    MaxIterations,
    /// The replica that owned the run is gone.
    RunLost,
    /// The server is stopping.
    ShuttingDown,
    /// A fault of ours.
    InternalError,
}
