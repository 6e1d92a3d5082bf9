//! The tools as agents use them: through the client, on the memory store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{NoteTools, ToolClient};
use crate::{
    domain::{
        JsonObject, NOTE_CONTENT_MAX_BYTES, NOTES_PER_OWNER, Note, NoteSummary, OwnerId,
        StoreError, ToolOutcome,
    },
    notes::{Cursor, NoteStore, SaveError, memory::MemoryNotes},
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

fn object(value: Value) -> JsonObject {
    let Value::Object(object) = value else {
        panic!("an object")
    };
    object
}

async fn connect(store: impl NoteStore + 'static) -> (ToolClient, OwnerId) {
    let owner = OwnerId::generate();
    (
        NoteTools::new(Arc::new(store))
            .connect(owner.clone())
            .await
            .unwrap(),
        owner,
    )
}

async fn ok(client: &ToolClient, tool: &str, arguments: Value) -> Value {
    let outcome = client.call(tool, object(arguments)).await;
    assert!(!outcome.is_error, "{outcome:?}");
    Value::Object(outcome.result)
}

async fn refused(client: &ToolClient, tool: &str, arguments: Value) -> String {
    let ToolOutcome { result, is_error } = client.call(tool, object(arguments)).await;
    assert!(is_error, "{result:?}");
    assert_eq!(result.len(), 1, "{result:?}");
    result["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn keeps_notes() {
    let (client, _) = connect(MemoryNotes::default()).await;
    assert_eq!(
        ok(&client, "list_titles", json!({})).await,
        json!({"titles": []})
    );
    let saved = ok(
        &client,
        "save_note",
        json!({"title": "Milk", "content": "two"}),
    )
    .await;
    assert_eq!(saved, json!({"success": true, "title": "Milk"}));
    ok(
        &client,
        "save_note",
        json!({"title": "Demo", "content": "Friday\n🗒️"}),
    )
    .await;
    ok(
        &client,
        "save_note",
        json!({"title": "Milk", "content": "three"}),
    )
    .await;
    let found = ok(&client, "get_note", json!({"title": "Milk"})).await;
    assert_eq!(found, json!({"title": "Milk", "content": "three"}));
    assert_eq!(
        ok(&client, "list_titles", json!({})).await,
        json!({"titles": ["Milk", "Demo"]})
    );
}

#[tokio::test]
async fn carries_the_longest_note_whole() {
    let (client, _) = connect(MemoryNotes::default()).await;
    // Each of these takes two bytes in a note and six in JSON.
    let content = "\u{80}".repeat(NOTE_CONTENT_MAX_BYTES / 2);
    ok(
        &client,
        "save_note",
        json!({"title": "Long", "content": content}),
    )
    .await;
    assert_eq!(
        ok(&client, "get_note", json!({"title": "Long"})).await["content"],
        content
    );
}

#[tokio::test]
async fn sees_one_owner_only() {
    let store = Arc::new(MemoryNotes::default());
    let tools = NoteTools::new(store);
    let mine = tools.connect(OwnerId::generate()).await.unwrap();
    let theirs = tools.connect(OwnerId::generate()).await.unwrap();
    ok(
        &theirs,
        "save_note",
        json!({"title": "Secret", "content": "x"}),
    )
    .await;
    let sentence = refused(&mine, "get_note", json!({"title": "Secret"})).await;
    assert_eq!(
        sentence,
        "There is no such note; there are no notes at all."
    );
}

#[tokio::test]
async fn says_what_to_correct() {
    let (client, _) = connect(MemoryNotes::default()).await;
    let cases = [
        (
            "delete_note",
            json!({}),
            "The tools are: get_note, list_titles, save_note",
        ),
        (
            "save_note",
            json!({"title": "a"}),
            "missing field `content`",
        ),
        (
            "save_note",
            json!({"title": 1, "content": "a"}),
            "invalid type",
        ),
        (
            "save_note",
            json!({"title": "a", "content": "b", "tags": []}),
            "unknown field `tags`",
        ),
        ("get_note", json!({}), "missing field `title`"),
        ("list_titles", json!({"all": true}), "unknown field `all`"),
        (
            "save_note",
            json!({"title": "", "content": "a"}),
            "1 to 200 characters",
        ),
        (
            "save_note",
            json!({"title": "a\nb", "content": "a"}),
            "one line",
        ),
        (
            "save_note",
            json!({"title": "x".repeat(201), "content": "a"}),
            "has 201 characters",
        ),
        (
            "save_note",
            json!({"title": "a", "content": "x".repeat(65_537)}),
            "65537 bytes",
        ),
    ];
    for (tool, arguments, expected) in cases {
        let sentence = refused(&client, tool, arguments).await;
        assert!(sentence.contains(expected), "{tool}: {sentence}");
        assert!(sentence.len() < 400, "{sentence}");
    }
    assert_eq!(
        ok(&client, "list_titles", json!({})).await,
        json!({"titles": []})
    );
}

#[tokio::test]
async fn suggests_similar_notes() {
    let (client, _) = connect(MemoryNotes::default()).await;
    for number in 0..20 {
        ok(
            &client,
            "save_note",
            json!({"title": format!("Trip {number}"), "content": ""}),
        )
        .await;
    }
    ok(
        &client,
        "save_note",
        json!({"title": "Shopping list", "content": ""}),
    )
    .await;
    ok(
        &client,
        "save_note",
        json!({"title": "Other", "content": ""}),
    )
    .await;
    let sentence = refused(&client, "get_note", json!({"title": "shopping"})).await;
    assert!(
        sentence.contains("are: \"Shopping list\", \"Other\", \"Trip 19\""),
        "{sentence}"
    );
    assert!(
        sentence.contains("22 titles") && !sentence.contains("Trip 3\""),
        "{sentence}"
    );
}

#[tokio::test]
async fn refuses_notes_beyond_the_limit_except_replacements() {
    let store = MemoryNotes::default();
    let owner = OwnerId::generate();
    for number in 0..NOTES_PER_OWNER {
        store.save(&owner, &number.to_string(), "").await.unwrap();
    }
    let client = NoteTools::new(Arc::new(store))
        .connect(owner)
        .await
        .unwrap();
    let sentence = refused(&client, "save_note", json!({"title": "new", "content": ""})).await;
    assert!(sentence.contains("500 notes"), "{sentence}");
    ok(
        &client,
        "save_note",
        json!({"title": "0", "content": "replaced"}),
    )
    .await;
}

/// Providers accept only plain schemas with limits and without additional fields.
#[test]
fn offers_schemas_that_providers_accept() {
    let specs = NoteTools::new(Arc::new(MemoryNotes::default())).specs();
    let names: Vec<_> = specs.iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(names, ["get_note", "list_titles", "save_note"]);
    for spec in &specs {
        assert!(!spec.description.is_empty());
        assert!(
            spec.parameters.get("$schema").is_none(),
            "{}",
            spec.parameters
        );
    }
    assert_eq!(
        specs[1].parameters,
        json!({"type": "object", "properties": {}, "additionalProperties": false})
    );
    let save = &specs[2].parameters;
    assert_eq!(save["required"], json!(["title", "content"]));
    assert_eq!(save["additionalProperties"], json!(false));
    assert_eq!(save["properties"]["title"]["maxLength"], json!(200));
    assert_eq!(
        save["properties"]["content"]["maxLength"],
        json!(NOTE_CONTENT_MAX_BYTES)
    );
}

/// A store that is unavailable or hangs.
struct Broken {
    hangs: bool,
    /// Closed when a hanging call is dropped, and when the store is.
    ended: Arc<Semaphore>,
}

/// Closes the semaphore when dropped.
struct CloseOnDrop(Arc<Semaphore>);

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        self.ended.close();
    }
}

