#![allow(clippy::unwrap_used)]

use super::{SqliteRecords, sql};
use crate::{
    connect::sqlite::{Sqlite, private::PrivateFolder},
    domain::StoreError,
    sessions::{contract, record::RecordStore},
};
use std::{sync::Arc, time::Duration};

const HOUR: Duration = Duration::from_secs(3600);

async fn open(folder: &PrivateFolder) -> (Sqlite, SqliteRecords) {
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let records = SqliteRecords::open(store.clone(), Arc::default())
        .await
        .unwrap();
    (store, records)
}

async fn close((store, records): (Sqlite, SqliteRecords)) {
    drop(records);
    store.close().await;
}

/// In the file and in memory.
async fn age(store: &Sqlite, time: Duration) {
    let micros = i64::try_from(time.as_micros()).unwrap();
    store
        .write(move |c| {
            Box::pin(async move {
                for table in ["records", "members", "events"] {
                    let age = format!("update {table} set until = until - {micros}");
                    sqlx::query(sqlx::AssertSqlSafe(age))
                        .execute(&mut *c)
                        .await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await
        .unwrap();
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn keeps_the_contract() {
    let folder = PrivateFolder::new();
    let (store, records) = open(&folder).await;
    contract::suite(&records, |time| Box::pin(age(&store, time))).await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let folder = PrivateFolder::new();
    let opened = open(&folder).await;
    let records = &opened.1;
    records.put("kept", b"a".to_vec(), HOUR).await.unwrap();
    records.put("changed", b"a".to_vec(), HOUR).await.unwrap();
    records.put("taken", b"a".to_vec(), HOUR).await.unwrap();
    assert!(records.swap("changed", b"a", b"b".to_vec()).await.unwrap());
    assert!(records.take("taken").await.unwrap().is_some());
    records.add_member("set", "m", 9, HOUR).await.unwrap();
    for _ in 0..2 {
        assert_eq!(records.count("window", 2, HOUR).await.unwrap(), None);
    }
    assert_eq!(records.count("taken back", 1, HOUR).await.unwrap(), None);
    records.uncount("taken back").await.unwrap();
    close(opened).await;

    let (_store, records) = open(&folder).await;
    assert_eq!(records.get("kept").await.unwrap(), Some(b"a".to_vec()));
    assert_eq!(records.get("changed").await.unwrap(), Some(b"b".to_vec()));
    assert_eq!(records.get("taken").await.unwrap(), None);
    assert_eq!(records.members("set").await.unwrap(), ["m"]);
    assert_eq!(records.held(""), Some(2));
    let wait = records.wait("window", 2, HOUR).await.unwrap().unwrap();
    assert!(
        wait <= HOUR && wait > HOUR - Duration::from_secs(60),
        "{wait:?}"
    );
    assert_eq!(records.wait("taken back", 1, HOUR).await.unwrap(), None);
}

#[tokio::test]
async fn sweeps_records_that_expired_while_closed() {
    let folder = PrivateFolder::new();
    let opened = open(&folder).await;
    opened
        .1
        .put("old", b"1".to_vec(), Duration::ZERO)
        .await
        .unwrap();
    opened.1.put("new", b"2".to_vec(), HOUR).await.unwrap();
    close(opened).await;

    let opened = open(&folder).await;
    let records = &opened.1;
    assert_eq!(records.get("old").await.unwrap(), None);
    assert_eq!(records.take("old").await.unwrap(), None);
    let expired = [("old".to_owned(), b"1".to_vec())];
    assert_eq!(records.sweep().await.unwrap(), expired);
    assert_eq!(records.sweep().await.unwrap(), []);
    assert_eq!(records.held(""), Some(1));
    close(opened).await;
    assert_eq!(open(&folder).await.1.sweep().await.unwrap(), []);
}

#[tokio::test]
async fn writes_renewals_once_a_minute() {
    let folder = PrivateFolder::new();
    let (store, records) = open(&folder).await;
    records.put("name", b"a".to_vec(), HOUR).await.unwrap();
    let until = || async {
        store
            .read(|c| {
                Box::pin(async move {
                    let until = sqlx::query_scalar("select until from records");
                    Ok::<i64, crate::domain::StoreError>(until.fetch_one(c).await?)
                })
            })
            .await
            .unwrap()
    };
    let first = until().await;
    records.renew("name", 2 * HOUR).await.unwrap().unwrap();
    records
        .remove_member("any", "waits for the queue")
        .await
        .unwrap();
    assert_eq!(
        until().await,
        first,
        "not within a minute of the last write"
    );
    records.renewed.clear();
    records.renew("name", 2 * HOUR).await.unwrap().unwrap();
    records
        .remove_member("any", "waits for the queue")
        .await
        .unwrap();
    assert!(until().await > first);
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let folder = PrivateFolder::new();
    let (store, _records) = open(&folder).await;
    for sql in [
        sql::PUT,
        sql::RENEW,
        sql::TAKE,
        sql::SWAP,
        sql::DELETE_EXPIRED,
        sql::PURGE_SET,
        sql::ADD_MEMBER,
        sql::KEEP_SET,
        sql::REMOVE_MEMBER,
        sql::MEMBERS,
        sql::SWEEP_MEMBERS,
        sql::COUNT,
        sql::UNCOUNT,
        sql::SWEEP_EVENTS,
    ] {
        store.plan(sql).await;
    }
}
