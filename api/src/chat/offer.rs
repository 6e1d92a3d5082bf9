//! The tools that an agent is offered in one turn, and what each name stands for.

use crate::domain::{AgentId, ToolOutcome, ToolSpec};

/// Longest name that is repeated to a model that made it up.
const NAME_MAX_CHARS: usize = 80;

/// What a tool's name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ToolKind {
    /// A tool of the note server.
    Note,
    /// A handoff to this agent.
    Handoff(AgentId),
}

/// The tools of one turn.
#[derive(Default)]
pub(super) struct Offer {
    specs: Vec<ToolSpec>,
    kinds: Vec<ToolKind>,
}

impl Offer {
    pub(super) fn add(&mut self, spec: ToolSpec, kind: ToolKind) {
        self.specs.push(spec);
        self.kinds.push(kind);
    }

    /// The tools as the model sees them.
    pub(super) fn specs(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// What `name` stands for; `None` for a name that the model made up.
    pub(super) fn find(&self, name: &str) -> Option<&ToolKind> {
        self.position(name).map(|at| &self.kinds[at])
    }

    /// `name` if it is offered, for metrics.
    pub(super) fn name_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        self.position(name).map(|_| name)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.specs.iter().position(|spec| spec.name == name)
    }

    /// What the model is told when it calls a tool that does not exist.
    pub(super) fn unknown_tool(&self, name: &str) -> ToolOutcome {
        let names: Vec<&str> = self.specs.iter().map(|spec| spec.name.as_str()).collect();
        let name: String = name.chars().take(NAME_MAX_CHARS).collect();
        ToolOutcome::error(format!(
            "There is no tool \"{name}\". You have: {}.",
            names.join(", ")
        ))
    }
}
