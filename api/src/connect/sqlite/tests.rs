#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../tests/private/sqlite.rs"]
pub(crate) mod private;

use super::*;
use futures_util::future::join_all;
use private::PrivateFolder;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

async fn add(store: &Sqlite, id: String) -> Result<(), StoreError> {
    store
        .write(|connection| Box::pin(insert(connection, id)))
        .await
}

async fn insert(connection: &mut SqliteConnection, id: String) -> Result<(), StoreError> {
    sqlx::query("insert into owners (id) values (?)")
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

async fn owners(store: &Sqlite) -> i64 {
    store
        .read(|connection| {
            Box::pin(async move {
                let count = sqlx::query_scalar("select count(*) from owners");
                Ok::<_, StoreError>(count.fetch_one(connection).await?)
            })
        })
        .await
        .unwrap()
}

fn refusal(result: Result<Sqlite, OpenError>) -> String {
    match result {
        Ok(_) => panic!("it was opened"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn creates_a_private_file_that_keeps_writes() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    add(&store, "one".to_owned()).await.unwrap();
    for name in folder.names() {
        let mode = fs::metadata(folder.path().join(&name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    store.ping().await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(
        folder.names(),
        ["store.db", "store.db.lock"],
        "no log is left next to it"
    );
    let store = Sqlite::open(&folder.url()).await.unwrap();
    assert_eq!(owners(&store).await, 1);
}

#[tokio::test]
async fn writes_share_transactions_and_fail_separately() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let writes = (0..500).map(|n| {
        let store = store.clone();
        async move {
            let result = store
                .write(move |connection| {
                    Box::pin(async move {
                        insert(connection, format!("{n}")).await?;
                        // Every tenth write violates a rule and every eleventh panics, after a
                        // change.
                        if n % 10 == 0 {
                            insert(connection, format!("{n}")).await?;
                        }
                        assert!(n % 11 != 0, "on purpose");
                        Ok::<_, StoreError>(n)
                    })
                })
                .await;
            result.is_ok()
        }
    });
    let good = join_all(writes)
        .await
        .into_iter()
        .filter(|good| *good)
        .count();
    let expected = (0..500).filter(|n| n % 10 != 0 && n % 11 != 0).count();
    assert_eq!(good, expected);
    assert_eq!(owners(&store).await, i64::try_from(expected).unwrap());
}

#[tokio::test]
async fn runs_hooks_in_the_order_of_the_queue_before_the_caller_hears() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let pending: Vec<_> = (0..100)
        .map(|n| {
            let seen = Arc::clone(&seen);
            store
                .queue(
                    move |connection| Box::pin(insert(connection, n.to_string())),
                    move |()| assert_eq!(seen.fetch_add(1, Ordering::SeqCst), n),
                )
                .unwrap()
        })
        .collect();
    for (n, write) in pending.into_iter().enumerate() {
        write.wait().await.unwrap();
        assert!(seen.load(Ordering::SeqCst) > n);
    }
}

#[tokio::test]
async fn reads_do_not_wait_for_the_writer() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let (begin, begun) = tokio::sync::oneshot::channel();
    let (release, released) = tokio::sync::oneshot::channel::<()>();
    let write = store
        .queue(
            |connection| {
                Box::pin(async move {
                    insert(connection, "slow".to_owned()).await?;
                    begin.send(()).unwrap();
                    released.await.unwrap();
                    Ok::<_, StoreError>(())
                })
            },
            |()| (),
        )
        .unwrap();
    begun.await.unwrap();
    assert_eq!(owners(&store).await, 0, "what is not committed is not seen");
    release.send(()).unwrap();
    write.wait().await.unwrap();
    assert_eq!(owners(&store).await, 1);
}

#[tokio::test]
async fn dropped_callers_leave_complete_writes() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    for n in 0..50 {
        let write = add(&store, n.to_string());
        // Polled once, so that it is queued, then dropped.
        let _ = tokio::time::timeout(Duration::ZERO, write).await;
    }
    add(&store, "last".to_owned()).await.unwrap();
    assert_eq!(owners(&store).await, 51);
}

#[tokio::test]
async fn refuses_unusable_files_with_advice() {
    let folder = PrivateFolder::new();
    for url in ["sqlite:", "sqlite::memory:", "sqlite://data/x.db", "file:x"] {
        let refused = refusal(Sqlite::open(url).await);
        assert!(refused.contains("sqlite:./data"), "{url}: {refused}");
    }
    let missing = folder.path().join("no/such");
    let refused = refusal(Sqlite::open(&format!("sqlite:{}/x.db", missing.display())).await);
    assert!(
        refused.contains(&missing.display().to_string()),
        "{refused}"
    );
    assert!(refused.contains("Create it"), "{refused}");

    let refused = refusal(Sqlite::open(&format!("sqlite:{}", folder.path().display())).await);
    assert!(refused.contains("is not a file"), "{refused}");
    assert_eq!(folder.names(), Vec::<String>::new(), "nothing was made");

    let open = Sqlite::open(&folder.url()).await.unwrap();
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(refused.contains("another process"), "{refused}");
    open.close().await;
    drop(open);

    fs::set_permissions(folder.file(), PermissionsExt::from_mode(0o400)).unwrap();
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(refused.contains("cannot be written"), "{refused}");
}

#[tokio::test]
async fn refuses_foreign_newer_and_damaged_files() {
    let folder = PrivateFolder::new();
    let file = folder.file();
    let after = |sql: &'static str| {
        let file = file.clone();
        async move {
            let options = SqliteConnectOptions::new()
                .filename(&file)
                .create_if_missing(true);
            let mut connection = options.connect().await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            sqlx::Connection::close(connection).await.unwrap();
        }
    };
    after("create table theirs (x)").await;
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(
        refused.contains("not a SmoothOperator database"),
        "{refused}"
    );
    fs::write(&file, "a letter to mother").unwrap();
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(
        refused.contains("not a SmoothOperator database"),
        "{refused}"
    );
    assert_eq!(fs::read(&file).unwrap(), b"a letter to mother");

    for newer in [
        "pragma user_version = 9999",
        "insert into _sqlx_migrations values (9999, 'later', '', true, x'', 1)",
    ] {
        fs::remove_file(&file).unwrap();
        let store = Sqlite::open(&folder.url()).await.unwrap();
        store.close().await;
        drop(store);
        after(newer).await;
        let refused = refusal(Sqlite::open(&folder.url()).await);
        assert!(refused.contains("newer version"), "{refused}");
    }

    fs::remove_file(&file).unwrap();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    for n in 0..200 {
        add(&store, format!("{n}{}", "x".repeat(500)))
            .await
            .unwrap();
    }
    store.close().await;
    drop(store);
    let whole = fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    fs::write(&file, &bytes).unwrap();
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(refused.contains("is damaged"), "{refused}");
    assert!(check(&folder.url()).await.is_err());
    fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let refused = refusal(Sqlite::open(&folder.url()).await);
    assert!(refused.contains("is damaged"), "{refused}");
    fs::write(&file, &whole).unwrap();
    check(&folder.url()).await.unwrap();
}

#[tokio::test]
async fn refuses_writes_to_a_removed_file() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    add(&store, "one".to_owned()).await.unwrap();
    fs::rename(folder.file(), folder.path().join("away")).unwrap();
    assert!(store.ping().await.is_err());
    assert!(add(&store, "two".to_owned()).await.is_err());
    fs::rename(folder.path().join("away"), folder.file()).unwrap();
    store.ping().await.unwrap();
    add(&store, "two".to_owned()).await.unwrap();
    assert_eq!(owners(&store).await, 2);
}

