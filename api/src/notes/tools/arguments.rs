//! What the note tools take and give, as types; their JSON schemas are what models read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Arguments of `save_note`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SaveNote {
    /// Short title in one line, 1 to 200 characters. A note that has exactly this title is replaced.
    #[schemars(length(min = 1, max = 200))]
    pub(super) title: String,
    /// The whole text of the note, up to 64 KiB. It replaces the old text; it is not appended to it.
    #[schemars(length(max = 65536))]
    pub(super) content: String,
}

/// Arguments of `get_note`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GetNote {
    /// The exact title, as `list_titles` gives it.
    #[schemars(length(min = 1, max = 200))]
    pub(super) title: String,
}

/// Arguments of `list_titles`: none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListTitles {}

/// What `save_note` gives.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Saved {
    /// Always true; a note that was not saved is an error.
    pub(super) success: bool,
    /// The title that it was saved under.
    pub(super) title: String,
}

/// What `get_note` gives.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Found {
    /// The note's title.
    pub(super) title: String,
    /// The note's whole text.
    pub(super) content: String,
}

/// What `list_titles` gives.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Titles {
    /// The last saved first.
    pub(super) titles: Vec<String>,
}
