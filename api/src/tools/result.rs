//! Results of calls in our types.

use super::PendingQuestion;
use crate::domain::{JsonObject, ToolOutcome};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallResult {
    /// It is complete.
    Done(ServerOutcome),
    /// The server asks a question first.
    Question(PendingQuestion),
}

/// The result of a complete call.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerOutcome {
    /// For the visitor, and for the model unless `for_model` is set.
    pub outcome: ToolOutcome,
    /// Only for the model: a server's own error texts are not for visitors.
    pub for_model: Option<String>,
}

impl ServerOutcome {
    pub(super) fn error(sentence: &str) -> Self {
        Self {
            outcome: ToolOutcome::error(sentence),
            for_model: None,
        }
    }

    /// An error that the server explains to the model.
    pub(super) fn refused(explanation: &str) -> Self {
        Self {
            outcome: ToolOutcome::error("The tool refused this call."),
            for_model: Some(format!("The tool refused this call: {explanation}")),
        }
    }
}

impl From<ToolOutcome> for ServerOutcome {
    fn from(outcome: ToolOutcome) -> Self {
        Self {
            outcome,
            for_model: None,
        }
    }
}

impl From<CallToolResult> for ServerOutcome {
    fn from(result: CallToolResult) -> Self {
        let texts: Vec<String> = result.content.iter().map(text).collect();
        let mut object = JsonObject::new();
        object.insert("text".to_owned(), Value::String(texts.join("\n")));
        if let Some(structured) = result.structured_content {
            object.insert("structured".to_owned(), structured);
        }
        Self {
            outcome: ToolOutcome {
                result: object,
                is_error: result.is_error.unwrap_or(false),
            },
            for_model: None,
        }
    }
}

/// A block as text; unsupported blocks are named.
fn text(block: &ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!("[image, {}]", image.mime_type),
        ContentBlock::Audio(audio) => format!("[audio, {}]", audio.mime_type),
        ContentBlock::ResourceLink(link) => format!("[{}]({})", link.name, link.uri),
        ContentBlock::Resource(embedded) => match &embedded.resource {
            ResourceContents::TextResourceContents { text, .. } => text.clone(),
            ResourceContents::BlobResourceContents { uri, mime_type, .. } => {
                let kind = mime_type.as_deref().unwrap_or("application/octet-stream");
                format!("[file {uri}, {kind}]")
            }
            _ => "[a resource of an unknown kind]".to_owned(),
        },
        _ => "[content of an unknown kind]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn outcome(result: Value) -> ToolOutcome {
        let result: CallToolResult = serde_json::from_value(result).unwrap();
        ServerOutcome::from(result).outcome
    }

    #[test]
    fn extracts_text_structure_links_and_image_names() {
        let content = json!([
            {"type": "text", "text": "Two ferns."},
            {"type": "image", "data": "AAAA", "mimeType": "image/png"},
            {"type": "resource_link", "name": "Fern", "uri": "https://shop.example/f12"},
            {"type": "resource", "resource": {"uri": "file:///a", "text": "Care: water."}},
        ]);
        let outcome = outcome(json!({"content": content, "structuredContent": {"n": 2}}));
        assert_eq!(
            outcome.result["text"],
            "Two ferns.\n[image, image/png]\n[Fern](https://shop.example/f12)\nCare: water."
        );
        assert_eq!(outcome.result["structured"], json!({"n": 2}));
        assert!(!outcome.is_error);
    }

    #[test]
    fn keeps_failures_as_failures() {
        let outcome =
            outcome(json!({"content": [{"type": "text", "text": "no"}], "isError": true}));
        assert!(outcome.is_error);
        assert_eq!(outcome.result, *json!({"text": "no"}).as_object().unwrap());
    }
}
