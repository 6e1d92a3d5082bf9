//! The stored messages of a thread as the steps of a conversation.

use crate::{
    domain::{AgentId, JsonObject, Message, Role, ToolCall, ToolCallId},
    provider::Carry,
};
use std::collections::HashMap;

#[derive(Debug, Clone)]
pub(super) enum Item {
    User(String),
    Answer {
        agent: AgentId,
        text: String,
        calls: Vec<HistoryCall>,
        /// The provider's own data; empty if the answer is of an earlier run.
        carry: Carry,
    },
}

#[derive(Debug, Clone)]
pub(super) struct HistoryCall {
    pub(super) call: ToolCall,
    /// The result as the model reads it.
    pub(super) result: String,
    /// The provider's own data; empty if the call is of an earlier run.
    pub(super) carry: Carry,
}

/// Stored messages as steps. The order of text and calls within an answer is not stored; calls are
/// assumed to come first.
pub(super) fn items(messages: Vec<Message>) -> Vec<Item> {
    let mut items = Vec::with_capacity(messages.len());
    for message in messages {
        let (Role::Assistant, Some(agent)) = (message.role, message.agent) else {
            items.push(Item::User(message.content));
            continue;
        };
        let calls = message.tool_calls.into_iter().map(|call| HistoryCall {
            result: call.result.as_ref().map(to_text).unwrap_or_default(),
            call,
            carry: Carry::default(),
        });
        let answer = |text: String, calls| Item::Answer {
            agent: agent.clone(),
            text,
            calls,
            carry: Carry::default(),
        };
        if calls.len() > 0 {
            items.push(answer(String::new(), calls.collect()));
        }
        if !message.content.is_empty() {
            items.push(answer(message.content, Vec::new()));
        }
    }
    items
}

/// Gives the model other results than the stored ones, by call.
pub(super) fn replace_results(items: &mut [Item], results: &HashMap<ToolCallId, String>) {
    for item in items {
        let Item::Answer { calls, .. } = item else {
            continue;
        };
        for HistoryCall { call, result, .. } in calls {
            if let Some(other) = results.get(&call.id) {
                result.clone_from(other);
            }
        }
    }
}

pub(super) fn to_text(value: &JsonObject) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
