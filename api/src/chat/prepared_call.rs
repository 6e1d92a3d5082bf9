//! Calls by the model, with parsed arguments.

use super::history::{self, HistoryCall};
use crate::{
    agents::handoff_target,
    domain::{JsonObject, ToolCall, ToolCallId, ToolOrigin, ToolOutcome},
    provider::{Carry, ModelToolCall},
};
use serde_json::Value;

#[derive(Debug, Clone)]
pub(super) struct PreparedCall {
    pub(super) call: ToolCall,
    /// The provider's own data, for the next request of this run.
    carry: Carry,
    /// Set if the arguments are not a JSON object.
    pub(super) fault: Option<&'static str>,
    /// The result for the model, if it differs from the one for the readers.
    pub(super) for_model: Option<String>,
}

impl PreparedCall {
    pub(super) fn new(call: ModelToolCall) -> Self {
        let text = call.arguments.trim();
        // Models call tools without parameters with an empty string or null.
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
        let call_id = ToolCallId::generate();
        Self {
            call: ToolCall {
                id: call_id,
                tool: call.name,
                arguments,
                origin: ToolOrigin::Server,
                result: None,
                is_error: false,
            },
            carry: call.carry,
            fault,
            for_model: None,
        }
    }

    /// Whether its name is that of a handoff, permitted or not.
    pub(super) fn is_handoff(&self) -> bool {
        handoff_target(&self.call.tool).is_some()
    }

    pub(super) fn answer(&mut self, outcome: &ToolOutcome) {
        self.call.result = Some(outcome.result.clone());
        self.call.is_error = outcome.is_error;
    }

    pub(super) fn into_history(self) -> HistoryCall {
        let result = self.call.result.as_ref().map(history::to_text);
        HistoryCall {
            result: self.for_model.or(result).unwrap_or_default(),
            call: self.call,
            carry: self.carry,
        }
    }
}

impl From<ToolCall> for PreparedCall {
    fn from(call: ToolCall) -> Self {
        Self {
            call,
            carry: Carry::default(),
            fault: None,
            for_model: None,
        }
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
