//! The contract of [`NoteStore`] as a test suite, run against each backend.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{Cursor, NoteStore, SaveError};
use crate::domain::{NOTE_CONTENT_MAX_BYTES, NOTE_TITLE_MAX_CHARS, NOTES_PER_OWNER, OwnerId};
use jiff::Timestamp;
use std::sync::Arc;

/// Uses new owners, so the store need not be empty.
pub(crate) async fn suite(store: Arc<dyn NoteStore>) {
    saves_reads_replaces_and_deletes(&*store).await;
    lists_the_last_saved_first(&*store).await;
    keeps_text_as_it_is(&*store).await;
    refuses_what_is_too_much(&*store).await;
    keeps_owners_apart(&*store).await;
    holds_the_limit_of_notes(&store).await;
    lists_without_contents_and_by_page(&*store).await;
    refuses_what_was_let_in_before(&*store).await;
    deletes_the_untouched(&*store).await;
}

const ALL: usize = NOTES_PER_OWNER;

async fn titles(store: &dyn NoteStore, owner: &OwnerId) -> Vec<String> {
    store.titles(owner).await.unwrap()
}

async fn saves_reads_replaces_and_deletes(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    assert_eq!(store.get(&owner, "Milk").await.unwrap(), None);
    assert_eq!(store.list(&owner, ALL, None).await.unwrap(), []);
    assert!(!store.delete(&owner, "Milk").await.unwrap());

    let first = store.save(&owner, "Milk", "two litres").await.unwrap();
    assert_eq!(
        (first.title.as_str(), first.content.as_str()),
        ("Milk", "two litres")
    );
    assert_eq!(
        store.get(&owner, "Milk").await.unwrap(),
        Some(first.clone())
    );

    let second = store.save(&owner, "Milk", "").await.unwrap();
    assert_eq!(
        store.get(&owner, "Milk").await.unwrap(),
        Some(second.clone())
    );
    assert!(second.updated_at >= first.updated_at);
    assert_eq!(titles(store, &owner).await, ["Milk"]);
    // Titles match exactly.
    assert_eq!(store.get(&owner, "milk").await.unwrap(), None);
    assert_eq!(store.get(&owner, "Milk ").await.unwrap(), None);

    assert!(store.delete(&owner, "Milk").await.unwrap());
    assert!(!store.delete(&owner, "Milk").await.unwrap());
    assert_eq!(store.get(&owner, "Milk").await.unwrap(), None);
}

async fn lists_the_last_saved_first(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    for title in ["a", "b", "c", "a"] {
        store.save(&owner, title, title).await.unwrap();
    }
    let notes = store.list(&owner, ALL, None).await.unwrap();
    assert!(notes.windows(2).all(|pair| {
        (pair[1].updated_at, &pair[0].title) < (pair[0].updated_at, &pair[1].title)
            || pair[1].updated_at < pair[0].updated_at
    }));
    assert_eq!(titles(store, &owner).await, ["a", "c", "b"]);
}

async fn keeps_text_as_it_is(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    let title = " 'Ünïcödé' \"%_\\ 🗒️ ";
    let content = "tabs\tand\r\nlines, NUL \0, ' OR 1=1; -- 🗒️\u{202e}";
    store.save(&owner, title, content).await.unwrap();
    let note = store.get(&owner, title).await.unwrap().expect("just saved");
    assert_eq!(
        (note.title.as_str(), note.content.as_str()),
        (title, content)
    );
    assert!(store.delete(&owner, title).await.unwrap());
}

async fn refuses_what_is_too_much(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    for bad in [
        "",
        "  ",
        "\u{3000}",
        "a\nb",
        "nul\0",
        "esc\u{1b}[31m",
        &"ä".repeat(NOTE_TITLE_MAX_CHARS + 1),
    ] {
        let refused = store.save(&owner, bad, "x").await;
        assert!(
            matches!(refused, Err(SaveError::Title)),
            "{bad:?}: {refused:?}"
        );
    }
    let refused = store
        .save(&owner, "big", &"x".repeat(NOTE_CONTENT_MAX_BYTES + 1))
        .await;
    assert!(matches!(refused, Err(SaveError::Content)), "{refused:?}");
    assert_eq!(store.list(&owner, ALL, None).await.unwrap(), []);

    // Titles are measured in characters, contents in bytes.
    store
        .save(&owner, &"ä".repeat(NOTE_TITLE_MAX_CHARS), "x")
        .await
        .unwrap();
    store
        .save(&owner, "big", &"x".repeat(NOTE_CONTENT_MAX_BYTES))
        .await
        .unwrap();
    let refused = store
        .save(&owner, "big", &"ä".repeat(NOTE_CONTENT_MAX_BYTES / 2 + 1))
        .await;
    assert!(matches!(refused, Err(SaveError::Content)), "{refused:?}");
    assert_eq!(
        store
            .get(&owner, "big")
            .await
            .unwrap()
            .unwrap()
            .content
            .len(),
        NOTE_CONTENT_MAX_BYTES
    );
}

