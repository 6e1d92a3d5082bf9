//! Calls that are dropped, as when a client disconnects.

use crate::{
    connect::postgres::{
        Database, open, pgbouncer::PrivatePgBouncer, private::PrivatePostgres,
        slow_proxy::SlowProxy,
    },
    domain::{OwnerId, ThreadId},
    eventually::eventually,
    notes::{NoteStore, postgres::PostgresNotes},
    threads::{Page, ThreadStore, contract, postgres::PostgresThreads},
};
use std::{future::Future, time::Duration};

/// Owners, each with this many calls of each kind.
const LANES: u64 = 16;
const ROUNDS: u64 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_undo_nothing_acknowledged() {
    let server = PrivatePostgres::start().await;
    let proxy = SlowProxy::start(&server).await;
    drop_calls(&server, open(&proxy.url()).await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_calls_behind_pgbouncer_undo_nothing() {
    let server = PrivatePostgres::start().await;
    let Some(bouncer) = PrivatePgBouncer::start(&server).await else {
        eprintln!("skipped: PgBouncer is not installed");
        return;
    };
    let database = open(&bouncer.url()).await.unwrap();
    // Another replica, whose statements must not interfere with ours.
    let other = PostgresThreads::new(open(&bouncer.url()).await.unwrap());
    tokio::join!(contract::suite(&other), drop_calls(&server, database));
}

/// No two calls touch the same thread.
struct Acknowledged {
    owner: OwnerId,
    renamed: Vec<ThreadId>,
    saved: Vec<String>,
    deleted: Vec<ThreadId>,
}

async fn drop_calls(server: &PrivatePostgres, database: Database) {
    let lanes: Vec<_> = (0..LANES)
        .map(|lane| tokio::spawn(drop_calls_of(lane, database.clone())))
        .collect();
    let mut acknowledged = Vec::new();
    for lane in lanes {
        acknowledged.push(lane.await.unwrap());
    }
    assert_no_open_transaction(server).await;
    let threads = PostgresThreads::new(database.clone());
    let notes = PostgresNotes::new(database);
    let page = Page::last(1);
    let mut done = 0;
    for lane in acknowledged {
        for thread in &lane.renamed {
            let detail = threads.get(&lane.owner, thread, &page).await.unwrap();
            assert_eq!(detail.unwrap().thread.title, "renamed");
        }
        for title in &lane.saved {
            let note = notes.get(&lane.owner, title).await.unwrap();
            assert!(note.is_some(), "a saved note is gone");
        }
        for thread in &lane.deleted {
            let detail = threads.get(&lane.owner, thread, &page).await.unwrap();
            assert!(detail.is_none(), "a deleted thread came back");
        }
        done += lane.renamed.len() + lane.saved.len() + lane.deleted.len();
    }
    assert!(done > 0, "some calls were in time");
}

async fn drop_calls_of(lane: u64, database: Database) -> Acknowledged {
    let threads = PostgresThreads::new(database.clone());
    let notes = PostgresNotes::new(database);
    let owner = OwnerId::generate();
    let mut told = Acknowledged {
        owner: owner.clone(),
        renamed: Vec::new(),
        saved: Vec::new(),
        deleted: Vec::new(),
    };
    // A fixed sequence, so that a failure can be repeated.
    let mut random = lane * 7919 + 1;
    let mut moment = || {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Duration::from_micros((random >> 33) % 60_000)
    };
    for round in 0..ROUNDS {
        let renamed = begin(&threads, &owner).await;
        if within(moment(), threads.rename(&owner, &renamed, "renamed")).await {
            told.renamed.push(renamed);
        }
        let title = round.to_string();
        if within(moment(), notes.save(&owner, &title, "text")).await {
            told.saved.push(title);
        }
        let deleted = begin(&threads, &owner).await;
        if within(moment(), threads.delete(&owner, &deleted)).await {
            told.deleted.push(deleted);
        }
    }
    told
}

async fn begin(threads: &PostgresThreads, owner: &OwnerId) -> ThreadId {
    let beginning = contract::given::first("hello");
    let id = beginning.thread_id.clone();
    threads.begin(owner, beginning).await.unwrap();
    id
}

/// Whether the call was acknowledged before it was dropped.
async fn within<T, E>(limit: Duration, call: impl Future<Output = Result<T, E>>) -> bool {
    matches!(tokio::time::timeout(limit, call).await, Ok(Ok(_)))
}

/// Waits until the dropped calls, which continue, have ended, and no transaction is left open.
async fn assert_no_open_transaction(server: &PrivatePostgres) {
    let direct = open(&server.url()).await.unwrap();
    eventually("every transaction has ended", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
                and (state like 'idle in transaction%' or state = 'active')",
        )
        .fetch_one(direct.pool())
        .await
        .unwrap();
        open == 0
    })
    .await;
}
