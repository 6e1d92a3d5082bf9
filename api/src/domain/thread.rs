//! A conversation.

use super::{AgentId, Interrupt, Message, MessageId, RunId, ThreadId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest title, in Unicode scalar values.
pub const THREAD_TITLE_MAX_CHARS: usize = 200;
/// Most threads of one owner.
pub const THREADS_PER_OWNER: usize = 200;
/// Most messages of a thread.
pub const MESSAGES_PER_THREAD: usize = 2000;
/// Most bytes of a thread's messages. Checked before a message; its answer may pass it.
pub const THREAD_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of one owner's threads and notes together.
pub const OWNER_MAX_BYTES: usize = 64 * 1024 * 1024;

/// A thread as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// From the first message, until somebody renames it.
    pub title: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When something was last said in it.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A thread with a page of what was said in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ThreadDetail {
    /// What lists show.
    #[serde(flatten)]
    pub thread: Thread,
    /// Who answers the next message.
    pub agent: AgentId,
    /// The run under way, to be read from its first event.
    #[schema(required)]
    pub active_run_id: Option<RunId>,
    /// What the thread waits for.
    pub interrupts: Vec<Interrupt>,
    /// The last messages, or those before the one that was asked for; oldest first.
    pub messages: Vec<Message>,
    /// The oldest message given, to ask for those before it; null when there are none.
    #[schema(required)]
    pub next_before: Option<MessageId>,
}