async fn keeps_owners_apart(store: &dyn NoteStore) {
    let (mine, theirs) = (OwnerId::generate(), OwnerId::generate());
    store.save(&mine, "Plan", "mine").await.unwrap();
    store.save(&theirs, "Plan", "theirs").await.unwrap();
    store.save(&theirs, "Other", "theirs").await.unwrap();
    assert_eq!(titles(store, &mine).await, ["Plan"]);
    assert_eq!(store.get(&mine, "Other").await.unwrap(), None);
    assert!(!store.delete(&mine, "Other").await.unwrap());

    store.delete_owner(&mine).await.unwrap();
    store.delete_owner(&mine).await.unwrap();
    assert_eq!(store.list(&mine, ALL, None).await.unwrap(), []);
    assert_eq!(
        store.get(&theirs, "Plan").await.unwrap().unwrap().content,
        "theirs"
    );
}

/// Holds even when several callers compete for the last places.
async fn holds_the_limit_of_notes(store: &Arc<dyn NoteStore>) {
    let owner = OwnerId::generate();
    for number in 0..NOTES_PER_OWNER - 3 {
        store.save(&owner, &number.to_string(), "").await.unwrap();
    }
    let callers: Vec<_> = (0..16)
        .map(|caller| {
            let (store, owner) = (Arc::clone(store), owner.clone());
            tokio::spawn(async move { store.save(&owner, &format!("late {caller}"), "").await })
        })
        .collect();
    let mut saved = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(_) => saved += 1,
            Err(error) => assert!(matches!(error, SaveError::LimitReached), "{error:?}"),
        }
    }
    assert_eq!(saved, 3);
    assert_eq!(
        store.list(&owner, ALL, None).await.unwrap().len(),
        NOTES_PER_OWNER
    );
    assert!(matches!(
        store.save(&owner, "one more", "").await,
        Err(SaveError::LimitReached)
    ));
    // Replacing a note takes no place, and deleting one frees its place.
    store.save(&owner, "0", "new").await.unwrap();
    assert!(store.delete(&owner, "0").await.unwrap());
    store.save(&owner, "one more", "").await.unwrap();
}

async fn lists_without_contents_and_by_page(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    let content = format!("\n {}", "ä🗒️".repeat(200));
    for title in ["one", "two", "three", "four", "five"] {
        store.save(&owner, title, &content).await.unwrap();
    }
    let all = store.list(&owner, ALL, None).await.unwrap();
    let first = &all[0];
    assert_eq!(first.preview.chars().count(), 200);
    assert!(content.starts_with(&first.preview), "{}", first.preview);
    assert_eq!(first.bytes, content.len());
    let listed: Vec<_> = all.iter().map(|note| note.title.as_str()).collect();
    assert_eq!(listed, ["five", "four", "three", "two", "one"]);
    assert_eq!(titles(store, &owner).await, listed);

    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = store.list(&owner, 2, cursor.as_ref()).await.unwrap();
        let Some(last) = page.last() else { break };
        cursor = Some(Cursor::from(last));
        seen.extend(page);
    }
    assert_eq!(seen, all);

    let mut exported: Vec<String> = Vec::new();
    loop {
        let after = exported.last().map(String::as_str);
        let Some(note) = store.export(&owner, after).await.unwrap() else {
            break;
        };
        assert_eq!(note.content, content);
        exported.push(note.title);
    }
    assert_eq!(exported, ["five", "four", "one", "three", "two"]);
}

async fn refuses_what_was_let_in_before(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    store.save(&owner, "a", "x").await.unwrap();
    store.delete_owner(&owner).await.unwrap();
    let late = store.save(&owner, "a", "late").await;
    assert!(matches!(late, Err(SaveError::OwnerForgotten)), "{late:?}");
    assert!(titles(store, &owner).await.is_empty());
}

async fn deletes_the_untouched(store: &dyn NoteStore) {
    let owner = OwnerId::generate();
    for title in ["kept", "old"] {
        store.save(&owner, title, "x").await.unwrap();
    }
    let then = Timestamp::now();
    store.save(&owner, "kept", "y").await.unwrap();
    assert!(store.delete_untouched(then).await.unwrap() >= 1);
    assert_eq!(titles(store, &owner).await, ["kept"]);
    assert_eq!(store.delete_untouched(then).await.unwrap(), 0);
}
