//! Sites that embed the chat, as their pages and visitors see them.

use super::SiteId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The public appearance of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// The site's id.
    pub id: SiteId,
    /// The chat's title.
    pub title: String,
    /// The greeting. Empty: the page's own, in the visitor's language.
    pub greeting: String,
    /// Suggested first messages.
    pub starters: Vec<String>,
    /// `#rrggbb`; null for the default color.
    #[schema(required)]
    pub accent: Option<String>,
    /// Origins of pages that may embed the chat. Empty: any.
    pub origins: Vec<String>,
    /// The image in the header: a path on the chat's own host, or a `data:` URL.
    #[schema(required)]
    pub logo: Option<String>,
    /// The parts of the page that visitors see.
    pub show: SiteParts,
    /// The notice that an AI answers. Empty: none; null: the page's own.
    #[schema(required)]
    pub ai_notice: Option<String>,
    /// Translations, by BCP 47 tag.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(required = false)]
    pub text: BTreeMap<String, SiteText>,
}

/// Parts of the page that a site shows or hides. Missing ones have the page's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteParts {
    /// The list of conversations, and the search.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub conversations: Option<bool>,
    /// The notes panel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub notes: Option<bool>,
    /// The settings page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub settings: Option<bool>,
    /// The light and dark theme switch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub theme: Option<bool>,
    /// Token counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub usage: Option<bool>,
}

/// A site's texts in one language. Missing ones are the same as in [`Site`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteText {
    /// The chat's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// The greeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub greeting: Option<String>,
    /// Suggested first messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub starters: Option<Vec<String>>,
    /// The notice that an AI answers. Empty: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ai_notice: Option<String>,
}
