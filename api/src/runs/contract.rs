//! The contract of [`RunStore`] as a test suite, run against each backend.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Created, EventBatch, Idempotency, Read, RunRecord, RunStore};
use crate::{
    domain::{OwnerId, RunId, StoreError, ThreadId},
    eventually::eventually,
};
use proptest::prelude::*;
use std::time::Duration;

const NOW: Duration = Duration::ZERO;

pub(crate) fn record() -> RunRecord {
    RunRecord {
        id: RunId::generate(),
        thread_id: ThreadId::generate(),
        owner: OwnerId::generate(),
    }
}

pub(crate) fn events(texts: &[&str]) -> EventBatch {
    let mut events = EventBatch::default();
    for text in texts {
        events.bytes.extend_from_slice(text.as_bytes());
        events.ends.push(events.bytes.len());
    }
    events
}

/// Reads once.
pub(crate) async fn read(
    store: &dyn RunStore,
    run: &RunId,
    after: u64,
    wait: Duration,
) -> Result<Read, StoreError> {
    store.reader(run, after).read(wait).await
}

/// All events after `after` that can be read without waiting, and the number of the last one.
pub(crate) async fn drain(store: &dyn RunStore, run: &RunId, mut after: u64) -> (String, u64) {
    let mut text = String::new();
    while let Read::Events { bytes, last } = read(store, run, after, NOW).await.unwrap() {
        assert!(last > after, "a read goes forward");
        text.push_str(std::str::from_utf8(&bytes).unwrap());
        after = last;
    }
    (text, after)
}

pub(crate) async fn suite(store: &dyn RunStore) {
    reads_what_was_appended(store).await;
    finishes_once(store).await;
    cuts_long_reads_at_frames(store).await;
    wakes_a_waiting_reader(store).await;
    follows_a_log_with_one_reader(store).await;
    repeats_by_key(store).await;
    discards(store).await;
    cancels(store).await;
    counts_absence(store).await;
    drops_the_oldest_ended_logs_of_an_owner(store).await;
    forgets_an_owner(store).await;
}

async fn reads_what_was_appended(store: &dyn RunStore) {
    let record = record();
    assert_eq!(store.find(&record.id).await.unwrap(), None);
    assert_eq!(read(store, &record.id, 0, NOW).await.unwrap(), Read::Ended);
    store.create(record.clone(), None).await.unwrap();
    assert_eq!(store.find(&record.id).await.unwrap(), Some(record.clone()));
    assert!(store.is_live(&record.id).await.unwrap());
    assert_eq!(
        store.take_over(&record.id).await.unwrap(),
        None,
        "the writer is alive"
    );
    assert_eq!(read(store, &record.id, 0, NOW).await.unwrap(), Read::Quiet);
    store
        .append(&record.id, &events(&["a", "bb"]))
        .await
        .unwrap();
    store.append(&record.id, &events(&["ccc"])).await.unwrap();
    assert_eq!(drain(store, &record.id, 0).await, ("abbccc".to_owned(), 3));
    assert_eq!(drain(store, &record.id, 1).await, ("bbccc".to_owned(), 3));
    assert_eq!(drain(store, &record.id, 3).await, (String::new(), 3));
    assert_eq!(
        read(store, &record.id, u64::MAX, NOW).await.unwrap(),
        Read::Quiet
    );
}

async fn finishes_once(store: &dyn RunStore) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    store.append(&record.id, &events(&["x"])).await.unwrap();
    store.finish(&record.id, &events(&["y"])).await.unwrap();
    store.finish(&record.id, &events(&["z"])).await.unwrap();
    store.append(&record.id, &events(&["late"])).await.unwrap();
    assert!(!store.is_live(&record.id).await.unwrap());
    assert_eq!(
        store.take_over(&record.id).await.unwrap(),
        None,
        "it has ended"
    );
    assert_eq!(drain(store, &record.id, 0).await, ("xy".to_owned(), 2));
    assert_eq!(read(store, &record.id, 2, NOW).await.unwrap(), Read::Ended);
    assert_eq!(read(store, &record.id, 99, NOW).await.unwrap(), Read::Ended);
    assert!(
        store.find(&record.id).await.unwrap().is_some(),
        "readable after its end"
    );
}

