//! Answers of the Responses API on the wire: an event, or a complete response.
//!
//! Events are distinguished by `type`, and unknown ones are skipped. Some servers leave out
//! numbers, ids and whole events.

use super::{
    json::lenient::{Arguments, Content, Count, List, Text, Thought, lenient_object},
    usage::WireUsage,
    wire_error::WireError,
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

lenient_object! {
    /// An event, or a complete response in its place.
    pub(super) struct ResponseEvent {
        pub(super) kind: Text = "type",
        pub(super) delta: Text = "delta",
        pub(super) text: Text = "text",
        pub(super) refusal: Text = "refusal",
        pub(super) arguments: Arguments = "arguments",
        pub(super) output_index: Count = "output_index",
        pub(super) summary_index: Count = "summary_index",
        pub(super) item_id: Text = "item_id",
        /// Of a call.
        pub(super) name: Text = "name",
        pub(super) item: Item = "item",
        pub(super) part: Text = "part",
        pub(super) response: Response = "response",
        pub(super) error: Value = "error",
        // The fields of a complete `Response`.
        pub(super) object: Text = "object",
        pub(super) status: Text = "status",
        pub(super) output: List<Item> = "output",
        pub(super) usage: WireUsage = "usage",
        pub(super) incomplete_details: Incomplete = "incomplete_details",
    }
}

lenient_object! {
    /// A response, within the event that ends it.
    pub(super) struct Response {
        pub(super) status: Text = "status",
        pub(super) error: Value = "error",
        pub(super) incomplete_details: Incomplete = "incomplete_details",
        pub(super) output: List<Item> = "output",
        pub(super) usage: WireUsage = "usage",
    }
}

lenient_object! {
    pub(super) struct Incomplete {
        pub(super) reason: Text = "reason",
    }
}

/// A message, a thought or a call. Kept as JSON, since thoughts are returned unchanged.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) fields: ItemFields,
    pub(super) raw: Value,
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(deserializer)?;
        // The fields accept any JSON.
        let fields = ItemFields::deserialize(&raw).unwrap_or_default();
        Ok(Self { fields, raw })
    }
}

lenient_object! {
    pub(super) struct ItemFields {
        pub(super) kind: Text = "type",
        pub(super) id: Text = "id",
        pub(super) call_id: Text = "call_id",
        pub(super) name: Text = "name",
        pub(super) arguments: Arguments = "arguments",
        pub(super) content: Content = "content",
        pub(super) summary: Thought = "summary",
        pub(super) encrypted_content: Text = "encrypted_content",
    }
}

impl ResponseEvent {
    /// The error in an event of any type.
    pub(super) fn error(&self) -> Option<WireError> {
        WireError::read(&self.error).or_else(|| WireError::read(&self.response.error))
    }
}

impl ItemFields {
    /// Identifies the item within its answer.
    pub(super) fn key(&self) -> &str {
        if self.id.0.is_empty() {
            &self.call_id.0
        } else {
            &self.id.0
        }
    }

    /// Whether it can be returned: the provider stores nothing, so it must have its content.
    pub(super) fn is_carried_thought(&self) -> bool {
        self.kind.0 == "reasoning"
            && !(self.encrypted_content.0.is_empty() && self.content.thought.is_empty())
    }
}
