//! Size limits of threads and owners.

use super::given::{ALL, agent, exchange, first, message, next};
use crate::{
    domain::{
        MESSAGES_PER_THREAD, OWNER_MAX_BYTES, OwnerId, Role, RunId, THREAD_MAX_BYTES, ThreadId,
    },
    threads::{BeginError, Progress, ThreadStore},
};

pub(super) async fn suite(store: &dyn ThreadStore) {
    bounds_the_bytes_of_a_thread(store).await;
    bounds_the_messages_of_a_thread(store).await;
    bounds_the_bytes_of_an_owner(store).await;
}

/// A thread whose answer has `bytes` bytes, more than a message may have.
async fn long(
    store: &dyn ThreadStore,
    owner: &OwnerId,
    bytes: usize,
) -> Result<ThreadId, BeginError> {
    let beginning = first("?");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(owner, beginning).await?;
    let answer = [message(Role::Assistant, &"x".repeat(bytes))];
    end(store, owner, &id, &run, &answer).await;
    Ok(id)
}

async fn end(
    store: &dyn ThreadStore,
    owner: &OwnerId,
    id: &ThreadId,
    run: &RunId,
    messages: &[crate::domain::Message],
) {
    let here = agent("concierge");
    let saved = store
        .save(owner, id, run, messages, &here, Progress::Ended)
        .await;
    assert!(saved.unwrap());
}

async fn bounds_the_bytes_of_a_thread(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let id = long(store, &owner, THREAD_MAX_BYTES - 3).await.unwrap();
    let full = store.begin(&owner, next(&id, "xxx", None)).await;
    assert!(matches!(full, Err(BeginError::ThreadFull)), "{full:?}");
    let fits = next(&id, "xx", None);
    let run = fits.run_id.clone();
    store.begin(&owner, fits).await.unwrap();
    // The current answer may exceed the limit.
    let answer = [message(Role::Assistant, &"x".repeat(100))];
    end(store, &owner, &id, &run, &answer).await;
    let full = store.begin(&owner, next(&id, "x", None)).await;
    assert!(matches!(full, Err(BeginError::ThreadFull)));
    let detail = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!((detail.messages.len(), detail.active_run_id), (4, None));
    // Replacing a message makes room.
    let question = &detail.messages[0].id;
    let replaced = store
        .begin(&owner, next(&id, "short", Some(question)))
        .await;
    assert!(replaced.unwrap().history.is_empty());
}

async fn bounds_the_messages_of_a_thread(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("?");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(&owner, beginning).await.unwrap();
    let many: Vec<_> = (2..MESSAGES_PER_THREAD)
        .map(|_| message(Role::Assistant, "x"))
        .collect();
    end(store, &owner, &id, &run, &many).await;
    exchange(store, &owner, next(&id, "the last", None), "concierge").await;
    let full = store.begin(&owner, next(&id, "x", None)).await;
    assert!(matches!(full, Err(BeginError::ThreadFull)), "{full:?}");
}

async fn bounds_the_bytes_of_an_owner(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let piece = OWNER_MAX_BYTES / 8;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(long(store, &owner, piece - 2).await.unwrap());
    }
    let full = store.begin(&owner, first(&"x".repeat(100))).await;
    assert!(matches!(full, Err(BeginError::OwnerFull)), "{full:?}");
    store.delete(&owner, &ids[0]).await.unwrap();
    store.begin(&owner, first(&"x".repeat(100))).await.unwrap();
    store.delete_owner(&owner).await.unwrap();
}
