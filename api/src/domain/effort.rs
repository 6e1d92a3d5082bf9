//! How long a model thinks before it answers.

use serde::{Deserialize, Serialize};

/// A model's reasoning effort, as OpenAI names its steps. Models take different subsets.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Effort {
    /// No reasoning at all.
    None,
    /// The least.
    Minimal,
    /// A little.
    Low,
    /// The default of most models.
    Medium,
    /// A lot.
    High,
    /// More.
    Xhigh,
    /// The most.
    Max,
}

impl Effort {
    /// The effort as requests spell it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
