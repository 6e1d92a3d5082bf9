//! Reads and checks an agents file.

use super::{
    agent::Agent,
    handoff,
    mcp_servers::{self, Env},
    registry::Agents,
};
use crate::domain::{AgentId, Effort, ModelName, ToolSelector};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};
use strum::VariantNames;

/// Longest tool name that providers accept (OpenAI, function calling).
const TOOL_NAME_MAX_CHARS: usize = 64;

/// All faults of an agents file, one per line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct AgentsError {
    /// Full sentences for the author of the file.
    pub faults: Vec<String>,
}

impl fmt::Display for AgentsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("\n"))
    }
}

/// The file with every field optional, so that all faults are reported together.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    entry: String,
    #[serde(default)]
    mcp_servers: toml::Table,
    #[serde(default)]
    agents: Vec<Entry>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    id: String,
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
}

impl Agents {
    /// Reads agents from TOML. `known_tools` are the note tools; `env` looks up the secrets that
    /// the file refers to.
    ///
    /// # Errors
    /// Lists everything that is wrong with the file.
    pub fn parse(
        toml: &str,
        known_tools: &[String],
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AgentsError> {
        parse(toml, known_tools, env)
    }
}

fn parse(toml: &str, known_tools: &[String], env: Env) -> Result<Agents, AgentsError> {
    let file: File = toml::from_str(toml).map_err(|error| AgentsError {
        faults: vec![format!("The agents file cannot be read: {error}")],
    })?;
    let mut faults = Vec::new();
    for field in file.unknown.keys() {
        faults.push(format!(
            "There is no field `{field}`; a file has `entry`, `[mcp_servers]` and `[[agents]]`."
        ));
    }
    if file.agents.is_empty() {
        faults.push("There is no agent; write at least one `[[agents]]`.".to_owned());
    }
    let entry = file.agents.iter().position(|agent| agent.id == file.entry);
    if file.entry.is_empty() {
        faults.push("`entry` is missing; name the agent that conversations begin with.".to_owned());
    } else if entry.is_none() {
        faults.push(format!(
            "`entry` names \"{}\", and there is no such agent.",
            file.entry
        ));
    }
    let mcp_servers = mcp_servers::check(&file.mcp_servers, env, &mut faults);
    let known = KnownTools {
        notes: known_tools,
        servers: file.mcp_servers.keys().map(String::as_str).collect(),
    };
    let agents: Vec<Agent> = (0..file.agents.len())
        .filter_map(|index| check(&file.agents, index, &known, &mut faults))
        .collect();
    match entry {
        Some(entry) if faults.is_empty() => Ok(Agents {
            agents,
            entry,
            mcp_servers,
        }),
        _ => Err(AgentsError { faults }),
    }
}

/// The tools that an agent's `tools` may name. Tools of servers and pages are known only later.
struct KnownTools<'a> {
    notes: &'a [String],
    servers: Vec<&'a str>,
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

/// The agent at `index`. `None` only if a fault was reported.
fn check(
    all: &[Entry],
    index: usize,
    known_tools: &KnownTools,
    faults: &mut Vec<String>,
) -> Option<Agent> {
    let agent = &all[index];
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
        instructions: agent.instructions.trim().to_owned(),
        model,
        effort,
        tools,
        handoffs,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn tools() -> Vec<String> {
        ["get_note", "list_titles", "save_note"]
            .map(str::to_owned)
            .to_vec()
    }

    /// The faults of a file.
    fn faults(toml: &str) -> Vec<String> {
        parse(toml, &tools(), &|_| None)
            .expect_err("the file has faults")
            .faults
    }

    fn agent(id: &str, more: &str) -> String {
        format!(
            "[[agents]]\nid = \"{id}\"\nname = \"N\"\ndescription = \"D\"\ninstructions = \"I\"\n{more}\n"
        )
    }

    #[test]
    fn the_builtin_agents_are_the_concierge_and_the_archivist() {
        let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
        let names: Vec<_> = agents
            .infos()
            .into_iter()
            .map(|info| (info.id.to_string(), info.name))
            .collect();
        let expected = [("concierge", "Concierge"), ("archivist", "Archivist")]
            .map(|(id, name)| (id.to_owned(), name.to_owned()));
        assert_eq!(names, expected);
        assert_eq!(agents.entry().name, "Concierge");
        assert_eq!(agents.entry().tools, Vec::<ToolSelector>::new());

        let archivist = agents.get(&"archivist".parse().unwrap()).unwrap();
        let names: Vec<_> = archivist.tools.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["save_note", "get_note", "list_titles"]);
        let offered: Vec<_> = agents
            .handoffs(archivist)
            .map(|(spec, _)| spec.name)
            .collect();
        assert_eq!(offered, ["handoff_to_concierge"]);
    }