impl Broken {
    fn new(hangs: bool) -> (Self, Arc<Semaphore>) {
        let ended = Arc::new(Semaphore::new(0));
        (
            Self {
                hangs,
                ended: Arc::clone(&ended),
            },
            ended,
        )
    }

    async fn fail<T, E: From<StoreError>>(&self) -> Result<T, E> {
        if self.hangs {
            let _guard = CloseOnDrop(Arc::clone(&self.ended));
            std::future::pending::<()>().await;
        }
        Err(StoreError::Unavailable {
            store: "postgres",
            reason: "10.0.0.7 refused".to_owned(),
        }
        .into())
    }
}

async fn closed(ended: &Semaphore) {
    let closed = tokio::time::timeout(Duration::from_secs(5), ended.acquire()).await;
    assert!(closed.expect("it ended").is_err());
}

#[async_trait]
impl NoteStore for Broken {
    async fn save(&self, _: &OwnerId, _: &str, _: &str) -> Result<Note, SaveError> {
        self.fail().await
    }
    async fn get(&self, _: &OwnerId, _: &str) -> Result<Option<Note>, StoreError> {
        self.fail().await
    }
    async fn list(
        &self,
        _: &OwnerId,
        _: usize,
        _: Option<&Cursor>,
    ) -> Result<Vec<NoteSummary>, StoreError> {
        self.fail().await
    }
    async fn titles(&self, _: &OwnerId) -> Result<Vec<String>, StoreError> {
        self.fail().await
    }
    async fn export(&self, _: &OwnerId, _: Option<&str>) -> Result<Option<Note>, StoreError> {
        self.fail().await
    }
    async fn delete_untouched(&self, _: Timestamp) -> Result<usize, StoreError> {
        self.fail().await
    }
    async fn delete(&self, _: &OwnerId, _: &str) -> Result<bool, StoreError> {
        self.fail().await
    }
    async fn delete_owner(&self, _: &OwnerId) -> Result<(), StoreError> {
        self.fail().await
    }
}

#[tokio::test]
async fn an_unavailable_store_is_reported_without_details() {
    let (client, _) = connect(Broken::new(false).0).await;
    for (tool, arguments) in [
        ("save_note", json!({"title": "a", "content": "b"})),
        ("get_note", json!({"title": "a"})),
        ("list_titles", json!({})),
    ] {
        let sentence = refused(&client, tool, arguments).await;
        assert!(
            sentence.contains("not reachable at the moment"),
            "{sentence}"
        );
        assert!(
            !sentence.contains("10.0.0.7") && !sentence.contains("postgres"),
            "{sentence}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_times_out_after_30_seconds() {
    let (client, _) = connect(Broken::new(true).0).await;
    let began = tokio::time::Instant::now();
    let sentence = refused(&client, "list_titles", json!({})).await;
    assert!(sentence.contains("did not answer in time"), "{sentence}");
    assert_eq!(began.elapsed().as_secs(), 30);
}

#[tokio::test]
async fn dropping_a_call_cancels_its_work() {
    let (store, ended) = Broken::new(true);
    let (client, _) = connect(store).await;
    let call = client.call("list_titles", JsonObject::new());
    assert!(
        tokio::time::timeout(Duration::from_millis(50), call)
            .await
            .is_err()
    );
    closed(&ended).await;
}

#[tokio::test]
async fn dropping_the_client_ends_the_server() {
    let (store, ended) = Broken::new(false);
    let (client, _) = connect(store).await;
    assert!(!ended.is_closed());
    drop(client);
    closed(&ended).await;
}
