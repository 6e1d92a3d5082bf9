//! `make bench`: how long a full SQLite file and a full PostgreSQL take to open, list and search
//! conversations. Both have the same owners, and calls alternate between them.
//!
//! `store-bench <sqlite:path> <postgres://…> [owners]`, both empty.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs
)]

use futures_util::{StreamExt, stream};
use smooth_operator::{
    connect::{postgres, sqlite::Sqlite},
    domain::{Message, OwnerId, ThreadId},
    threads::{Page, ThreadStore, postgres::PostgresThreads, search::Query, sqlite::SqliteThreads},
    transfer::{
        Archive, HeldThread, Holdings, MessageRow, ThreadRow, postgres::PostgresArchive,
        sqlite::SqliteArchive,
    },
};
use std::time::{Duration, Instant};

const OWNERS: usize = 1000;
const THREADS: usize = 200;
const CALLS: usize = 2000;
const CALLERS: usize = 4;
/// The limit for 99 of 100 calls on SQLite.
const LIMIT: Duration = Duration::from_millis(50);

/// Seeded pseudo-random numbers (SplitMix64).
fn mixed(seed: usize) -> usize {
    let mut z = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    usize::try_from((z ^ (z >> 31)) >> 1).unwrap()
}

/// Some words are common and most are rare, as in real text.
fn word(seed: usize) -> String {
    let spread = [20, 200, 2000, 20_000][mixed(seed) % 4];
    format!("word{}", mixed(seed + 1) % spread)
}

fn text(seed: usize, words: usize) -> String {
    let words: Vec<String> = (0..words).map(|n| word(seed * 1000 + n * 7)).collect();
    words.join(" ")
}

fn owner(n: usize) -> OwnerId {
    format!("owner-{n:06}").parse().unwrap()
}

fn thread_id(owner: usize, n: usize) -> String {
    format!("thread-{owner:06}-{n:04}")
}

fn holdings(owner: usize) -> Holdings {
    let thread = |n: usize| {
        let seed = owner * THREADS + n;
        let messages = [Message::user(text(seed, 10)), {
            let mut answer = Message::answer("concierge".parse().unwrap());
            answer.content = text(seed + 1, 40);
            answer
        }];
        let rows = messages
            .iter()
            .zip(1..)
            .map(|(message, position)| MessageRow {
                position,
                id: message.id.to_string(),
                from_user: position == 1,
                agent: "concierge".to_owned(),
                bytes: i64::try_from(message.bytes()).unwrap(),
                body: serde_json::to_string(message).unwrap(),
            });
        let at = i64::try_from(mixed(seed) % 1_000_000_000).unwrap() * 1_000_000;
        HeldThread {
            row: ThreadRow {
                id: thread_id(owner, n),
                title: text(seed + 2, 4).into_bytes(),
                agent: "concierge".to_owned(),
                active_run: None,
                created_at: at,
                updated_at: at,
                renamed_at: 0,
                pause: None,
                resumptions: 0,
                remembered: "[]".to_owned(),
            },
            messages: rows.collect(),
        }
    };
    Holdings {
        threads: (0..THREADS).map(thread).collect(),
        notes: Vec::new(),
    }
}

async fn fill(name: &str, archive: &dyn Archive, threads: &dyn ThreadStore, owners: usize) {
    let began = Instant::now();
    stream::iter(0..owners)
        .map(|n| async move {
            archive.write(&owner(n), holdings(n)).await.unwrap();
            // The first search brings the index up to date.
            let query = Query::parse("word1");
            threads.search(&owner(n), &query, 1, None).await.unwrap();
        })
        .buffer_unordered(CALLERS)
        .collect::<Vec<()>>()
        .await;
    println!("{name}: filled in {:.0} s", began.elapsed().as_secs_f64());
}

#[derive(Clone, Copy)]
enum Call {
    Open,
    List,
    Search,
}

async fn call(call: Call, threads: &dyn ThreadStore, owners: usize, seed: usize) -> Duration {
    let n = mixed(seed) % owners;
    let (who, query) = (owner(n), Query::parse(&text(seed, 1 + seed % 2)));
    let id: ThreadId = thread_id(n, mixed(seed + 1) % THREADS).parse().unwrap();
    let began = Instant::now();
    match call {
        Call::Open => {
            let detail = threads.get(&who, &id, &Page::last(100)).await.unwrap();
            assert_eq!(detail.expect("a thread").messages.len(), 2);
        }
        Call::List => assert_eq!(threads.list(&who, 30, None).await.unwrap().len(), 30),
        Call::Search => drop(threads.search(&who, &query, 30, None).await.unwrap()),
    }
    began.elapsed()
}

async fn measure(
    kind: Call,
    threads: &dyn ThreadStore,
    owners: usize,
    calls: std::ops::Range<usize>,
) -> Vec<Duration> {
    stream::iter(calls)
        .map(|seed| call(kind, threads, owners, seed))
        .buffer_unordered(CALLERS)
        .collect()
        .await
}

fn percentile(times: &mut [Duration], percent: usize) -> Duration {
    times.sort();
    times[times.len() * percent / 100]
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let owners = arguments
        .get(2)
        .map_or(OWNERS, |text| text.parse().unwrap());
    let file = Sqlite::open(&arguments[0]).await.unwrap();
    let database = postgres::open(&arguments[1].clone().into()).await.unwrap();
    let sqlite = SqliteThreads::new(file.clone());
    let postgres = PostgresThreads::new(database.clone());
    println!("{owners} owners with {THREADS} conversations each, {CALLERS} callers at once");
    fill("SQLite", &SqliteArchive::new(file.clone()), &sqlite, owners).await;
    fill(
        "Postgres",
        &PostgresArchive::new(database),
        &postgres,
        owners,
    )
    .await;
    let mut missed = false;
    for (name, kind) in [
        ("open", Call::Open),
        ("list", Call::List),
        ("search", Call::Search),
    ] {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..10 {
            let calls = CALLS / 10;
            let range = round * calls..(round + 1) * calls;
            ours.extend(measure(kind, &sqlite, owners, range.clone()).await);
            theirs.extend(measure(kind, &postgres, owners, range).await);
        }
        let show =
            |times: &mut [Duration], percent| percentile(times, percent).as_secs_f64() * 1000.0;
        println!(
            "{name:6}  SQLite p50 {:.2} ms, p99 {:.2} ms; Postgres p50 {:.2} ms, p99 {:.2} ms",
            show(&mut ours, 50),
            show(&mut ours, 99),
            show(&mut theirs, 50),
            show(&mut theirs, 99),
        );
        let p99 = percentile(&mut ours, 99);
        missed |= p99 > LIMIT || p99 > 2 * percentile(&mut theirs, 99);
    }
    file.close().await;
    std::process::exit(i32::from(missed));
}
