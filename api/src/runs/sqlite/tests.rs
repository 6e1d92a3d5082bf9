#![allow(clippy::unwrap_used)]

use super::{SqliteRuns, sql};
use crate::{
    connect::sqlite::{Sqlite, private::PrivateFolder},
    domain::StoreError,
    runs::{
        Created, EventBatch, Idempotency, Read, RunRecord, RunStore, contract, memory::MemoryRuns,
    },
};
use jiff::Timestamp;
use std::time::Duration;

async fn open(folder: &PrivateFolder) -> (Sqlite, SqliteRuns) {
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let runs = SqliteRuns::open(store.clone(), MemoryRuns::default());
    let runs = runs.await.unwrap();
    (store, runs)
}

fn events(text: &str) -> EventBatch {
    EventBatch {
        bytes: text.as_bytes().to_vec(),
        ends: vec![text.len()],
    }
}

fn idempotency(body: u8) -> Idempotency {
    Idempotency {
        key: "session:key".to_owned(),
        body: [body; 32],
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    let folder = PrivateFolder::new();
    contract::suite(&open(&folder).await.1).await;
}

/// Leaves the traces of a killed process: a run that has begun in its thread and is the active one,
/// or no longer is; or one that did not reach its thread.
async fn killed(folder: &PrivateFolder, begun: bool, active: bool) -> RunRecord {
    killed_with(folder, Some(idempotency(1)), begun, active).await
}

async fn killed_with(
    folder: &PrivateFolder,
    idempotency: Option<Idempotency>,
    begun: bool,
    active: bool,
) -> RunRecord {
    let (store, runs) = open(folder).await;
    let record = contract::record();
    let created = runs.create(record.clone(), idempotency).await;
    assert_eq!(created.unwrap(), Created::New);
    let (thread, run) = (record.thread_id.to_string(), record.id.to_string());
    let (owner, now) = (record.owner.to_string(), Timestamp::now().as_microsecond());
    store
        .write(move |c| {
            Box::pin(async move {
                if begun {
                    let begin = "insert or ignore into owners (id) values (?2);
                        insert into threads
                        (id, owner, title, agent, created_at, updated_at, active_run)
                        values (?1, ?2, 'x', 'concierge', ?3, ?3, ?4)";
                    let begin = sqlx::query(begin).bind(&thread).bind(owner).bind(now);
                    begin.bind(run).execute(&mut *c).await?;
                }
                if !active {
                    let end = "update threads set active_run = null where id = ?1";
                    sqlx::query(end).bind(&thread).execute(c).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await
        .unwrap();
    drop(runs);
    store.close().await;
    record
}

#[tokio::test]
async fn a_request_repeated_after_a_kill_finds_its_lost_run() {
    let folder = PrivateFolder::new();
    let record = killed(&folder, true, true).await;
    let (_store, runs) = open(&folder).await;
    let repeat = runs.create(contract::record(), Some(idempotency(1))).await;
    assert_eq!(repeat.unwrap(), Created::Repeated(record.id.clone()));
    let other = runs.create(contract::record(), Some(idempotency(2))).await;
    assert_eq!(other.unwrap(), Created::Mismatch);
    assert_eq!(runs.find(&record.id).await.unwrap(), Some(record.clone()));
    assert!(!runs.is_live(&record.id).await.unwrap());
    let minute = Duration::from_secs(60);
    let read = |after| contract::read(&runs, &record.id, after, minute);
    // Readers do not wait for a dead writer.
    for after in [0, 1] {
        assert_eq!(read(after).await.unwrap(), Read::Quiet);
    }
    let ends = tokio::join!(runs.take_over(&record.id), runs.take_over(&record.id));
    assert_eq!((ends.0.unwrap(), ends.1.unwrap()), (Some(0), None));
    runs.append(&record.id, &events("first")).await.unwrap();
    let first = read(0).await.unwrap();
    assert!(matches!(&first, Read::Events { last: 1, bytes } if &bytes[..] == b"first"));
    runs.finish(&record.id, &events("last")).await.unwrap();
    let last = read(1).await.unwrap();
    assert!(matches!(&last, Read::Events { last: 2, bytes } if &bytes[..] == b"last"));
    assert_eq!(read(2).await.unwrap(), Read::Ended);
}

#[tokio::test]
async fn a_reader_that_has_seen_more_than_is_made_again_learns_that_the_run_is_lost() {
    let folder = PrivateFolder::new();
    let record = killed(&folder, true, true).await;
    let (_store, runs) = open(&folder).await;
    let read = async |after, wait| {
        let read = contract::read(&runs, &record.id, after, wait).await;
        read.unwrap()
    };
    // Nobody has taken over, so there is nothing to wait for.
    assert_eq!(read(2, Duration::from_secs(60)).await, Read::Quiet);
    runs.take_over(&record.id).await.unwrap();
    runs.append(&record.id, &events("first")).await.unwrap();
    assert_eq!(read(2, Duration::ZERO).await, Read::Quiet);
    let both = EventBatch {
        bytes: b"errordone".to_vec(),
        ends: vec![5, 9],
    };
    runs.finish(&record.id, &both).await.unwrap();
    for after in [2, 2, 7] {
        assert_eq!(read(after, Duration::ZERO).await, Read::Lost);
    }
    // These readers have got the end since.
    for after in [4, 9] {
        assert_eq!(read(after, Duration::ZERO).await, Read::Ended);
    }
}

#[tokio::test]
async fn a_run_without_an_idempotency_key_is_restored_too() {
    let folder = PrivateFolder::new();
    let record = killed_with(&folder, None, true, true).await;
    let (_store, runs) = open(&folder).await;
    assert_eq!(runs.find(&record.id).await.unwrap(), Some(record.clone()));
    assert_eq!(runs.take_over(&record.id).await.unwrap(), Some(0));
}

#[tokio::test]
async fn repeating_the_request_of_an_ended_run_starts_nothing() {
    let folder = PrivateFolder::new();
    let record = killed(&folder, true, false).await;
    let (_store, runs) = open(&folder).await;
    let repeat = runs.create(contract::record(), Some(idempotency(1))).await;
    assert_eq!(repeat.unwrap(), Created::Repeated(record.id.clone()));
    assert_eq!(runs.find(&record.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_request_whose_run_never_began_can_be_repeated() {
    let folder = PrivateFolder::new();
    killed(&folder, false, false).await;
    let (_store, runs) = open(&folder).await;
    let again = runs.create(contract::record(), Some(idempotency(1))).await;
    assert_eq!(again.unwrap(), Created::New);
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let folder = PrivateFolder::new();
    let (store, _runs) = open(&folder).await;
    for sql in [sql::INSERT, sql::DELETE, sql::SWEEP, sql::LIVE] {
        store.plan(sql).await;
    }
}
