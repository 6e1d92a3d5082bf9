//! Messages and runs of a thread, and the list of threads.

use super::given::{ALL, agent, exchange, first, message, next};
use crate::{
    domain::{MessageId, OwnerId, Role, RunId, THREADS_PER_OWNER},
    threads::{BeginError, Beginning, Cursor, Progress, ThreadStore},
};

pub(super) async fn suite(store: &dyn ThreadStore) {
    keeps_what_is_said(store).await;
    one_run_at_a_time(store).await;
    stores_a_repeated_message_once(store).await;
    saves_only_for_the_active_run(store).await;
    replaces(store).await;
    pages(store).await;
    keeps_owners_apart(store).await;
    limits(store).await;
}

async fn keeps_what_is_said(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("hello");
    let id = beginning.thread_id.clone();
    assert!(store.get(&owner, &id, ALL).await.unwrap().is_none());
    let (begun, question, answer) = exchange(store, &owner, beginning, "archivist").await;
    assert_eq!((begun.agent, begun.history.len()), (agent("concierge"), 0));
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.thread.title, "hello");
    assert_eq!(detail.agent, agent("archivist"));
    assert_eq!(detail.active_run_id, None);
    let ids: Vec<_> = detail
        .messages
        .iter()
        .map(|message| message.id.clone())
        .collect();
    assert_eq!(ids, [question, answer]);
    let (begun, ..) = exchange(store, &owner, next(&id, "again", None), "archivist").await;
    assert_eq!(
        begun.agent,
        agent("archivist"),
        "the thread's agent is remembered"
    );
    assert_eq!(begun.history, detail.messages);
    let renamed = store.rename(&owner, &id, "Title").await.unwrap().unwrap();
    assert_eq!(renamed.title, "Title");
    assert_eq!(store.delete(&owner, &id).await.unwrap(), Some(None));
    assert_eq!(store.delete(&owner, &id).await.unwrap(), None);
    assert!(store.rename(&owner, &id, "x").await.unwrap().is_none());
    let gone = store.begin(&owner, next(&id, "x", None)).await;
    assert!(matches!(gone, Err(BeginError::ThreadNotFound)));
}

async fn one_run_at_a_time(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("one");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(&owner, beginning).await.unwrap();
    assert_eq!(
        store
            .get(&owner, &id, ALL)
            .await
            .unwrap()
            .unwrap()
            .active_run_id,
        Some(run.clone())
    );
    match store.begin(&owner, next(&id, "two", None)).await {
        Err(BeginError::RunInProgress(active)) => assert_eq!(active, run),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        store
            .get(&owner, &id, ALL)
            .await
            .unwrap()
            .unwrap()
            .messages
            .len(),
        1
    );
    let here = agent("concierge");
    let (one, two) = tokio::join!(
        store.save(&owner, &id, &run, &[], &here, Progress::Ended),
        store.save(&owner, &id, &run, &[], &here, Progress::Ended),
    );
    assert!(one.unwrap() ^ two.unwrap(), "a run ends once");
    let (one, two) = tokio::join!(
        store.begin(&owner, next(&id, "a", None)),
        store.begin(&owner, next(&id, "b", None)),
    );
    assert!(one.is_ok() ^ two.is_ok(), "of two at once, one begins");
    assert_eq!(store.delete_owner(&owner).await.unwrap().len(), 1);
    assert!(store.get(&owner, &id, ALL).await.unwrap().is_none());
}

/// As when the response to the first try was lost.
async fn stores_a_repeated_message_once(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let here = agent("concierge");
    let tried = first("one");
    let id = tried.thread_id.clone();
    store.begin(&owner, tried.clone()).await.unwrap();
    let begun = store.begin(&owner, tried.clone()).await.unwrap();
    assert_eq!(begun.history, []);
    // By another run, once the first one has ended without an answer.
    let by_another = |tried: &Beginning| Beginning {
        run_id: RunId::generate(),
        ..tried.clone()
    };
    let early = store.begin(&owner, by_another(&tried)).await;
    assert!(matches!(early, Err(BeginError::RunInProgress(run)) if run == tried.run_id));
    let run = &tried.run_id;
    let saved = store.save(&owner, &id, run, &[], &here, Progress::Ended);
    assert!(saved.await.unwrap());
    let again = by_another(&tried);
    store.begin(&owner, again.clone()).await.unwrap();
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.messages, std::slice::from_ref(&tried.message));
    assert_eq!(detail.active_run_id, Some(again.run_id.clone()));

    let answer = message(Role::Assistant, "answered");
    let answers = [answer.clone()];
    let run = &again.run_id;
    let saved = store.save(&owner, &id, run, &answers, &here, Progress::Ended);
    assert!(saved.await.unwrap());
    for late in [again, by_another(&tried)] {
        let refused = store.begin(&owner, late).await;
        assert!(matches!(refused, Err(BeginError::AlreadyBegun)));
    }
    let mut edit = next(&id, "two", Some(&tried.message.id));
    store.begin(&owner, edit.clone()).await.unwrap();
    let begun = store.begin(&owner, edit.clone()).await.unwrap();
    assert_eq!(begun.history, []);
    let refused = store.begin(&owner, by_another(&tried)).await;
    assert!(matches!(refused, Err(BeginError::AlreadyBegun)));
    let saved = store.save(&owner, &id, &edit.run_id, &answers, &here, Progress::Ended);
    assert!(saved.await.unwrap());
    edit = next(&id, "three", None);
    store.begin(&owner, edit.clone()).await.unwrap();
    let begun = store.begin(&owner, edit.clone()).await.unwrap();
    assert_eq!(begun.history.last(), Some(&answer));
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.messages.len(), 3);
    store.delete_owner(&owner).await.unwrap();
}

