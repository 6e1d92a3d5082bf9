//! Run logs in a private Redis. Each instance of the store stands for a replica.
#![allow(clippy::unwrap_used, clippy::panic)]

mod outages;

use super::*;
use crate::{
    connect::redis::private::PrivateRedis,
    eventually::eventually,
    runs::{
        Read,
        contract::{drain, events, interleavings, read, record, suite},
    },
};
use bytes::Bytes;
use futures_util::future::join_all;

/// The real timing, shortened.
const QUICK: Timing = Timing {
    lease: Duration::from_millis(1500),
    renew: Duration::from_millis(200),
    trust: Duration::from_millis(600),
    poll: Duration::from_millis(200),
    retry: Duration::from_secs(20),
};
/// The largest number that Lua can count exactly.
const NO_LIMIT: usize = 1 << 50;
const NEVER: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

fn client(server: &PrivateRedis) -> RedisClient {
    RedisClient::new(&server.url()).unwrap()
}

fn replica(server: &PrivateRedis) -> RedisRuns {
    RedisRuns::with_timing(client(server), NO_LIMIT, QUICK)
}

async fn begun(runs: &RedisRuns) -> RunId {
    let record = record();
    runs.create(record.clone(), None).await.unwrap();
    record.id
}

async fn taken_over(runs: &RedisRuns, run: &RunId) {
    eventually("the run is taken over", async || {
        runs.take_over(run).await.unwrap().is_some()
    })
    .await;
}

fn is_away<T: std::fmt::Debug>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable { store: "redis", .. }))
}

/// Reads to the end, repeatedly, as a reader does.
async fn follow(runs: &RedisRuns, run: &RunId) -> String {
    let (mut text, mut after) = (String::new(), 0);
    loop {
        match read(runs, run, after, SECOND).await {
            Ok(Read::Events { bytes, last }) => {
                text.push_str(std::str::from_utf8(&bytes).unwrap());
                after = last;
            }
            Ok(Read::Ended | Read::Lost) => return text,
            Ok(Read::Quiet) => {}
            Err(error) => assert!(is_away::<()>(&Err(error))),
        }
    }
}

#[tokio::test]
async fn keeps_the_contract() {
    let server = PrivateRedis::start().await;
    suite(&RedisRuns::new(client(&server), NO_LIMIT)).await;
    assert!(server.keys().await.len() > 10);
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn keeps_the_newest_of_all_logs() {
    let server = PrivateRedis::start().await;
    let runs = RedisRuns::new(client(&server), 2_500_000);
    let records: Vec<_> = (0..4).map(|_| record()).collect();
    for record in &records {
        runs.create(record.clone(), None).await.unwrap();
        let last = events(&["x".repeat(1_000_000).as_str()]);
        runs.finish(&record.id, &last).await.unwrap();
    }
    for (n, record) in records.iter().enumerate() {
        let found = runs.find(&record.id).await.unwrap();
        assert_eq!(found.is_some(), n >= 2, "{n}");
    }
    server.assert_every_key_ends().await;
}

#[test]
fn any_interleaving_reads_all_events_once_in_order() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(PrivateRedis::start());
    interleavings(|| RedisRuns::new(client(&server), NO_LIMIT));
}

#[tokio::test]
async fn concurrent_requests_with_a_key_begin_one_run() {
    let server = PrivateRedis::start().await;
    let replicas = [replica(&server), replica(&server)];
    let created = join_all((0..20).map(|i| {
        let key = Idempotency {
            key: "k".to_owned(),
            body: [0; 32],
        };
        replicas[i % 2].create(record(), Some(key))
    }))
    .await;
    assert_eq!(
        created
            .iter()
            .filter(|one| matches!(one, Ok(Created::New)))
            .count(),
        1
    );
    let repeated = |one: &&Result<Created, StoreError>| matches!(one, Ok(Created::Repeated(_)));
    assert_eq!(created.iter().filter(repeated).count(), 19);
}

