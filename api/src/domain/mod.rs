//! The product's vocabulary: plain data with its wire form (serde, and the schema for
//! `/openapi.json`), and no I/O.

mod agent;
mod effort;
mod event;
mod host_page;
mod id;
mod interrupt;
mod key;
mod limits;
mod message;
mod note;
mod origin;
mod outcome;
mod pause;
mod session;
mod site;
mod store_error;
mod text;
mod thread;
mod tool;
mod tool_selector;
mod tool_server;
mod trusted_proxies;

pub use agent::AgentInfo;
pub use effort::Effort;
pub use event::{Notice, NoticeCode, RunEvent, UserMessage};
pub use host_page::{HostPage, PageTool};
pub use id::{
    AgentId, InterruptId, InvalidId, MessageId, OwnerId, RunId, SiteId, ThreadId, ToolCallId,
};
pub use interrupt::{AnswerStatus, Interrupt, InterruptAnswer, InterruptOutcome, InterruptReason};
pub use key::{ApiKey, InvalidKey, InvalidModel, ModelName};
pub use limits::Limits;
pub use message::{Message, MessageError, MessageStatus, Role, ToolCall};
pub use note::{NOTE_CONTENT_MAX_BYTES, NOTE_TITLE_MAX_CHARS, NOTES_PER_OWNER, Note, NoteSummary};
pub use origin::is_origin;
pub use outcome::{RunErrorCode, RunStatus, Usage};
pub use pause::Pause;
pub use session::{KeySource, Session};
pub use site::{Site, SiteParts, SiteText};
pub use store_error::StoreError;
pub use text::{is_blank, is_invisible};
pub use thread::{
    MESSAGES_PER_THREAD, OWNER_MAX_BYTES, THREAD_MAX_BYTES, THREAD_TITLE_MAX_CHARS,
    THREADS_PER_OWNER, Thread, ThreadDetail,
};
pub use tool::{JsonObject, ToolOrigin, ToolOutcome, ToolSpec};
pub use tool_selector::{InvalidSelector, PAGE, ToolSelector};
pub use tool_server::{Approval, ToolServerSpec, ToolTransport};
pub use trusted_proxies::{InvalidProxies, TrustedProxies};