#[tokio::test]
async fn checks_and_copies_while_it_is_written() {
    let folder = PrivateFolder::new();
    let missing = folder.path().join("missing.db");
    let url = format!("sqlite:{}", missing.display());
    assert!(check(&url).await.is_err());
    let copy = folder.path().join("copy.db");
    assert!(backup(&url, &copy).await.is_err());
    assert_eq!(folder.names(), Vec::<String>::new(), "nothing was made");

    let store = Sqlite::open(&folder.url()).await.unwrap();
    add(&store, "first".to_owned()).await.unwrap();
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let mut n = 0;
            while began.elapsed() < Duration::from_millis(300) {
                add(&store, n.to_string()).await.unwrap();
                n += 1;
            }
            n
        })
    };
    check(&folder.url()).await.unwrap();
    backup(&folder.url(), &copy).await.unwrap();
    let refused = backup(&folder.url(), &copy).await.unwrap_err();
    assert!(matches!(refused, BackupError::Exists(_)), "{refused}");
    fs::remove_file(&copy).unwrap();
    // A file that a killed backup left is replaced, but not one that another backup writes.
    let partial = folder.path().join("copy.db.partial");
    fs::write(&partial, "SQLite format 3, and no more").unwrap();
    fs::set_permissions(&partial, fs::Permissions::from_mode(0o600)).unwrap();
    let other = fs::File::open(&partial).unwrap();
    other.lock().unwrap();
    let refused = backup(&folder.url(), &copy).await.unwrap_err();
    assert!(matches!(refused, BackupError::Underway(_)), "{refused}");
    drop(other);
    backup(&folder.url(), &copy).await.unwrap();
    let written = writing.await.unwrap();
    assert_eq!(owners(&store).await, written + 1);

    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let copied = Sqlite::open(&format!("sqlite:{}", copy.display()))
        .await
        .unwrap();
    let owners = owners(&copied).await;
    assert!((1..=written + 1).contains(&owners), "{owners}");
    let nowhere = folder.path().join("no/copy.db");
    let refused = backup(&folder.url(), &nowhere).await.unwrap_err();
    assert!(matches!(refused, BackupError::NoFolder(_)), "{refused}");
    assert!(!folder.names().iter().any(|name| name.contains("partial")));
}

impl Sqlite {
    /// The plan of a statement; fails if it scans a table.
    pub(crate) async fn plan(&self, sql: &'static str) -> String {
        let explain = sqlx::AssertSqlSafe(format!("explain query plan {sql}"));
        let lines: Vec<String> = self
            .read(|connection| {
                Box::pin(async move {
                    let lines: Vec<(i64, i64, i64, String)> =
                        sqlx::query_as(explain).fetch_all(connection).await?;
                    Ok::<_, StoreError>(lines.into_iter().map(|line| line.3).collect())
                })
            })
            .await
            .unwrap();
        // Reading the terms of a query, the texts it matched, and a virtual table by its index are
        // not table scans.
        let scan = |line: &&String| {
            line.starts_with("SCAN")
                && !["VIRTUAL TABLE INDEX", "hits", "found", "CONSTANT ROW"]
                    .iter()
                    .any(|known| line.contains(known))
        };
        let plan = lines.join("\n");
        assert_eq!(lines.iter().find(scan), None, "{sql}\n{plan}");
        plan
    }
}