async fn cuts_long_reads_at_frames(store: &dyn RunStore) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    let (small, huge) = ("s".repeat(50_000), "h".repeat(100_000));
    store
        .append(&record.id, &events(&[&small, &small, &huge, &small]))
        .await
        .unwrap();
    let mut lengths = Vec::new();
    let mut after = 0;
    while let Read::Events { bytes, last } = read(store, &record.id, after, NOW).await.unwrap() {
        lengths.push(bytes.len());
        after = last;
    }
    assert_eq!(lengths, [50_000, 50_000, 100_000, 50_000]);
}

async fn wakes_a_waiting_reader(store: &dyn RunStore) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    let reading = read(store, &record.id, 0, Duration::from_secs(30));
    let write = async {
        tokio::task::yield_now().await;
        store.append(&record.id, &events(&["now"])).await.unwrap();
    };
    let (events, ()) = tokio::join!(reading, write);
    assert!(matches!(events.unwrap(), Read::Events { last: 1, .. }));
    let reading = read(store, &record.id, 1, Duration::from_secs(30));
    let end = async {
        tokio::task::yield_now().await;
        store
            .finish(&record.id, &EventBatch::default())
            .await
            .unwrap();
    };
    let (end, ()) = tokio::join!(reading, end);
    assert_eq!(end.unwrap(), Read::Ended);
}

async fn follows_a_log_with_one_reader(store: &dyn RunStore) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    let text = |read| match read {
        Ok(Read::Events { bytes, last }) => (String::from_utf8(bytes.to_vec()).unwrap(), last),
        other => panic!("{other:?}"),
    };
    let mut reader = store.reader(&record.id, 0);
    assert_eq!(reader.read(NOW).await.unwrap(), Read::Quiet);
    let early = events(&["a", "bb"]);
    store.append(&record.id, &early).await.unwrap();
    assert_eq!(text(reader.read(NOW).await), ("abb".to_owned(), 2));
    // A longer wait may follow a shorter one, and the other way round.
    for millis in [20, 40, 20] {
        let read = reader.read(Duration::from_millis(millis)).await;
        assert_eq!(read.unwrap(), Read::Quiet);
    }
    let read = reader.read(Duration::from_secs(30));
    let write = async {
        tokio::task::yield_now().await;
        store.append(&record.id, &events(&["c"])).await.unwrap();
    };
    let (read, ()) = tokio::join!(read, write);
    assert_eq!(text(read), ("c".to_owned(), 3));
    store.finish(&record.id, &events(&["d"])).await.unwrap();
    let wait = Duration::from_secs(30);
    assert_eq!(text(reader.read(wait).await), ("d".to_owned(), 4));
    for _ in 0..2 {
        assert_eq!(reader.read(wait).await.unwrap(), Read::Ended);
    }
}

async fn repeats_by_key(store: &dyn RunStore) {
    let (first, second) = (record(), record());
    let key = |body| {
        Some(Idempotency {
            key: format!("k-{}", first.id),
            body: [body; 32],
        })
    };
    assert_eq!(
        store.create(first.clone(), key(1)).await.unwrap(),
        Created::New
    );
    let again = store.create(second.clone(), key(1)).await.unwrap();
    assert_eq!(again, Created::Repeated(first.id.clone()));
    assert_eq!(
        store.find(&second.id).await.unwrap(),
        None,
        "a repeat opens no log"
    );
    assert_eq!(
        store.create(second, key(2)).await.unwrap(),
        Created::Mismatch
    );
}