async fn saves_only_for_the_active_run(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("hello");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(&owner, beginning).await.unwrap();
    let mut answer = message(Role::Assistant, "par");
    let here = agent("concierge");
    assert!(
        store
            .save(&owner, &id, &run, &[answer.clone()], &here, Progress::Live)
            .await
            .unwrap()
    );
    answer.content.push_str("tial");
    let more = message(Role::Assistant, "more");
    let both = [answer.clone(), more.clone()];
    assert!(
        store
            .save(&owner, &id, &run, &both, &here, Progress::Live)
            .await
            .unwrap()
    );
    let stranger = RunId::generate();
    assert!(
        !store
            .save(&owner, &id, &stranger, &[], &here, Progress::Ended)
            .await
            .unwrap()
    );
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(
        detail.messages[1..],
        both,
        "known ones are replaced in place"
    );
    assert_eq!(
        store.delete(&owner, &id).await.unwrap(),
        Some(Some(run.clone()))
    );
    assert!(
        !store
            .save(&owner, &id, &run, &[answer], &here, Progress::Ended)
            .await
            .unwrap()
    );
}

async fn replaces(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("one");
    let id = beginning.thread_id.clone();
    let (_, one, answer) = exchange(store, &owner, beginning, "archivist").await;
    let (_, two, _) = exchange(store, &owner, next(&id, "two", None), "concierge").await;
    let unknown = MessageId::generate();
    let result = store.begin(&owner, next(&id, "x", Some(&unknown))).await;
    assert!(matches!(result, Err(BeginError::MessageNotFound)));
    let result = store.begin(&owner, next(&id, "x", Some(&answer))).await;
    assert!(matches!(result, Err(BeginError::NotAUserMessage)));
    let (begun, two_again, _) =
        exchange(store, &owner, next(&id, "two!", Some(&two)), "concierge").await;
    assert_eq!(
        begun.agent,
        agent("archivist"),
        "the agent that had the message has it again"
    );
    assert_eq!(begun.history.len(), 2);
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!(detail.messages.len(), 4);
    assert_eq!(detail.messages[2].id, two_again);
    let (begun, ..) = exchange(store, &owner, next(&id, "one!", Some(&one)), "concierge").await;
    assert_eq!((begun.agent, begun.history.len()), (agent("concierge"), 0));
    assert_eq!(
        store
            .get(&owner, &id, ALL)
            .await
            .unwrap()
            .unwrap()
            .messages
            .len(),
        2
    );
}

async fn pages(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let mut ids = Vec::new();
    for n in 0..7 {
        let beginning = first(&n.to_string());
        ids.insert(0, beginning.thread_id.clone());
        exchange(store, &owner, beginning, "concierge").await;
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.list(&owner, 3, cursor.as_ref()).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(Cursor::from(last));
        seen.extend(page.into_iter().map(|thread| thread.id));
    }
    assert_eq!(seen, ids, "newest first, each once");
    exchange(store, &owner, next(&ids[6], "again", None), "concierge").await;
    assert_eq!(store.list(&owner, 1, None).await.unwrap()[0].id, ids[6]);
}

async fn keeps_owners_apart(store: &dyn ThreadStore) {
    let (owner, stranger) = (OwnerId::generate(), OwnerId::generate());
    let beginning = first("mine");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(&owner, beginning).await.unwrap();
    assert!(store.get(&stranger, &id, ALL).await.unwrap().is_none());
    assert!(store.list(&stranger, 10, None).await.unwrap().is_empty());
    assert!(store.rename(&stranger, &id, "x").await.unwrap().is_none());
    assert_eq!(store.delete(&stranger, &id).await.unwrap(), None);
    let here = agent("concierge");
    assert!(
        !store
            .save(&stranger, &id, &run, &[], &here, Progress::Ended)
            .await
            .unwrap()
    );
    let result = store.begin(&stranger, next(&id, "x", None)).await;
    assert!(matches!(result, Err(BeginError::ThreadNotFound)));
    assert!(store.delete_owner(&stranger).await.unwrap().is_empty());
    assert!(store.get(&owner, &id, ALL).await.unwrap().is_some());
}

async fn limits(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let last = first("x");
    for n in 0..THREADS_PER_OWNER {
        let is_last = n + 1 == THREADS_PER_OWNER;
        let beginning = if is_last { last.clone() } else { first("x") };
        store.begin(&owner, beginning).await.unwrap();
    }
    assert!(matches!(
        store.begin(&owner, first("x")).await,
        Err(BeginError::LimitReached)
    ));
    let last = store.begin(&owner, last.clone()).await;
    assert!(last.is_ok(), "a repeat adds no thread: {last:?}");
    assert_eq!(
        store.delete_owner(&owner).await.unwrap().len(),
        THREADS_PER_OWNER
    );
    store.admit(&owner).await.unwrap();
    store.begin(&owner, first("x")).await.unwrap();
}
