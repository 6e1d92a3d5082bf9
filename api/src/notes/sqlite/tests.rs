#![allow(clippy::unwrap_used)]

use super::{SqliteNotes, sql};
use crate::{
    connect::sqlite::{Sqlite, private::PrivateFolder},
    domain::OwnerId,
    notes::{NoteStore, contract},
    threads::{ThreadStore, sqlite::SqliteThreads},
};
use std::sync::Arc;

#[tokio::test]
async fn keeps_the_contract() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    contract::suite(Arc::new(SqliteNotes::new(store))).await;
}

#[tokio::test]
async fn notes_are_deleted_with_the_threads_in_one_transaction() {
    let folder = PrivateFolder::new();
    let file = Sqlite::open(&folder.url()).await.unwrap();
    let (store, owner) = (SqliteNotes::new(file.clone()), OwnerId::generate());
    store.save(&owner, "title", "content").await.unwrap();
    let threads = SqliteThreads::new(file);
    threads.delete_owner(&owner).await.unwrap();
    assert!(store.titles(&owner).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    for sql in [
        sql::BEFORE,
        sql::SAVE,
        sql::GET,
        sql::NEXT,
        sql::LIST,
        sql::LIST_AFTER,
        sql::TITLES,
        sql::DELETE,
        sql::DELETE_UNTOUCHED,
    ] {
        let plan = store.plan(sql).await;
        // Pages and titles are read in index order.
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
}
