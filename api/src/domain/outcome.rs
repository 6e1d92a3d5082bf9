//! How a run ended, why it failed, and the tokens it used.

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
    /// It was cancelled, or nobody read it.
    Cancelled,
    /// See the `error` event.
    Failed,
    /// It waits for answers to `interrupts`.
    Interrupted,
}

/// Token counts, as the provider reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Usage {
    /// Tokens sent to the model.
    pub input_tokens: u64,
    /// Tokens written by the model.
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
    /// The provider's rate limit was reached.
    ProviderRateLimited,
    /// The key's account has no credit left.
    ProviderQuota,
    /// The provider could not be reached, or answered 5xx.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The provider's answer was cut off or malformed.
    ProviderInvalidResponse,
    /// Any other error of the provider.
    ProviderError,
    /// The conversation exceeds the model's context.
    ContextTooLong,
    /// The provider's content filter stopped the answer.
    ContentFiltered,
    /// The provider does not know the model.
    ModelNotFound,
    /// The answer exceeded 8 MiB.
    OutputTooLong,
    /// The agents used up their 10 turns.
    MaxIterations,
    /// The replica that owned the run is gone.
    RunLost,
    /// The server is stopping.
    ShuttingDown,
    /// An internal error.
    InternalError,
}
