//! Reads and checks one `[[agents]]` table of an agents file.

use super::{agent::Agent, handoff};
use crate::domain::{AgentId, Effort, ModelName, ToolSelector};
use serde::Deserialize;
use std::collections::BTreeMap;
use strum::VariantNames;

/// Longest tool name that providers accept (OpenAI, function calling).
const TOOL_NAME_MAX_CHARS: usize = 64;

/// With every field optional, so that all faults are reported together.
#[derive(Default, Deserialize)]
pub(super) struct AgentTable {
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    instructions: String,
    model: Option<String>,
    effort: Option<String>,
    #[serde(default)]
    tools: Vec<String>,
    #[serde(default)]
    handoffs: Vec<String>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
    /// Whether a field has another type, which is reported already.
    #[serde(skip)]
    is_unreadable: bool,
}

impl AgentTable {
    /// A table with a field of another type: only its `id`, so that others can name it.
    pub(super) fn unreadable(table: &toml::Value) -> Self {
        let id = table.get("id").and_then(toml::Value::as_str);
        Self {
            id: id.unwrap_or_default().to_owned(),
            is_unreadable: true,
            ..Self::default()
        }
    }
}

/// The tools that an agent's `tools` may name. Tools of servers and pages are known only later.
pub(super) struct KnownTools<'a> {
    pub(super) notes: &'a [String],
    pub(super) servers: Vec<&'a str>,
}

impl KnownTools<'_> {
    fn read(&self, text: &str) -> Result<ToolSelector, String> {
        let tool: ToolSelector = text
            .parse()
            .map_err(|error| format!("tool \"{text}\": {error}."))?;
        match &tool {
            ToolSelector::Note(name) if !self.notes.contains(name) => Err(format!(
                "there is no tool \"{name}\"; there are: {}.",
                self.notes.join(", ")
            )),
            ToolSelector::Server { server, .. } if !self.servers.contains(&server.as_str()) => Err(
                format!("tool \"{text}\": there is no MCP server \"{server}\"."),
            ),
            _ => Ok(tool),
        }
    }
}

/// `None` only if a fault was reported.
pub(super) fn check(
    all: &[AgentTable],
    index: usize,
    known_tools: &KnownTools,
    faults: &mut Vec<String>,
) -> Option<Agent> {
    let agent = &all[index];
    if agent.is_unreadable {
        return None;
    }
    let label = if agent.id.is_empty() {
        format!("Agent {}", index + 1)
    } else {
        format!("Agent \"{}\"", agent.id)
    };
    let mut fault = |text: String| faults.push(format!("{label}: {text}"));

    for field in agent.unknown.keys() {
        fault(format!("there is no field `{field}`."));
    }
    let id_max = TOOL_NAME_MAX_CHARS - handoff::PREFIX.len();
    let id = agent
        .id
        .parse::<AgentId>()
        .ok()
        .filter(|id| id.as_str().len() <= id_max);
    if agent.id.is_empty() {
        fault("`id` is missing.".to_owned());
    } else if id.is_none() {
        fault(format!(
            "`id` must be 1 to {id_max} of A-Z, a-z, 0-9, _ and -."
        ));
    } else if all[..index].iter().any(|earlier| earlier.id == agent.id) {
        fault("there is another agent with this `id`.".to_owned());
    }
    for (field, text) in [
        ("name", &agent.name),
        ("description", &agent.description),
        ("instructions", &agent.instructions),
    ] {
        if text.trim().is_empty() {
            fault(format!("`{field}` is missing or empty."));
        }
    }
    let model: Option<ModelName> = agent.model.as_ref().and_then(|model| {
        let parsed = model.parse();
        parsed
            .map_err(|error| fault(format!("`model`: {error}")))
            .ok()
    });
    let effort: Option<Effort> = agent.effort.as_ref().and_then(|effort| {
        let one_of = Effort::VARIANTS.join(", ");
        let parsed = effort.parse();
        parsed
            .map_err(|_| fault(format!("`effort` must be one of: {one_of}.")))
            .ok()
    });
    let mut tools = Vec::new();
    for (at, text) in agent.tools.iter().enumerate() {
        if agent.tools[..at].contains(text) {
            fault(format!("tool \"{text}\" is listed twice."));
            continue;
        }
        match known_tools.read(text) {
            Ok(tool) => tools.push(tool),
            Err(reason) => fault(reason),
        }
    }
    let mut handoffs = Vec::new();
    for (at, target) in agent.handoffs.iter().enumerate() {
        if *target == agent.id {
            fault("it cannot hand over to itself.".to_owned());
        } else if agent.handoffs[..at].contains(target) {
            fault(format!("handoff to \"{target}\" is listed twice."));
        } else if !all.iter().any(|other| other.id == *target) {
            fault(format!(
                "it hands over to \"{target}\", and there is no such agent."
            ));
        }
        handoffs.extend(target.parse::<AgentId>());
    }
    Some(Agent {
        id: id?,
        name: agent.name.trim().to_owned(),
        description: agent.description.trim().to_owned(),
        instructions: agent.instructions.trim().into(),
        model,
        effort,
        tools,
        handoffs,
    })
}
