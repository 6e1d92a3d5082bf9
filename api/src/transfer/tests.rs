#![allow(clippy::unwrap_used)]

use super::{
    Archive, HeldNote, HeldThread, Holdings, MessageRow, ThreadRow,
    copy::{CopyError, copy},
    postgres::PostgresArchive,
    sqlite::SqliteArchive,
};
use crate::{
    connect::{
        postgres::{self, private::PrivatePostgres},
        sqlite::{Sqlite, private::PrivateFolder},
    },
    domain::{Message, OwnerId},
};

fn holdings(threads: usize) -> Holdings {
    holdings_with(threads, 3)
}

fn holdings_with(threads: usize, messages: i64) -> Holdings {
    let thread = |n: usize| {
        let messages = (1..=messages).map(|position| {
            let message = Message::user(format!("said\0 {n} {position}"));
            MessageRow {
                position,
                id: message.id.to_string(),
                from_user: true,
                agent: "concierge".to_owned(),
                bytes: i64::try_from(message.bytes()).unwrap(),
                body: serde_json::to_string(&message).unwrap(),
            }
        });
        HeldThread {
            row: ThreadRow {
                id: format!("{}-{n}", OwnerId::generate()),
                title: format!("title {n}").into_bytes(),
                agent: "archivist".to_owned(),
                active_run: (n == 1).then(|| "run".to_owned()),
                created_at: 1,
                updated_at: 2 + i64::try_from(n).unwrap(),
                renamed_at: 3,
                pause: None,
                resumptions: 2,
                remembered: "[\"x\"]".to_owned(),
            },
            messages: messages.collect(),
        }
    };
    let mut threads: Vec<_> = (0..threads).map(thread).collect();
    threads.sort_by(|a, b| a.row.id.cmp(&b.row.id));
    let note = |title: &str| HeldNote {
        title: title.to_owned(),
        content: b"kept\0".to_vec(),
        updated_at: 5,
    };
    Holdings {
        threads,
        notes: vec![note("a"), note("ä")],
    }
}

async fn all(archive: &dyn Archive) -> Vec<(OwnerId, Holdings)> {
    let mut all = Vec::new();
    for owner in archive.owners(None, 1000).await.unwrap() {
        let holdings = archive.read(&owner).await.unwrap();
        all.push((owner, holdings));
    }
    all
}

#[tokio::test]
async fn copies_to_postgres_and_back_resumably_without_overwriting() {
    let (server, folder, second) = (
        PrivatePostgres::start().await,
        PrivateFolder::new(),
        PrivateFolder::new(),
    );
    let file = SqliteArchive::new(Sqlite::open(&folder.url()).await.unwrap());
    let database = PostgresArchive::new(postgres::open(&server.url()).await.unwrap());
    for n in 0..30 {
        file.write(&OwnerId::generate(), holdings(n % 4))
            .await
            .unwrap();
    }
    // A copy that was interrupted after a few owners.
    for (owner, holdings) in all(&file).await.into_iter().take(7) {
        database.write(&owner, holdings).await.unwrap();
    }
    let copied = copy(&file, &database, async |_| Ok(())).await.unwrap();
    assert_eq!((copied.owners, copied.already_there), (30, 7));
    assert_eq!((copied.threads, copied.notes), (43, 60));
    assert_eq!(copied.messages, copied.threads * 3);
    let again = copy(&file, &database, async |_| Ok(())).await.unwrap();
    assert_eq!(again.already_there, 30);

    let other = SqliteArchive::new(Sqlite::open(&second.url()).await.unwrap());
    copy(&database, &other, async |_| Ok(())).await.unwrap();
    assert_eq!(all(&other).await, all(&file).await);

    let grown = OwnerId::generate();
    file.write(&grown, holdings(2)).await.unwrap();
    let theirs = holdings(1);
    database.write(&grown, theirs.clone()).await.unwrap();
    let refused = copy(&file, &database, async |_| Ok(())).await.unwrap_err();
    assert!(matches!(refused, CopyError::Conflict(owner) if owner == grown));
    assert_eq!(database.read(&grown).await.unwrap(), theirs);
}

/// As much as an owner may have in one thread, several times.
#[tokio::test]
async fn copies_an_owner_with_many_messages_within_one_call() {
    let (server, folder, second) = (
        PrivatePostgres::start().await,
        PrivateFolder::new(),
        PrivateFolder::new(),
    );
    let file = SqliteArchive::new(Sqlite::open(&folder.url()).await.unwrap());
    let database = PostgresArchive::new(postgres::open(&server.url()).await.unwrap());
    let other = SqliteArchive::new(Sqlite::open(&second.url()).await.unwrap());
    let threads = std::env::var("TRANSFER_THREADS").map_or(4, |text| text.parse().unwrap());
    let owner = OwnerId::generate();
    file.write(&owner, holdings_with(threads, 2000))
        .await
        .unwrap();
    let copied = copy(&file, &database, async |_| Ok(())).await.unwrap();
    assert_eq!(copied.messages, threads * 2000);
    copy(&database, &other, async |_| Ok(())).await.unwrap();
    assert_eq!(all(&other).await, all(&file).await);
}
