//! The contract on a private server, and tests specific to PostgreSQL.

use super::*;
use crate::{
    connect::postgres::{open, private::PrivatePostgres},
    notes::contract,
    threads::{ThreadStore, postgres::PostgresThreads},
};
use std::sync::Arc;

#[tokio::test]
async fn keeps_the_contract() {
    let server = PrivatePostgres::start().await;
    let pool = open(&server.url()).await.unwrap();
    contract::suite(Arc::new(PostgresNotes::new(pool))).await;
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let pool = database.pool();
    for sql in [
        "insert into owners select 'owner' || n from generate_series(1, 2000) n",
        "insert into notes select 'owner' || n, 'title' || t, 'x', n * 20 + t
            from generate_series(1, 2000) n, generate_series(1, 20) t",
        "analyze",
    ] {
        sqlx::query(sql).execute(pool).await.unwrap();
    }
    for (sql, values) in [
        (sql::COUNT_OTHERS, "'owner7', 'title1'"),
        (sql::SAVE, "'owner7', 'title1', 'x', 1"),
        (sql::GET, "'owner7', 'title1'"),
        (sql::NEXT, "'owner7', 'title1'"),
        (sql::TITLES, "'owner7'"),
        (sql::DELETE, "'owner7', 'title1'"),
        (sql::DELETE_UNTOUCHED, "100"),
    ] {
        server.assert_uses_index(pool, sql, values).await;
    }
    // In index order, without touching other rows.
    for (sql, values) in [
        (sql::LIST, "'owner7', 3"),
        (sql::LIST_AFTER, "'owner7', 3, 150, 'title5'"),
    ] {
        let plan = server.assert_uses_index(pool, sql, values).await;
        assert!(
            plan.contains("notes_by_update") && !plan.contains("Sort"),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn keeps_notes_across_a_restart() {
    let mut server = PrivatePostgres::start().await;
    let store = PostgresNotes::new(open(&server.url()).await.unwrap());
    let owner = OwnerId::generate();
    store.save(&owner, "kept", "over a restart").await.unwrap();
    server.stop();
    assert!(matches!(
        store.get(&owner, "kept").await,
        Err(StoreError::Unavailable { .. })
    ));
    server.restart().await;
    let note = store.get(&owner, "kept").await.unwrap().unwrap();
    assert_eq!(note.content, "over a restart");
}

#[tokio::test]
async fn notes_are_deleted_with_the_threads_in_one_transaction() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let (store, owner) = (PostgresNotes::new(database.clone()), OwnerId::generate());
    store.save(&owner, "title", "content").await.unwrap();
    let threads = PostgresThreads::new(database);
    threads.delete_owner(&owner).await.unwrap();
    assert!(store.titles(&owner).await.unwrap().is_empty());
}

/// Without deadlocks or broken references, and a deleted owner has nothing left.
#[tokio::test]
async fn saves_and_forgets_at_once() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let threads = PostgresThreads::new(database.clone());
    let owner = OwnerId::generate();
    let callers = (0..8).map(|caller| {
        let (store, owner) = (PostgresNotes::new(database.clone()), owner.clone());
        let threads = threads.clone();
        tokio::spawn(async move {
            for round in 0..40 {
                match (round + caller) % 4 {
                    0 => store.delete_owner(&owner).await.unwrap(),
                    1 => threads.admit(&owner).await.unwrap(),
                    _ => match store.save(&owner, &format!("note {caller}"), "x").await {
                        Ok(_) | Err(SaveError::OwnerForgotten) => {}
                        Err(error) => panic!("{error}"),
                    },
                }
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let store = PostgresNotes::new(database);
    store.delete_owner(&owner).await.unwrap();
    assert!(store.titles(&owner).await.unwrap().is_empty());
}
