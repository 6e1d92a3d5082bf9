//! How long a model thinks before it answers.

use serde::{Deserialize, Serialize};

/// A model's reasoning effort, in OpenAI's terms. A model may support only some of them.
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
    /// No reasoning.
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
    /// The value sent in requests.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}
