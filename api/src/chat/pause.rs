//! The state stored with a thread's interrupts, from which a later run resumes.

use super::context::Context;
use crate::{
    domain::{
        Interrupt, InterruptId, InterruptReason, PAGE, Pause, StoreError, ThreadId, ToolCall,
        ToolCallId, is_invisible,
    },
    tools::PendingQuestion,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const VISITOR_TIMEOUT: Duration = Duration::from_secs(7 * 24 * 3600);
const PAGE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Longest part of a tool's name that is shown.
const SHOWN_MAX_CHARS: usize = 64;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Waiting {
    Page,
    Approval {
        server: String,
        tool: String,
        fingerprint: String,
    },
    /// An answer to its server's question.
    Question {
        server: String,
        tool: String,
        question: PendingQuestion,
    },
}

/// The paused answer. Sealed, because it contains the state of MCP servers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct PausedAnswer {
    pub(super) waiting: Vec<(ToolCallId, Waiting)>,
    /// Handoffs to make once the waiting calls have their results.
    pub(super) handoffs: Vec<ToolCall>,
}

impl PausedAnswer {
    /// The record that is stored with `interrupts`.
    pub(super) fn seal(
        &self,
        context: &Context,
        thread: &ThreadId,
        interrupts: Vec<Interrupt>,
    ) -> Result<Pause, StoreError> {
        let state = context.sessions.seal_text(&record_name(thread), self)?;
        Ok(Pause { interrupts, state })
    }

    /// The stored answer; `None` if it was sealed with a secret that is no longer known.
    pub(super) fn unseal(context: &Context, thread: &ThreadId, pause: &Pause) -> Option<Self> {
        context
            .sessions
            .unseal_text(&record_name(thread), &pause.state)
    }
}

fn record_name(thread: &ThreadId) -> String {
    format!("pause:{thread}")
}

/// The interrupts of a waiting call: one, or one for each question.
pub(super) fn interrupts(
    context: &Context,
    agent: &str,
    call: &ToolCall,
    waiting: &Waiting,
    read_only: bool,
) -> Vec<Interrupt> {
    let interrupt = |reason, message: String| Interrupt {
        id: InterruptId::generate(),
        reason,
        tool_call_id: call.id.clone(),
        tool: call.tool.clone(),
        arguments: call.arguments.clone(),
        message,
        schema: None,
        read_only: None,
        url: None,
        expires_at: expiry(context, reason),
    };
    match waiting {
        Waiting::Page => vec![Interrupt {
            read_only: Some(read_only),
            ..interrupt(
                InterruptReason::PageTool,
                format!("{agent} wants to use {} on this page.", shown(&call.tool)),
            )
        }],
        Waiting::Approval { server, tool, .. } => vec![interrupt(
            InterruptReason::Approval,
            format!("{agent} wants to use {} of {server}.", shown(tool)),
        )],
        Waiting::Question { question, .. } => question
            .asks
            .iter()
            .map(|ask| Interrupt {
                schema: ask.schema.clone(),
                url: ask.url.clone(),
                ..interrupt(InterruptReason::Question, ask.message.clone())
            })
            .collect(),
    }
}

/// A tool's name as visitors read it: words, short, and without characters that hide or reorder the
/// rest of the sentence.
fn shown(tool: &str) -> String {
    let own = tool
        .strip_prefix(PAGE)
        .and_then(|own| own.strip_prefix("__"));
    let chars = own.unwrap_or(tool).chars().take(SHOWN_MAX_CHARS);
    chars
        .map(|char| match char {
            '_' | '-' => ' ',
            char if is_invisible(char) => ' ',
            char => char,
        })
        .collect()
}

/// Without a durable store, an interrupt expires with its session.
fn expiry(context: &Context, reason: InterruptReason) -> Timestamp {
    let timeout = match reason {
        InterruptReason::PageTool => PAGE_TIMEOUT,
        InterruptReason::Approval | InterruptReason::Question => VISITOR_TIMEOUT,
    };
    let timeout = if context.options.durable {
        timeout
    } else {
        timeout.min(context.sessions.ttl())
    };
    let timeout = SignedDuration::try_from(timeout).unwrap_or(SignedDuration::MAX);
    Timestamp::now()
        .checked_add(timeout)
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tools_name_cannot_disguise_a_sentence() {
        assert_eq!(shown("order_status"), "order status");
        assert_eq!(shown("page__add_to-cart"), "add to cart");
        assert_eq!(shown("pay\u{202e}\n\u{200b}now"), "pay   now");
        assert_eq!(shown(&"x".repeat(500)).len(), SHOWN_MAX_CHARS);
    }
}
