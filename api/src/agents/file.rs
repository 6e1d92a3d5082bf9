//! Reads and checks an agents file.

use super::{
    agent::Agent,
    agent_table::{self, AgentTable, KnownTools},
    mcp_servers::{self, Env},
    registry::Agents,
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

#[cfg(test)]
mod tests;

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

/// With every field optional, so that all faults are reported together.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    entry: String,
    #[serde(default)]
    mcp_servers: toml::Table,
    #[serde(default)]
    agents: Vec<toml::Value>,
    #[serde(flatten)]
    unknown: BTreeMap<String, toml::Value>,
}

impl Agents {
    /// Reads agents from TOML, or lists everything that is wrong. `known_tools` are the note tools;
    /// `env` looks up the secrets that the file refers to.
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
    let tables = file.agents.iter().enumerate();
    let tables: Vec<AgentTable> = tables
        .map(|(index, table)| {
            table
                .clone()
                .try_into()
                .unwrap_or_else(|error: toml::de::Error| {
                    faults.push(format!("Agent {}: {}", index + 1, error.message()));
                    AgentTable::unreadable(table)
                })
        })
        .collect();
    let entry = tables.iter().position(|agent| agent.id == file.entry);
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
    let agents: Vec<Agent> = (0..tables.len())
        .filter_map(|index| agent_table::check(&tables, index, &known, &mut faults))
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
