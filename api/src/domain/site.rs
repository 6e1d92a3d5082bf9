//! A site that embeds the chat, as its pages and visitors see it.

use super::SiteId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The public look of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// The chat's title.
    pub title: String,
    /// The first sentence a visitor reads.
    pub greeting: String,
    /// Messages a visitor may begin with.
    pub starters: Vec<String>,
    /// `#rrggbb`, or null for our own.
    #[schema(required)]
    pub accent: Option<String>,
    /// The pages that may embed it; empty: any.
    pub origins: Vec<String>,
}
