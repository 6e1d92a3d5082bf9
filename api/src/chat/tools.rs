//! A run's calls: of the note tools, and of the handoffs that the engine itself answers.

use super::{engine::Shared, history::to_text};
use crate::{
    agents::{Agent, handoff_target},
    domain::{AgentId, JsonObject, OwnerId, ToolCallId, ToolOutcome, ToolSpec},
    notes::tools::ToolClient,
    provider::{Carry, ModelToolCall},
};
use serde_json::Value;

/// A call of the model's, made ready to run.
#[derive(Debug, Clone)]
pub(super) struct PreparedCall {
    pub(super) id: ToolCallId,
    pub(super) tool: String,
    pub(super) arguments: JsonObject,
    /// The provider's own data, for the next request of this run.
    pub(super) carry: Carry,
    /// Set when the model sent something that is no JSON object.
    fault: Option<&'static str>,
}

impl PreparedCall {
    pub(super) fn new(call: ModelToolCall) -> Self {
        let text = call.arguments.trim();
        // Models call a tool without parameters with an empty text or with null.
        let parsed = if text.is_empty() {
            Ok(Value::Null)
        } else {
            serde_json::from_str(text)
        };
        let (arguments, fault) = match parsed {
            Ok(Value::Object(arguments)) => (arguments, None),
            Ok(Value::Null) => (JsonObject::new(), None),
            _ => (
                JsonObject::new(),
                Some("The arguments were not a JSON object. Call the tool again with one."),
            ),
        };
        Self {
            id: ToolCallId::generate(),
            tool: call.name,
            arguments,
            carry: call.carry,
            fault,
        }
    }

    /// The arguments as they go back to the model: always an object, since some providers refuse
    /// a conversation in which they are not.
    pub(super) fn arguments_text(&self) -> String {
        to_text(&self.arguments)
    }

    /// The agent that this call hands over to.
    pub(super) fn handoff(&self) -> Option<&str> {
        handoff_target(&self.tool)
    }
}

/// What an agent may call, as its model is told.
pub(super) fn offered(shared: &Shared, agent: &Agent) -> Vec<ToolSpec> {
    let mut specs: Vec<ToolSpec> = shared
        .note_specs
        .iter()
        .filter(|spec| agent.tools.contains(&spec.name))
        .cloned()
        .collect();
    specs.extend(shared.agents.handoff_specs(agent));
    specs
}

/// The name of the tool that is called, if the agent was offered it: not one that its model made up.
pub(super) fn known<'a>(agent: &Agent, call: &'a PreparedCall) -> Option<&'a str> {
    let offered = match call.handoff() {
        Some(target) => agent.handoffs.iter().any(|id| id.as_str() == target),
        None => agent.tools.contains(&call.tool),
    };
    offered.then_some(call.tool.as_str())
}

/// The note server as a run calls it: connected at the first call.
pub(super) struct Toolbox {
    owner: OwnerId,
    client: Option<ToolClient>,
}

impl Toolbox {
    pub(super) fn new(owner: OwnerId) -> Self {
        Self {
            owner,
            client: None,
        }
    }

    /// Runs a call of a tool. Whatever goes wrong is an outcome that the model can read.
    pub(super) async fn call(
        &mut self,
        shared: &Shared,
        agent: &Agent,
        call: &PreparedCall,
    ) -> ToolOutcome {
        if let Some(fault) = call.fault {
            return ToolOutcome::error(fault);
        }
        if !agent.tools.contains(&call.tool) {
            return ToolOutcome::error(unknown_tool(shared, agent, &call.tool));
        }
        if self.client.is_none() {
            match shared.tools.connect(self.owner.clone()).await {
                Ok(client) => self.client = Some(client),
                Err(error) => {
                    tracing::error!(%error, "the note tools could not be reached");
                    return ToolOutcome::error(
                        "The tool is out of order. Tell the user, and go on.",
                    );
                }
            }
        }
        match &self.client {
            Some(client) => client.call(&call.tool, call.arguments.clone()).await,
            None => ToolOutcome::error("The tool is out of order. Tell the user, and go on."),
        }
    }
}

fn unknown_tool(shared: &Shared, agent: &Agent, tool: &str) -> String {
    let names: Vec<String> = offered(shared, agent)
        .into_iter()
        .map(|spec| spec.name)
        .collect();
    let tool: String = tool.chars().take(80).collect();
    format!(
        "There is no tool \"{tool}\". You have: {}.",
        names.join(", ")
    )
}

/// Who handed over to whom in this run, and whether the one in charge has done anything since.
#[derive(Debug, Default)]
pub(super) struct Handoffs {
    from: Option<AgentId>,
    idle: bool,
}

impl Handoffs {
    /// The agent in charge said or did something.
    pub(super) fn worked(&mut self) {
        self.idle = false;
    }

    /// Whether `agent` may hand over to `target`: to a known other one that it is allowed to, and
    /// not straight back to the one that it has just got the conversation from.
    pub(super) fn check(
        &mut self,
        shared: &Shared,
        agent: &Agent,
        target: &str,
    ) -> Result<AgentId, ToolOutcome> {
        let to = agent.handoffs.iter().find(|id| id.as_str() == target);
        let Some(to) = to else {
            let sentence = if target == agent.id.as_str() {
                format!("You are the {} already. Answer yourself.", agent.name)
            } else {
                unknown_tool(shared, agent, &format!("handoff_to_{target}"))
            };
            return Err(ToolOutcome::error(sentence));
        };
        if self.idle && self.from.as_ref() == Some(to) {
            let name = shared.agents.get(to).map_or(target, |agent| &agent.name);
            return Err(ToolOutcome::error(format!(
                "{name} has just handed this over to you. Do not hand it back: answer as well as you can."
            )));
        }
        self.from = Some(agent.id.clone());
        self.idle = true;
        Ok(to.clone())
    }
}

/// The result of a handoff.
pub(super) fn handed_over(to: &AgentId) -> ToolOutcome {
    let mut result = JsonObject::new();
    result.insert("agent".to_owned(), Value::String(to.to_string()));
    ToolOutcome {
        result,
        is_error: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_always_an_object() {
        let prepare = |arguments: &str| {
            PreparedCall::new(ModelToolCall {
                id: "x".to_owned(),
                name: "save_note".to_owned(),
                arguments: arguments.to_owned(),
                carry: Carry::default(),
            })
        };
        for (text, fault) in [
            ("", false),
            (" \n", false),
            ("null", false),
            ("{}", false),
            (r#"{"title":"a"}"#, false),
            ("[]", true),
            ("\"{}\"", true),
            (r#"{"title":"#, true),
            ("{} {}", true),
        ] {
            assert_eq!(prepare(text).fault.is_some(), fault, "{text}");
            assert!(prepare(text).arguments_text().starts_with('{'));
        }
    }
}
