//! Search results and their order.

use super::given::{agent, first, message, next};
use crate::{
    domain::{OwnerId, Role, ThreadId},
    threads::{
        Progress, ThreadStore,
        search::{Found, Query},
    },
};

pub(super) async fn suite(store: &dyn ThreadStore) {
    finds_words_of_title_and_messages_together(store).await;
    finds_runs_without_spaces(store).await;
    ranks_and_pages(store).await;
    follows_changes(store).await;
}

async fn thread(
    store: &dyn ThreadStore,
    owner: &OwnerId,
    title: &str,
    question: &str,
    answer: &str,
) -> ThreadId {
    let mut beginning = first(question);
    beginning.title = title.to_owned();
    let (id, run) = (beginning.thread_id.clone(), beginning.run_id.clone());
    store.begin(owner, beginning).await.unwrap();
    let answer = [message(Role::Assistant, answer)];
    let here = agent("concierge");
    store
        .save(owner, &id, &run, &answer, &here, Progress::Live)
        .await
        .unwrap();
    store
        .save(owner, &id, &run, &[], &here, Progress::Ended)
        .await
        .unwrap();
    id
}

async fn found(store: &dyn ThreadStore, owner: &OwnerId, query: &str) -> Vec<ThreadId> {
    let found = store.search(owner, &Query::parse(query), 100, None).await;
    let found = found.unwrap().into_iter();
    found.map(|found| found.thread.id).collect()
}

async fn finds_words_of_title_and_messages_together(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let ferns = thread(
        store,
        &owner,
        "Garden Plans",
        "Which ferns?",
        "The Lady-fern's.",
    )
    .await;
    let cafe = thread(
        store,
        &owner,
        "x",
        "Das CAFE\u{301} in der Straße",
        "it's \0 'quoted' \\",
    )
    .await;
    for (query, expected) in [
        ("garden", vec![&ferns]),
        ("FERNS lady garden", vec![&ferns]),
        ("lady-fern", vec![&ferns]),
        ("fern", vec![&ferns]),
        ("gard", vec![]),
        ("garden straße", vec![]),
        ("café STRASSE", vec![&cafe]),
        ("cafe", vec![]),
        ("the", vec![&ferns]),
        ("in der", vec![&cafe]),
        ("quoted", vec![&cafe]),
        ("it's 'quoted'", vec![&cafe]),
        ("& | ! () <-> : *", vec![]),
        (" , ", vec![]),
    ] {
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        assert_eq!(found(store, &owner, query).await, expected, "{query}");
    }
    let stranger = OwnerId::generate();
    assert!(found(store, &stranger, "garden").await.is_empty());
    finds_long_words_whole(store).await;
}

async fn finds_long_words_whole(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    for letter in ["x", "é"] {
        let short = thread(store, &owner, "a", &letter.repeat(200), "").await;
        let long = letter.repeat(201);
        thread(store, &owner, "b", &long, &letter.repeat(2000)).await;
        assert_eq!(found(store, &owner, &letter.repeat(200)).await, [short]);
        assert_eq!(found(store, &owner, &long).await.len(), 1);
    }
}

async fn finds_runs_without_spaces(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let tower = thread(
        store,
        &owner,
        "旅行",
        "東京タワーに行きたい",
        "great 🎉🎊 idea",
    )
    .await;
    let apart = thread(store, &owner, "x", "東京 京都 都心", "ภาษาไทย").await;
    for (query, expected) in [
        ("東", vec![&tower, &apart]),
        ("京タ", vec![&tower]),
        ("タワーに行", vec![&tower]),
        ("東京都", vec![]),
        ("旅行 タワー idea", vec![&tower]),
        ("🎊", vec![&tower]),
        ("🎉🎊", vec![&tower]),
        ("ษาไ", vec![&apart]),
        ("ภาษาไทย 京都", vec![&apart]),
    ] {
        let mut found = found(store, &owner, query).await;
        found.sort();
        let expected: Vec<_> = expected.into_iter().cloned().collect();
        assert_eq!(found, expected, "{query}");
    }
}

async fn ranks_and_pages(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let once = thread(store, &owner, "a", "apple", "").await;
    let often = thread(store, &owner, "b", "apple apple", "apple and apple").await;
    let title = thread(store, &owner, "Apple", "pie", "").await;
    let again = thread(store, &owner, "c", "apple", "").await;
    let expected = [title, often, again, once];
    assert_eq!(found(store, &owner, "apple").await, expected);
    let query = Query::parse("apple");
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.search(&owner, &query, 3, cursor.as_ref()).await;
        let page = page.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(Found::cursor(last));
        seen.extend(page.into_iter().map(|found| found.thread.id));
    }
    assert_eq!(seen, expected);
}

async fn follows_changes(store: &dyn ThreadStore) {
    let owner = OwnerId::generate();
    let id = thread(store, &owner, "old", "first words", "an answer").await;
    store.rename(&owner, &id, "new").await.unwrap();
    assert!(found(store, &owner, "old").await.is_empty());
    assert_eq!(
        found(store, &owner, "new answer").await,
        std::slice::from_ref(&id)
    );
    let detail = store
        .get(&owner, &id, super::given::ALL)
        .await
        .unwrap()
        .unwrap();
    let question = &detail.messages[0].id;
    let edited = next(&id, "other words", Some(question));
    store.begin(&owner, edited).await.unwrap();
    assert!(found(store, &owner, "first").await.is_empty());
    assert!(found(store, &owner, "answer").await.is_empty());
    assert_eq!(
        found(store, &owner, "other").await,
        std::slice::from_ref(&id)
    );
    store.delete(&owner, &id).await.unwrap();
    assert!(found(store, &owner, "new").await.is_empty());
}