async fn discards(store: &dyn RunStore) {
    let (first, second) = (record(), record());
    let key = || {
        Some(Idempotency {
            key: format!("k-{}", first.id),
            body: [0; 32],
        })
    };
    store.create(first.clone(), key()).await.unwrap();
    store.discard(&first.id).await.unwrap();
    assert_eq!(store.find(&first.id).await.unwrap(), None);
    assert_eq!(read(store, &first.id, 0, NOW).await.unwrap(), Read::Ended);
    assert_eq!(store.create(second, key()).await.unwrap(), Created::New);
}

async fn cancels(store: &dyn RunStore) {
    let record = record();
    store.cancel(&record.id).await.unwrap();
    store.create(record.clone(), None).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(20), store.cancelled(&record.id));
    assert!(early.await.is_err(), "nobody has cancelled");
    let (_, cancelled) = tokio::join!(store.cancelled(&record.id), store.cancel(&record.id));
    cancelled.unwrap();
    store.cancelled(&record.id).await;
}

async fn counts_absence(store: &dyn RunStore) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    let unread = async || store.unread_for(&record.id).await.unwrap();
    eventually("a second without a reader", async || {
        unread().await >= Duration::from_secs(1)
    })
    .await;
    read(store, &record.id, 0, Duration::from_millis(10))
        .await
        .unwrap();
    assert!(unread().await < Duration::from_secs(1));
}

async fn drops_the_oldest_ended_logs_of_an_owner(store: &dyn RunStore) {
    let owner = OwnerId::generate();
    let mut runs = Vec::new();
    for n in 0..4 {
        let record = RunRecord {
            owner: owner.clone(),
            ..record()
        };
        let idempotency = Idempotency {
            key: format!("{n}-{}", record.id),
            body: [0; 32],
        };
        store
            .create(record.clone(), Some(idempotency.clone()))
            .await
            .unwrap();
        let large = "x".repeat(1024 * 1024);
        for _ in 0..3 {
            store.append(&record.id, &events(&[&large])).await.unwrap();
        }
        store.finish(&record.id, &events(&["end"])).await.unwrap();
        runs.push((record.id, idempotency));
    }
    // 12 MiB have ended, so the two oldest logs exceed the 8 MiB.
    for (n, (run, idempotency)) in runs.iter().enumerate() {
        let is_kept = n >= 2;
        assert_eq!(store.find(run).await.unwrap().is_some(), is_kept, "{n}");
        let events = read(store, run, 0, NOW).await.unwrap();
        assert_eq!(events != Read::Ended, is_kept, "{n}");
        let repeated = store.create(record(), Some(idempotency.clone())).await;
        assert_eq!(
            repeated.unwrap(),
            Created::Repeated(run.clone()),
            "the key stays"
        );
    }
}