#[tokio::test]
async fn another_replica_reads_live_and_cancels() {
    let server = PrivateRedis::start().await;
    // Without polling, only messages wake the reader.
    let told = Timing {
        poll: NEVER,
        renew: NEVER,
        ..QUICK
    };
    let a = RedisRuns::with_timing(
        client(&server),
        NO_LIMIT,
        Timing {
            lease: NEVER,
            ..told
        },
    );
    let b = RedisRuns::with_timing(client(&server), NO_LIMIT, told);
    let run = begun(&a).await;
    let reader = async {
        let (mut text, mut after) = (String::new(), 0);
        while let Read::Events { bytes, last } = read(&b, &run, after, NEVER).await.unwrap() {
            text.push_str(std::str::from_utf8(&bytes).unwrap());
            after = last;
        }
        text
    };
    let writer = async {
        for token in ["one ", "two ", "three"] {
            a.append(&run, &events(&[token])).await.unwrap();
        }
        b.cancel(&run).await.unwrap();
        a.cancelled(&run).await;
        a.finish(&run, &EventBatch::default()).await.unwrap();
    };
    let both = tokio::time::timeout(10 * SECOND, async { tokio::join!(reader, writer) }).await;
    assert_eq!(both.unwrap().0, "one two three");
    assert!(!b.is_live(&run).await.unwrap());
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn readers_poll_when_wake_ups_are_lost() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    a._listener.abort();
    b._listener.abort();
    let run = begun(&a).await;
    let writer = async {
        a.append(&run, &events(&["x"])).await.unwrap();
        b.cancel(&run).await.unwrap();
        a.cancelled(&run).await;
        a.finish(&run, &EventBatch::default()).await.unwrap();
    };
    let (text, ()) = tokio::join!(follow(&b, &run), writer);
    assert_eq!(text, "x");
}

#[tokio::test]
async fn one_replica_takes_over_from_a_dead_writer() {
    let server = PrivateRedis::start().await;
    let (a, b, c) = (replica(&server), replica(&server), replica(&server));
    let run = begun(&a).await;
    a.append(&run, &events(&["said ", "so far "]))
        .await
        .unwrap();
    // pause: longer than a lease, which its writer renews
    tokio::time::sleep(2 * QUICK.lease).await;
    assert_eq!(b.take_over(&run).await.unwrap(), None, "it is alive");
    drop(a);
    let began = Instant::now();
    assert_eq!(
        read(&b, &run, 2, NEVER).await.unwrap(),
        Read::Quiet,
        "nothing will come"
    );
    assert!(began.elapsed() < QUICK.lease + 2 * SECOND);
    assert!(!c.is_live(&run).await.unwrap());
    let taken = join_all((0..20).map(|i| [&b, &c][i % 2].take_over(&run))).await;
    let winners: Vec<usize> = (0..20)
        .filter(|i| taken[*i].as_ref().unwrap().is_some())
        .collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(taken[winners[0]].clone().unwrap(), Some(2));
    let (winner, other) = if winners[0].is_multiple_of(2) {
        (&b, &c)
    } else {
        (&c, &b)
    };
    other.append(&run, &events(&["nothing"])).await.unwrap();
    winner.append(&run, &events(&["lost"])).await.unwrap();
    winner.finish(&run, &EventBatch::default()).await.unwrap();
    assert_eq!(
        drain(other, &run, 0).await,
        ("said so far lost".to_owned(), 3)
    );
    server.assert_every_key_ends().await;
}

#[tokio::test]
async fn a_late_take_over_has_no_effect() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    a._keeper.abort();
    let mut now = 0;
    eventually("the lease lapses", async || {
        let status = b.inner.status(&run).await.unwrap().unwrap();
        now = status.now;
        !status.leased
    })
    .await;
    assert_eq!(b.inner.seize(&run, now - 1).await.unwrap(), None);
    a.append(&run, &events(&["still the writer"]))
        .await
        .unwrap();
}

