//! Paused threads and their interrupts.

use super::given::{ALL, agent, first, message, next};
use crate::{
    domain::{
        Interrupt, InterruptId, InterruptReason, JsonObject, Message, MessageStatus, OwnerId,
        Pause, Role, RunId, ThreadId, ToolCall, ToolCallId, ToolOrigin, ToolOutcome,
    },
    threads::{BeginError, Progress, Resumption, ThreadStore},
};

pub(super) async fn suite(store: &dyn ThreadStore) {
    resumes_from_a_pause_once(store).await;
    cancels_a_pause_by_a_message(store).await;
}

/// A thread whose answer waits for two calls.
async fn paused(store: &dyn ThreadStore, owner: &OwnerId) -> (ThreadId, Message, Pause) {
    let beginning = first("act");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(owner, beginning).await.unwrap();
    let mut answer = message(Role::Assistant, "");
    answer.status = MessageStatus::Interrupted;
    let mut interrupts = Vec::new();
    for tool in ["one", "two"] {
        let call = ToolCallId::generate();
        interrupts.push(Interrupt {
            id: InterruptId::generate(),
            reason: InterruptReason::Approval,
            tool_call_id: call.clone(),
            tool: tool.to_owned(),
            arguments: JsonObject::new(),
            message: "May it?".to_owned(),
            schema: None,
            read_only: None,
            url: None,
            expires_at: answer.created_at,
        });
        answer.tool_calls.push(ToolCall {
            id: call,
            tool: tool.to_owned(),
            arguments: JsonObject::new(),
            origin: ToolOrigin::Server,
            result: None,
            is_error: false,
        });
    }
    let pause = Pause {
        interrupts,
        state: "opaque \0".to_owned(),
    };
    let progress = Progress::Paused(pause.clone());
    let saved = [answer.clone()];
    let here = agent("concierge");
    assert!(
        store
            .save(owner, &id, &run, &saved, &here, progress)
            .await
            .unwrap()
    );
    (id, answer, pause)
}

fn resumption(thread: &ThreadId, pause: &Pause) -> Resumption {
    Resumption {
        thread_id: thread.clone(),
        run_id: RunId::generate(),
        interrupts: pause
            .interrupts
            .iter()
            .rev()
            .map(|i| i.id.clone())
            .collect(),
        outcomes: vec![(
            pause.interrupts[1].tool_call_id.clone(),
            ToolOutcome::error("No."),
        )],
        remember: vec!["one".to_owned()],
    }
}

async fn resumes_from_a_pause_once(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let (id, answer, pause) = paused(store, &owner).await;
    assert_eq!(store.pause(&owner, &id).await.unwrap(), Some(pause.clone()));
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.interrupts, pause.interrupts);
    assert_eq!(
        (&detail.active_run_id, &detail.messages[1]),
        (&None, &answer)
    );

    let stranger = OwnerId::generate();
    assert_eq!(store.pause(&stranger, &id).await.unwrap(), None);
    let refused = store.resume(&stranger, resumption(&id, &pause)).await;
    assert!(matches!(refused, Err(BeginError::ThreadNotFound)));
    let mut partial = resumption(&id, &pause);
    partial.interrupts.pop();
    let refused = store.resume(&owner, partial).await;
    assert!(matches!(refused, Err(BeginError::NotPaused)));

    let (one, two) = tokio::join!(
        store.resume(&owner, resumption(&id, &pause)),
        store.resume(&owner, resumption(&id, &pause)),
    );
    let (begun, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert!(matches!(refused, Err(BeginError::RunInProgress(_))));
    let begun = begun.unwrap();
    assert_eq!(
        (begun.resumptions, begun.remembered.clone()),
        (1, vec!["one".to_owned()])
    );
    let calls = &begun.history[1].tool_calls;
    assert_eq!(calls[0].result, None, "its outcome is not known yet");
    assert!(calls[1].is_error);
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.interrupts, []);
    assert_eq!(detail.messages, begun.history);
    assert_eq!(store.pause(&owner, &id).await.unwrap(), None);

    let run = detail.active_run_id.clone().unwrap();
    let repeated = Resumption {
        run_id: run,
        ..resumption(&id, &pause)
    };
    let again = store.resume(&owner, repeated).await.unwrap();
    assert_eq!(
        (again.resumptions, again.remembered, again.history),
        (1, vec!["one".to_owned()], begun.history)
    );

    let run = detail.active_run_id.unwrap();
    let here = agent("concierge");
    let again = Progress::Paused(pause.clone());
    store
        .save(&owner, &id, &run, &[], &here, again)
        .await
        .unwrap();
    let begun = store.resume(&owner, resumption(&id, &pause)).await.unwrap();
    assert_eq!(begun.resumptions, 2);
    let run = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    let run = run.active_run_id.unwrap();
    store
        .save(&owner, &id, &run, &[], &here, Progress::Ended)
        .await
        .unwrap();
    let refused = store.resume(&owner, resumption(&id, &pause)).await;
    assert!(matches!(refused, Err(BeginError::NotPaused)));
}

async fn cancels_a_pause_by_a_message(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let (id, _, pause) = paused(store, &owner).await;
    let begun = store.begin(&owner, next(&id, "never mind", None)).await;
    let begun = begun.unwrap();
    assert_eq!(begun.resumptions, 0);
    let calls = &begun.history[1].tool_calls;
    assert!(
        calls
            .iter()
            .all(|call| call.is_error && call.result.is_some())
    );
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(
        (&detail.interrupts[..], &detail.messages[1]),
        (&[][..], &begun.history[1])
    );
    let refused = store.resume(&owner, resumption(&id, &pause)).await;
    assert!(matches!(refused, Err(BeginError::RunInProgress(_))));

    // Replacing the message that led to the pause ends the pause.
    let (id, answer, _) = paused(store, &owner).await;
    let question = store.get(&owner, &id, ALL).await.unwrap().unwrap().messages[0]
        .id
        .clone();
    let begun = store
        .begin(&owner, next(&id, "else", Some(&question)))
        .await;
    assert!(begun.unwrap().history.is_empty());
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert!(detail.interrupts.is_empty() && detail.messages[0].id != answer.id);
}
