//! The tools that an agent is offered in a turn, and what their names refer to.

use super::metrics::ToolLabel;
use crate::domain::{AgentId, ToolOutcome, ToolSpec};

const TOOLS_MAX: usize = 128;
/// Models make up names of any length.
const NAME_MAX_CHARS: usize = 80;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ToolKind {
    Handoff(AgentId),
    Note,
    Page { read_only: bool },
    Server(ServerCall),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerCall {
    pub(super) server: String,
    /// The tool's name on the server.
    pub(super) tool: String,
    pub(super) fingerprint: String,
    /// Whether the visitor's permission is needed.
    pub(super) needs_approval: bool,
    pub(super) is_read_only: bool,
}

#[derive(Default)]
pub(super) struct Offer {
    specs: Vec<ToolSpec>,
    kinds: Vec<ToolKind>,
    /// Tools that did not fit.
    left_out: Vec<String>,
    pub(super) away: Vec<String>,
}

impl Offer {
    pub(super) fn add(&mut self, spec: ToolSpec, kind: ToolKind) {
        if self.specs.len() < TOOLS_MAX {
            self.specs.push(spec);
            self.kinds.push(kind);
        } else {
            self.left_out.push(spec.name);
        }
    }

    pub(super) fn warn_of_left_out(&self) {
        if !self.left_out.is_empty() {
            let tools = self.left_out.join(",");
            tracing::warn!(
                tools,
                "an agent has more than 128 tools; the last are left out"
            );
        }
    }

    pub(super) fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// The tool with this name; `None` for a name that the model made up.
    pub(super) fn find(&self, name: &str) -> Option<&ToolKind> {
        let at = self.specs.iter().position(|spec| spec.name == name)?;
        self.kinds.get(at)
    }

    /// The offered tool of a server.
    pub(super) fn find_server_tool(&self, server: &str, tool: &str) -> Option<&ServerCall> {
        self.kinds.iter().find_map(|kind| match kind {
            ToolKind::Server(call) if call.server == server && call.tool == tool => Some(call),
            _ => None,
        })
    }

    pub(super) fn label<'a>(&'a self, name: &'a str) -> ToolLabel<'a> {
        match self.find(name) {
            Some(ToolKind::Handoff(_) | ToolKind::Note) => ToolLabel::Own(name),
            Some(ToolKind::Page { .. }) => ToolLabel::Page,
            Some(ToolKind::Server(call)) => ToolLabel::Server(&call.server),
            None => ToolLabel::Unknown,
        }
    }

    pub(super) fn unknown_tool(&self, name: &str) -> ToolOutcome {
        let names: Vec<&str> = self.specs.iter().map(|spec| spec.name.as_str()).collect();
        let name: String = name.chars().take(NAME_MAX_CHARS).collect();
        ToolOutcome::error(format!(
            "There is no tool \"{name}\". You have: {}.",
            names.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn offers_at_most_128_tools() {
        let mut offer = Offer::default();
        for n in 0..130 {
            let spec = ToolSpec {
                name: format!("tool{n}"),
                description: String::new(),
                parameters: json!({}),
            };
            offer.add(spec, ToolKind::Note);
        }
        assert_eq!(offer.specs().len(), TOOLS_MAX);
        assert_eq!(offer.left_out, ["tool128", "tool129"]);
        assert_eq!(offer.find("tool129"), None);
    }
}