async fn forgets_an_owner(store: &dyn RunStore) {
    let owner = OwnerId::generate();
    let of_owner = || RunRecord {
        owner: owner.clone(),
        ..record()
    };
    let key_of = |run: &RunRecord| Idempotency {
        key: format!("k-{}", run.id),
        body: [0; 32],
    };
    let (ended, live, other) = (of_owner(), of_owner(), record());
    for run in [&ended, &live, &other] {
        let created = store.create(run.clone(), Some(key_of(run))).await;
        assert_eq!(created.unwrap(), Created::New);
        store.append(&run.id, &events(&["said"])).await.unwrap();
    }
    store.finish(&ended.id, &events(&["end"])).await.unwrap();
    let (_, forgotten) = tokio::join!(store.cancelled(&live.id), store.forget_owner(&owner));
    forgotten.unwrap();
    for run in [&ended, &live] {
        assert_eq!(store.find(&run.id).await.unwrap(), None);
        assert!(!store.is_live(&run.id).await.unwrap());
        assert_eq!(read(store, &run.id, 0, NOW).await.unwrap(), Read::Ended);
    }
    // The run that is being stopped may still write; it is ignored.
    store.append(&live.id, &events(&["late"])).await.unwrap();
    store.finish(&live.id, &events(&["late"])).await.unwrap();
    assert_eq!(read(store, &live.id, 0, NOW).await.unwrap(), Read::Ended);
    for run in [&ended, &live] {
        let again = store.create(of_owner(), Some(key_of(run))).await;
        assert_eq!(again.unwrap(), Created::New, "the key is gone");
    }
    store.forget_owner(&owner).await.unwrap();
    store.forget_owner(&OwnerId::generate()).await.unwrap();
    assert!(store.is_live(&other.id).await.unwrap(), "nobody else's");
    assert_eq!(drain(store, &other.id, 0).await, ("said".to_owned(), 1));
    let repeated = store.create(record(), Some(key_of(&other))).await;
    assert_eq!(repeated.unwrap(), Created::Repeated(other.id.clone()));
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u16>),
    Reader,
    Read(prop::sample::Index),
    Resume(prop::sample::Index),
    Cancel,
    End,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(0u16..3000, 1..5).prop_map(Step::Append),
        2 => Just(Step::Reader),
        6 => any::<prop::sample::Index>().prop_map(Step::Read),
        2 => any::<prop::sample::Index>().prop_map(Step::Resume),
        1 => Just(Step::Cancel),
        1 => Just(Step::End),
    ]
}

#[derive(Default)]
struct Reader {
    from: u64,
    after: u64,
    text: String,
}

/// Random histories of a log: whatever the order of the steps, each reader ends up with all events
/// after its start, once each and in order.
pub(crate) fn interleavings<S: RunStore>(store: impl Fn() -> S) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    proptest!(ProptestConfig::with_cases(64), |(steps in prop::collection::vec(step(), 1..60))| {
        // Made inside: a store may have tasks.
        runtime.block_on(async { replay(&store(), steps).await });
    });
}

async fn replay(store: &dyn RunStore, steps: Vec<Step>) {
    let record = record();
    store.create(record.clone(), None).await.unwrap();
    let mut written: Vec<String> = Vec::new();
    let mut readers = vec![Reader::default()];
    let mut ended = false;
    for step in steps {
        match step {
            Step::Append(sizes) => {
                let texts: Vec<String> = sizes
                    .iter()
                    .enumerate()
                    .map(|(i, size)| {
                        format!("<{}:{}>", written.len() + i, "x".repeat(*size as usize))
                    })
                    .collect();
                let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
                store.append(&record.id, &events(&borrowed)).await.unwrap();
                if !ended {
                    written.extend(texts);
                }
            }
            Step::Reader => readers.push(Reader::default()),
            Step::Read(index) => {
                let chosen = index.index(readers.len());
                read_once(store, &record.id, &mut readers[chosen]).await;
            }
            Step::Resume(index) => {
                let after = readers[index.index(readers.len())].after;
                readers.push(Reader {
                    from: after,
                    after,
                    text: String::new(),
                });
            }
            Step::Cancel => store.cancel(&record.id).await.unwrap(),
            Step::End => {
                store
                    .finish(&record.id, &EventBatch::default())
                    .await
                    .unwrap();
                ended = true;
            }
        }
    }
    store
        .finish(&record.id, &EventBatch::default())
        .await
        .unwrap();
    for reader in &mut readers {
        while read_once(store, &record.id, reader).await {}
        let expected: String = written[reader.from as usize..].concat();
        assert_eq!(reader.text, expected);
        assert_eq!(reader.after, written.len() as u64);
    }
}

async fn read_once(store: &dyn RunStore, run: &RunId, reader: &mut Reader) -> bool {
    match read(store, run, reader.after, NOW).await.unwrap() {
        Read::Events { bytes, last } => {
            reader.text.push_str(std::str::from_utf8(&bytes).unwrap());
            reader.after = last;
            true
        }
        Read::Quiet | Read::Ended | Read::Lost => false,
    }
}
