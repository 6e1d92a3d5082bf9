//! Handoffs as tools: their names and descriptions.

use super::agent::Agent;
use crate::domain::ToolSpec;
use serde_json::json;

pub(super) const PREFIX: &str = "handoff_to_";

/// The target of a handoff tool; `None` for any other tool.
#[must_use]
pub fn handoff_target(tool: &str) -> Option<&str> {
    tool.strip_prefix(PREFIX)
        .filter(|target| !target.is_empty())
}

pub(super) fn spec(target: &Agent) -> ToolSpec {
    ToolSpec {
        name: format!("{PREFIX}{}", target.id),
        description: format!(
            "Hand the conversation over to the {}, who answers from here on and sees all that \
             was said. Takes no arguments. The {}: {}",
            target.name, target.name, target.description
        ),
        parameters: json!({"type": "object", "properties": {}, "additionalProperties": false}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handoff_names_are_a_prefix_and_an_id() {
        assert_eq!(handoff_target("handoff_to_archivist"), Some("archivist"));
        for other in ["handoff_to_", "save_note", "xhandoff_to_archivist", ""] {
            assert_eq!(handoff_target(other), None, "{other}");
        }
    }
}
