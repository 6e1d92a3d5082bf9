//! A signed-in visitor.

use super::{ApiKey, ModelName, OwnerId, SiteId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who brought the key of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    /// The visitor, on the settings page.
    User,
    /// The owner of the site, by a client secret.
    Site,
}

/// What the server knows of a signed-in visitor. Not a wire form: it holds the key.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose threads and notes this session sees.
    pub owner: OwnerId,
    /// Whether the owner's things end with the session (a visitor without a durable store).
    pub ephemeral: bool,
    /// The site it signed in through.
    pub site_id: Option<SiteId>,
    /// The site's own name for its user, from the client secret.
    pub user_id: Option<String>,
    /// The provider's key, when there is one.
    pub api_key: Option<ApiKey>,
    /// Who brought the key.
    pub key_source: Option<KeySource>,
    /// The chosen model; the deployment's default when none.
    pub model: Option<ModelName>,
    /// What answers in place of the default, where the key's provider does not offer that.
    pub fallback_model: Option<ModelName>,
    /// Whether the visitor was told about a model that retires.
    pub model_checked: bool,
    /// When it signed in.
    pub created_at: Timestamp,
}