    #[test]
    fn handoff_tools_describe_their_target_and_take_no_arguments() {
        let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
        let handoffs: Vec<_> = agents.handoffs(agents.entry()).collect();
        let [(spec, to)] = &handoffs[..] else {
            panic!("one handoff")
        };
        assert_eq!(to.as_str(), "archivist");
        assert_eq!(spec.name, "handoff_to_archivist");
        assert!(
            spec.description.contains("Keeps the user's notes"),
            "{}",
            spec.description
        );
        assert_eq!(
            spec.parameters,
            serde_json::json!({"type": "object", "properties": {}, "additionalProperties": false})
        );
    }

    /// Instructions must name exactly the tools and handoffs that are offered, since models act on
    /// names.
    #[test]
    fn instructions_name_every_tool_offered_and_no_other() {
        let agents = parse(Agents::builtin_toml(), &tools(), &|_| None).unwrap();
        for agent in agents.iter() {
            let mut offered: Vec<_> = agents.handoffs(agent).map(|(spec, _)| spec.name).collect();
            offered.extend(agent.tools.iter().map(ToString::to_string));
            offered.sort();
            let mut named: Vec<_> = agent
                .instructions
                .split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect();
            named.sort();
            named.dedup();
            assert_eq!(named, offered, "{}", agent.id);
        }
    }

    #[test]
    fn finds_each_fault() {
        let cases = [
            ("entry = \"a\"".to_owned(), "no agent"),
            (agent("a", ""), "`entry` is missing"),
            (
                format!("entry = \"b\"\n{}", agent("a", "")),
                "no such agent",
            ),
            (
                format!("entry = \"a\"\n{}{}", agent("a", ""), agent("a", "")),
                "another agent with this `id`",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "tools = [\"delete_note\"]")),
                "no tool \"delete_note\"",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "tools = [\"shop/*\"]")),
                "no MCP server \"shop\"",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "tools = [\"page/\"]")),
                "a tool is written as",
            ),
            (
                format!("entry = \"a\"\n[mcp_servers.shop]\n{}", agent("a", "")),
                "neither `url` nor `command`",
            ),
            (
                format!(
                    "entry = \"a\"\n{}",
                    agent("a", "tools = [\"get_note\", \"get_note\"]")
                ),
                "listed twice",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "handoffs = [\"a\"]")),
                "itself",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "handoffs = [\"b\"]")),
                "no such agent",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "temperature = 1")),
                "no field `temperature`",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "model = \"a b\"")),
                "`model`: A model name",
            ),
            (
                format!("entry = \"a\"\n{}", agent("a", "effort = \"huge\"")),
                "`effort` must be one of: none, minimal, low, medium, high, xhigh, max.",
            ),
            (
                format!("entry = \"a\"\nmodel = \"x\"\n{}", agent("a", "")),
                "no field `model`",
            ),
            (
                format!("entry = \"a b\"\n{}", agent("a b", "")),
                "`id` must be",
            ),
            (
                format!("entry = \"a\"\n{}", agent(&"a".repeat(54), "")),
                "1 to 53",
            ),
            (
                "entry = \"a\"\n[[agents]]\nid = \"a\"".to_owned(),
                "`instructions` is missing",
            ),
            ("entry = [".to_owned(), "cannot be read"),
            ("agents = 3".to_owned(), "cannot be read"),
        ];
        for (toml, expected) in cases {
            let faults = faults(&toml);
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{expected}: {faults:?}"
            );
        }
    }

    #[test]
    fn agents_can_set_model_and_effort() {
        let more = "model = \"gpt-6-luna\"\neffort = \"low\"";
        let toml = format!("entry = \"a\"\n{}", agent("a", more));
        let agents = parse(&toml, &tools(), &|_| None).unwrap();
        let model = agents.entry().model.as_ref().map(ModelName::as_str);
        assert_eq!(model, Some("gpt-6-luna"));
        assert_eq!(agents.entry().effort, Some(Effort::Low));
    }

    #[test]
    fn agents_can_use_tools_of_servers_and_pages() {
        let toml = format!(
            "entry = \"a\"\n[mcp_servers.shop]\nurl = \"http://127.0.0.1:9/mcp\"\n{}",
            agent("a", "tools = [\"save_note\", \"shop/search\", \"page/*\"]")
        );
        let agents = parse(&toml, &tools(), &|_| None).unwrap();
        assert_eq!(agents.mcp_servers()[0].name, "shop");
        assert!(agents.entry().tools[1].selects("shop", "search"));
    }

    #[test]
    fn lists_all_faults() {
        let more = "tools = [\"x\"]\nhandoffs = [\"a\", \"nobody\"]\ncolour = 1";
        let faults = faults(&format!(
            "entry = \"z\"\n{}{}",
            agent("a", more),
            agent("", "")
        ));
        assert_eq!(faults.len(), 6, "{faults:?}");
    }
}
