#![allow(clippy::unwrap_used)]

use super::{SqliteThreads, sql};
use crate::{
    connect::sqlite::{Sqlite, owners, private::PrivateFolder},
    threads::contract,
};

#[tokio::test]
async fn keeps_the_contract() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    contract::suite(&SqliteThreads::new(store)).await;
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let folder = PrivateFolder::new();
    let store = Sqlite::open(&folder.url()).await.unwrap();
    for sql in [
        sql::LIST,
        sql::LIST_AFTER,
        sql::GET,
        sql::NEXT,
        sql::MESSAGES,
        sql::LAST_MESSAGES,
        sql::STATE,
        sql::FIND,
        sql::CUT,
        sql::TAKE_BACK,
        sql::SIZE,
        sql::COUNT,
        sql::INSERT,
        sql::PUT,
        sql::START,
        sql::PAUSE,
        sql::SAVE,
        sql::RENAME,
        sql::DELETE,
        sql::DELETE_OWNER,
        sql::DELETE_UNTOUCHED,
        sql::IS_BEHIND,
        sql::TITLES_BEHIND,
        sql::MESSAGES_BEHIND,
        sql::INDEX_TITLES,
        sql::INDEX_MESSAGES,
        owners::ENTER,
        owners::DELETE_NOTES,
        owners::MARK,
        owners::ADMIT,
        owners::PURGE,
        owners::BYTES,
        owners::NUMBER,
    ]
    .into_iter()
    .flat_map(|sql| sql.split(';'))
    {
        let plan = store.plan(sql).await;
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
    }
    // The few results are sorted and grouped.
    store.plan(sql::SEARCH).await;
}
