//! Pages of a thread's messages.

use super::given::{ALL, exchange, first, next};
use crate::{
    domain::{Message, MessageId, OwnerId, ThreadId},
    threads::{Page, PageError, ThreadStore},
};

pub(super) async fn suite(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let beginning = first("0");
    let id = beginning.thread_id.clone();
    exchange(store, &owner, beginning, "concierge").await;
    for n in 1..5 {
        exchange(store, &owner, next(&id, &n.to_string(), None), "concierge").await;
    }
    let all = store.get(&owner, &id, ALL).await.unwrap().unwrap();
    assert_eq!((all.messages.len(), &all.next_before), (10, &None));
    reads_backwards(store, &owner, &id, &all.messages).await;
    refuses_an_unknown_message(store, &owner, &id).await;
    exports_whole_threads_by_id(store, &owner, &id).await;
}

async fn page(
    store: &dyn ThreadStore,
    owner: &OwnerId,
    id: &ThreadId,
    page: Page,
) -> (Vec<Message>, Option<MessageId>) {
    let detail = store.get(owner, id, &page).await.unwrap().unwrap();
    (detail.messages, detail.next_before)
}

async fn reads_backwards(store: &dyn ThreadStore, owner: &OwnerId, id: &ThreadId, all: &[Message]) {
    let mut seen = Vec::new();
    let (mut messages, mut before) = page(store, owner, id, Page::last(4)).await;
    assert_eq!(before, Some(all[6].id.clone()), "the oldest message given");
    while let Some(id_before) = before {
        seen.splice(..0, messages);
        let older = Page {
            before: Some(id_before),
            limit: 4,
        };
        (messages, before) = page(store, owner, id, older).await;
    }
    seen.splice(..0, messages);
    assert_eq!(seen, all);

    let exactly = page(store, owner, id, Page::last(10)).await;
    assert_eq!(
        exactly,
        (all.to_vec(), None),
        "no page before the first message"
    );
    let none = Page {
        before: Some(all[0].id.clone()),
        limit: 4,
    };
    assert_eq!(page(store, owner, id, none).await, (Vec::new(), None));
}

async fn refuses_an_unknown_message(store: &dyn ThreadStore, owner: &OwnerId, id: &ThreadId) {
    let unknown = Page {
        before: Some(MessageId::generate()),
        limit: 4,
    };
    let refused = store.get(owner, id, &unknown).await;
    assert!(matches!(refused, Err(PageError::MessageNotFound)));
    let elsewhere = store.get(owner, &ThreadId::generate(), &unknown).await;
    assert!(
        elsewhere.unwrap().is_none(),
        "the thread is looked for first"
    );
}

async fn exports_whole_threads_by_id(store: &dyn ThreadStore, owner: &OwnerId, id: &ThreadId) {
    let mut ids = vec![id.clone()];
    for _ in 0..2 {
        let beginning = first("more");
        ids.push(beginning.thread_id.clone());
        store.begin(owner, beginning).await.unwrap();
    }
    ids.sort();
    let mut exported = Vec::new();
    let mut after = None;
    while let Some(detail) = store.export(owner, after.as_ref()).await.unwrap() {
        let expected = store.get(owner, &detail.thread.id, ALL).await.unwrap();
        after = Some(detail.thread.id.clone());
        exported.extend(after.clone());
        assert_eq!(Some(detail), expected);
    }
    assert_eq!(exported, ids);
    let stranger = OwnerId::generate();
    assert_eq!(store.export(&stranger, None).await.unwrap(), None);
}
