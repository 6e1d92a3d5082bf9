#![allow(clippy::unwrap_used)]
use super::*;
use crate::{
    connect::memory::RESERVE,
    runs::{LOG_LIFETIME, Read, contract},
};

#[tokio::test(start_paused = true)]
async fn keeps_the_contract() {
    contract::suite(&MemoryRuns::default()).await;
}

#[tokio::test(start_paused = true)]
async fn forgets_expired_logs() {
    let runs = MemoryRuns::default();
    let record = contract::record();
    runs.create(record.clone(), None).await.unwrap();
    runs.finish(&record.id, &EventBatch::default())
        .await
        .unwrap();
    tokio::time::advance(LOG_LIFETIME - Duration::from_secs(1)).await;
    assert!(runs.find(&record.id).await.unwrap().is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(runs.find(&record.id).await.unwrap().is_none());
    runs.sweep().await.unwrap();
    assert!(runs.logs.is_empty());
}

#[tokio::test(start_paused = true)]
async fn keeps_the_newest_of_all_logs_and_every_key() {
    let runs = MemoryRuns::new(2 * 1024 * 1024, Arc::default());
    let records: Vec<_> = (0..4).map(|_| contract::record()).collect();
    let key = |n: usize| Idempotency {
        key: n.to_string(),
        body: [0; 32],
    };
    for (n, record) in records.iter().enumerate() {
        runs.create(record.clone(), Some(key(n))).await.unwrap();
        let last = contract::events(&["x".repeat(1_000_000).as_str()]);
        runs.finish(&record.id, &last).await.unwrap();
    }
    for (n, record) in records.iter().enumerate() {
        let found = runs.find(&record.id).await.unwrap();
        assert_eq!(found.is_some(), n >= 2, "{n}");
        let again = runs.create(contract::record(), Some(key(n))).await.unwrap();
        assert_eq!(again, Created::Repeated(record.id.clone()));
    }
    tokio::time::advance(IDEMPOTENCY_LIFETIME).await;
    runs.sweep().await.unwrap();
    assert_eq!((runs.logs.len(), runs.ended().bytes()), (0, 0));
    assert_eq!((runs.keys.len(), runs.owned.len()), (0, 0));
}

#[tokio::test]
async fn drops_the_oldest_ended_logs_when_memory_is_full() {
    let memory = Arc::new(Memory::new(100_000));
    let runs = Arc::new(MemoryRuns::new(usize::MAX, Arc::clone(&memory)));
    let reclaimer: Arc<dyn Reclaim> = runs.clone();
    memory.reclaim_from(Arc::downgrade(&reclaimer));
    let events = EventBatch {
        bytes: vec![b'x'; 20_000],
        ends: vec![20_000],
    };
    let mut records = Vec::new();
    for _ in 0..20 {
        let record = contract::record();
        runs.create(record.clone(), None).await.unwrap();
        runs.finish(&record.id, &events).await.unwrap();
        records.push(record.id);
    }
    assert!(
        memory.used() <= memory.limit() + 30_000,
        "{}",
        memory.used()
    );
    assert!(runs.find(&records[0]).await.unwrap().is_none());
    assert!(runs.find(&records[19]).await.unwrap().is_some());
    // A live log does not release its memory. It may use the reserve, and no more.
    let live = contract::record();
    runs.create(live.clone(), None).await.unwrap();
    let mut appended = 0;
    while runs.append(&live.id, &events).await.is_ok() {
        appended += events.bytes.len();
    }
    assert!(appended > RESERVE / 2, "{appended}");
    assert!(appended <= memory.limit() + RESERVE, "{appended}");
    let refused = runs.create(contract::record(), None).await;
    assert!(matches!(refused, Err(StoreError::Full { store: "memory" })));
    for run in records.iter().chain([&live.id]) {
        runs.discard(run).await.unwrap();
    }
    assert_eq!(memory.used(), 0);
}

#[tokio::test]
async fn counts_keys_and_releases_all_of_an_owner() {
    let memory = Arc::new(Memory::default());
    let runs = MemoryRuns::new(0, Arc::clone(&memory));
    let record = contract::record();
    let key = Idempotency {
        key: "k".to_owned(),
        body: [0; 32],
    };
    runs.create(record.clone(), Some(key)).await.unwrap();
    assert_eq!(memory.used(), LOG_BYTES + KEY_BYTES);
    let last = EventBatch::default();
    runs.finish(&record.id, &last).await.unwrap();
    assert_eq!(
        memory.used(),
        KEY_BYTES,
        "the log is dropped, its key stays"
    );
    runs.forget_owner(&record.owner).await.unwrap();
    assert_eq!(memory.used(), 0);
    assert_eq!((runs.keys.len(), runs.owned.len()), (0, 0));
}

#[tokio::test]
async fn frees_a_dropped_log_while_it_is_read() {
    let memory = Arc::new(Memory::default());
    let runs = MemoryRuns::new(usize::MAX, Arc::clone(&memory));
    let record = contract::record();
    runs.create(record.clone(), None).await.unwrap();
    let large = "x".repeat(100_000);
    let events = contract::events(&[&large, &large]);
    runs.finish(&record.id, &events).await.unwrap();
    let mut reader = runs.reader(&record.id, 0);
    let first = reader.read(Duration::ZERO).await.unwrap();
    assert!(matches!(first, Read::Events { last: 1, .. }));
    runs.reclaim(1);
    assert_eq!(memory.used(), 0);
    assert_eq!(reader.read(Duration::ZERO).await.unwrap(), Read::Ended);
}

#[test]
fn any_interleaving_reads_all_events_once_in_order() {
    contract::interleavings(MemoryRuns::default);
}
