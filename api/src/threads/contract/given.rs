//! Threads, messages and runs for tests.

use crate::{
    domain::{AgentId, Message, MessageId, OwnerId, Role, RunId, ThreadId, ToolOutcome},
    threads::{Beginning, Begun, Page, Progress, ThreadStore},
};
use jiff::Timestamp;

pub(super) const ALL: &Page = &Page {
    before: None,
    limit: usize::MAX,
};

pub(super) fn agent(id: &str) -> AgentId {
    id.parse().unwrap()
}

pub(super) fn message(role: Role, content: &str) -> Message {
    let mut message = match role {
        Role::User => Message::user(content.to_owned()),
        Role::Assistant => Message {
            content: content.to_owned(),
            ..Message::answer(agent("concierge"))
        },
    };
    // Stores may have microsecond precision.
    message.created_at = Timestamp::from_microsecond(message.created_at.as_microsecond()).unwrap();
    message
}

pub(crate) fn first(content: &str) -> Beginning {
    Beginning {
        thread_id: ThreadId::generate(),
        exists: false,
        title: content.to_owned(),
        entry_agent: agent("concierge"),
        run_id: RunId::generate(),
        message: message(Role::User, content),
        replace_from: None,
        cancelled_call: ToolOutcome::error("Cancelled."),
    }
}

pub(super) fn next(
    thread: &ThreadId,
    content: &str,
    replace_from: Option<&MessageId>,
) -> Beginning {
    Beginning {
        thread_id: thread.clone(),
        exists: true,
        replace_from: replace_from.cloned(),
        ..first(content)
    }
}

/// Returns the ids of the question and the answer.
pub(super) async fn exchange(
    store: &dyn ThreadStore,
    owner: &OwnerId,
    beginning: Beginning,
    then: &str,
) -> (Begun, MessageId, MessageId) {
    let (thread, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    let question = beginning.message.id.clone();
    let begun = store.begin(owner, beginning).await.unwrap();
    let answer = message(Role::Assistant, "answer");
    let saved = [answer.clone()];
    assert!(
        store
            .save(owner, &thread, &run, &saved, &agent(then), Progress::Ended)
            .await
            .unwrap()
    );
    (begun, question, answer.id)
}
