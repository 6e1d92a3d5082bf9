//! The tools of one run: what an agent is offered, and how a call is made.

use super::{
    context::Context,
    history::HistoryCall,
    offer::{Offer, ToolKind},
};
use crate::{
    agents::{Agent, handoff_target},
    domain::{JsonObject, OwnerId, ToolCall, ToolCallId, ToolOrigin, ToolOutcome},
    notes::tools::ToolClient,
    provider::{Carry, ModelToolCall},
};
use serde_json::Value;
use std::sync::Arc;

const UNREACHABLE: &str = "The tool is having problems. Tell the user, and go on.";

/// A call of the model's, parsed.
#[derive(Debug, Clone)]
pub(super) struct PreparedCall {
    pub(super) call: ToolCall,
    /// The provider's own data, for the next request of this run.
    carry: Carry,
    /// Set when the arguments were not a JSON object.
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
            call: ToolCall {
                id: ToolCallId::generate(),
                tool: call.name,
                arguments,
                origin: ToolOrigin::Server,
                result: None,
                is_error: false,
            },
            carry: call.carry,
            fault,
        }
    }

    /// Whether it is named like a handoff, allowed or not.
    pub(super) fn is_handoff(&self) -> bool {
        handoff_target(&self.call.tool).is_some()
    }

    pub(super) fn into_history(self) -> HistoryCall {
        HistoryCall {
            call: self.call,
            carry: self.carry,
        }
    }
}

/// The tools of one run.
pub(super) struct Toolbox {
    context: Arc<Context>,
    owner: OwnerId,
    /// Connected at the first call.
    notes: Option<ToolClient>,
}

impl Toolbox {
    pub(super) fn new(context: Arc<Context>, owner: OwnerId) -> Self {
        Self {
            context,
            owner,
            notes: None,
        }
    }

    /// What `agent` may call.
    pub(super) fn offer(&self, agent: &Agent) -> Offer {
        let mut offer = Offer::default();
        for spec in &self.context.note_specs {
            let mut selectors = agent.tools.iter();
            if selectors.any(|selector| selector.selects_note(&spec.name)) {
                offer.add(spec.clone(), ToolKind::Note);
            }
        }
        for (spec, to) in self.context.agents.handoffs(agent) {
            offer.add(spec, ToolKind::Handoff(to));
        }
        offer
    }

    /// Makes a call. Every failure is an outcome that the model can read.
    pub(super) async fn call(&mut self, offer: &Offer, call: &PreparedCall) -> ToolOutcome {
        if let Some(fault) = call.fault {
            return ToolOutcome::error(fault);
        }
        match offer.find(&call.call.tool) {
            Some(ToolKind::Note) => self.call_note_tool(&call.call).await,
            Some(ToolKind::Handoff(_)) | None => offer.unknown_tool(&call.call.tool),
        }
    }

    async fn call_note_tool(&mut self, call: &ToolCall) -> ToolOutcome {
        let client = match self.notes.take() {
            Some(client) => client,
            None => match self.context.note_tools.connect(self.owner.clone()).await {
                Ok(client) => client,
                Err(error) => {
                    tracing::error!(%error, "the note tools could not be connected");
                    return ToolOutcome::error(UNREACHABLE);
                }
            },
        };
        let client = self.notes.insert(client);
        client.call(&call.tool, call.arguments.clone()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_always_an_object() {
        for (text, is_fault) in [
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
            let call = PreparedCall::new(ModelToolCall {
                id: "x".to_owned(),
                name: "save_note".to_owned(),
                arguments: text.to_owned(),
                carry: Carry::default(),
            });
            assert_eq!(call.fault.is_some(), is_fault, "{text}");
        }
    }
}
