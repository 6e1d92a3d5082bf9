//! Threads: conversations of an owner.

use super::{AgentId, Interrupt, Message, MessageId, RunId, ThreadId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest title, in Unicode scalar values.
pub const THREAD_TITLE_MAX_CHARS: usize = 200;
/// Most threads an owner can have.
pub const THREADS_PER_OWNER: usize = 200;
/// Most messages of a thread.
pub const MESSAGES_PER_THREAD: usize = 2000;
/// Most bytes of a thread's messages, checked before a message; the answer may exceed it.
pub const THREAD_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of an owner's threads and notes together. Unit tests fill less.
pub const OWNER_MAX_BYTES: usize = if cfg!(test) { 8 } else { 64 } * 1024 * 1024;

/// A thread in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Thread {
    /// The id.
    pub id: ThreadId,
    /// Made from the first message, until the thread is renamed.
    pub title: String,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the last message was added.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A thread with a page of its messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ThreadDetail {
    /// The same as in lists.
    #[serde(flatten)]
    pub thread: Thread,
    /// The agent that answers the next message.
    pub agent: AgentId,
    /// The live run, whose events can be read from the first one on.
    #[schema(required)]
    pub active_run_id: Option<RunId>,
    /// The open interrupts.
    pub interrupts: Vec<Interrupt>,
    /// The last messages, or those before the requested one; oldest first.
    pub messages: Vec<Message>,
    /// The oldest message of this page, for requesting earlier ones; null when there are none.
    #[schema(required)]
    pub next_before: Option<MessageId>,
    /// The number of consecutive runs that resumed from a pause, since the user's last message.
    #[serde(skip)]
    pub resumptions: usize,
}