#[tokio::test]
async fn another_replica_takes_over_from_a_failed_successor() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    drop(a);
    for _ in 0..2 {
        taken_over(&b, &run).await;
    }
    b.finish(&run, &EventBatch::default()).await.unwrap();
    assert_eq!(b.take_over(&run).await.unwrap(), None);
}

#[tokio::test]
async fn a_writer_that_lost_its_lease_writes_nothing() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let run = begun(&a).await;
    a.append(&run, &events(&["a"])).await.unwrap();
    // The writer hangs, as a suspended process does.
    a._keeper.abort();
    taken_over(&b, &run).await;
    assert!(is_away(&a.append(&run, &events(&["late"])).await));
    b.append(&run, &events(&["b"])).await.unwrap();
    assert!(is_away(&a.append(&run, &events(&["later"])).await));
    assert!(is_away(&a.finish(&run, &events(&["end"])).await));
    assert!(b.is_live(&run).await.unwrap(), "only its writer ends a run");
    b.finish(&run, &EventBatch::default()).await.unwrap();
    assert_eq!(drain(&b, &run, 0).await, ("ab".to_owned(), 2));
}

#[tokio::test]
async fn creating_a_log_is_idempotent() {
    let server = PrivateRedis::start().await;
    let a = replica(&server);
    let record = record();
    let key = || {
        Some(Idempotency {
            key: "k".to_owned(),
            body: [0; 32],
        })
    };
    assert_eq!(a.create(record.clone(), key()).await.unwrap(), Created::New);
    assert_eq!(
        a.create(record, key()).await.unwrap(),
        Created::New,
        "an answer was lost"
    );
}

#[tokio::test]
async fn repeated_events_are_not_doubled() {
    let server = PrivateRedis::start().await;
    let a = replica(&server);
    let run = begun(&a).await;
    let writer = a.inner.writers.get(&run).unwrap();
    a.append(&run, &events(&["1", "2"])).await.unwrap();
    // As if the response had been lost: the writer does not know that the events are there.
    writer.next.store(1, std::sync::atomic::Ordering::Release);
    a.append(&run, &events(&["1", "2", "3"])).await.unwrap();
    a.append(&run, &events(&["4"])).await.unwrap();
    assert_eq!(drain(&a, &run, 0).await, ("1234".to_owned(), 4));
}

#[tokio::test]
async fn a_key_is_free_again_if_its_run_never_began() {
    let server = PrivateRedis::start().await;
    let (a, b) = (replica(&server), replica(&server));
    let key = || {
        Some(Idempotency {
            key: "k".to_owned(),
            body: [0; 32],
        })
    };
    let stillborn = record();
    a.create(stillborn.clone(), key()).await.unwrap();
    let repeated = b.create(record(), key()).await.unwrap();
    assert_eq!(
        repeated,
        Created::Repeated(stillborn.id),
        "it may begin yet"
    );
    drop(a);
    eventually("the key is free", async || {
        b.create(record(), key()).await.unwrap() == Created::New
    })
    .await;
}

#[tokio::test]
async fn never_reads_across_a_gap() {
    let server = PrivateRedis::start().await;
    let a = replica(&server);
    let run = begun(&a).await;
    a.append(&run, &events(&["1", "2", "3"])).await.unwrap();
    let mut gap = redis::cmd("XDEL");
    gap.arg(Keys::of(&run).log).arg("2-0");
    a.inner.redis.query::<u64>(&gap).await.unwrap();
    let first = Read::Events {
        bytes: Bytes::from_static(b"1"),
        last: 1,
    };
    assert_eq!(read(&a, &run, 0, SECOND).await.unwrap(), first);
    assert_eq!(read(&a, &run, 1, SECOND).await.unwrap(), Read::Ended);
}

#[test]
fn parses_the_run_of_a_channel() {
    let run = RunId::generate();
    assert_eq!(Keys::run_of(&Keys::of(&run).run), Some(run));
    for other in ["so:runs:cancel", "so:run:", "so:run:a:log", "x"] {
        assert_eq!(Keys::run_of(other), None, "{other}");
    }
}
