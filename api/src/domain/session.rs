//! The session of a signed-in visitor.

use super::{ApiKey, ModelName, OwnerId, SiteId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a session's API key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// Entered by the visitor.
    User,
    /// Sent by the site, in a client secret.
    Site,
}

/// A signed-in visitor. Not a wire type: it holds the API key.
#[derive(Debug, Clone)]
pub struct Session {
    /// The owner of the threads and notes that this session sees.
    pub owner: OwnerId,
    /// Whether the owner's data ends with the session (a visitor without a durable store).
    pub ephemeral: bool,
    /// The site it signed in through.
    pub site_id: Option<SiteId>,
    /// The site's id for its user, from the client secret.
    pub user_id: Option<String>,
    /// The provider's API key, if there is one.
    pub api_key: Option<ApiKey>,
    /// Where the key comes from.
    pub key_source: Option<KeySource>,
    /// The chosen model; the deployment's default if none.
    pub model: Option<ModelName>,
    /// The model used instead of the default, if the key's provider does not offer the default.
    pub fallback_model: Option<ModelName>,
    /// Whether the visitor has been told that the model retires.
    pub model_checked: bool,
    /// When the visitor signed in.
    pub created_at: Timestamp,
}
