//! Deleted owners and untouched threads.

use super::given::{ALL, agent, first, message, next};
use crate::{
    domain::{OwnerId, Role},
    threads::{BeginError, Progress, ThreadStore},
};
use jiff::Timestamp;

pub(super) async fn suite(store: &dyn ThreadStore) {
    refuses_what_was_let_in_before(store).await;
    deletes_the_untouched(store).await;
}

async fn refuses_what_was_let_in_before(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("hello");
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(&owner, beginning).await.unwrap();
    assert_eq!(
        store.delete_owner(&owner).await.unwrap(),
        std::slice::from_ref(&run)
    );
    let answer = [message(Role::Assistant, "late")];
    let here = agent("concierge");
    let saved = store
        .save(&owner, &id, &run, &answer, &here, Progress::Ended)
        .await;
    assert!(!saved.unwrap());
    let late = store.begin(&owner, next(&id, "late", None)).await;
    assert!(matches!(late, Err(BeginError::ThreadNotFound)));
    let late = store.begin(&owner, first("late")).await;
    assert!(matches!(late, Err(BeginError::OwnerForgotten)), "{late:?}");
    assert!(store.list(&owner, 10, None).await.unwrap().is_empty());
    // A deleted user of a site may sign in again at once.
    store.admit(&owner).await.unwrap();
    store.begin(&owner, first("back")).await.unwrap();
    // Admitting an owner who was not deleted changes nothing.
    store.admit(&owner).await.unwrap();
    store.admit(&OwnerId::generate()).await.unwrap();
    assert_eq!(store.list(&owner, 10, None).await.unwrap().len(), 1);
}

async fn deletes_the_untouched(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let mut ids = Vec::new();
    for n in 0..3 {
        let beginning = first(&n.to_string());
        ids.push(beginning.thread_id.clone());
        store.begin(&owner, beginning).await.unwrap();
    }
    let then = Timestamp::now();
    store.rename(&owner, &ids[0], "renamed").await.unwrap();
    let run = store.get(&owner, &ids[1], ALL).await.unwrap().unwrap();
    let run = run.active_run_id.unwrap();
    store
        .save(
            &owner,
            &ids[1],
            &run,
            &[],
            &agent("concierge"),
            Progress::Live,
        )
        .await
        .unwrap();
    assert!(store.delete_untouched(then).await.unwrap() >= 1);
    for (id, there) in ids.iter().zip([true, true, false]) {
        let detail = store.get(&owner, id, ALL).await.unwrap();
        assert_eq!(detail.is_some(), there);
    }
    assert_eq!(store.delete_untouched(then).await.unwrap(), 0);
}
