//! The contract on a private server, and tests specific to PostgreSQL.

mod dropped_calls;

use super::{PostgresThreads, sql};
use crate::{
    connect::{
        DATABASE,
        postgres::{open, owners, private::PrivatePostgres},
    },
    domain::{AgentId, Message, OwnerId, RunId, StoreError, ThreadId, ToolOutcome},
    threads::{
        BeginError, Beginning, Page, PageError, Progress, ThreadStore, contract, search::Query,
    },
};
use std::{sync::Arc, time::Duration};

#[tokio::test]
async fn keeps_the_contract() {
    let server = PrivatePostgres::start().await;
    let pool = open(&server.url()).await.unwrap();
    contract::suite(&PostgresThreads::new(pool)).await;
}

#[tokio::test]
async fn every_statement_uses_an_index() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let pool = database.pool();
    for sql in [
        "insert into owners select 'owner' || n from generate_series(1, 500) n",
        "insert into threads (id, owner, title, agent, active_run, created_at, updated_at, words)
            select 'thread' || n || '-' || t, 'owner' || n, 'x', 'concierge', 'run', t, n * 40 + t,
                ('''@owner' || n || ''' x:1A')::tsvector
            from generate_series(1, 500) n, generate_series(1, 40) t",
        "insert into messages (thread, position, id, from_user, agent, body, words)
            select id, m, 'message' || m, true, 'concierge', '{}',
                ('''@' || owner || ''' word:1 common:1 w' || m)::tsvector
            from threads, generate_series(1, 5) m",
        "insert into notes select 'owner' || n, 'title', 'x', n from generate_series(1, 500) n",
        "update owners set forgotten_until = 1 where id = 'owner9'",
        "analyze",
    ] {
        sqlx::query(sql).execute(pool).await.unwrap();
    }
    for (sql, values) in [
        (sql::GET, "'owner7', 'thread7-1'"),
        (sql::NEXT, "'owner7', 'thread7-1'"),
        (sql::MESSAGES, "'thread7-1'"),
        (sql::LAST_MESSAGES, "'thread7-1', 4, 2"),
        (sql::LOCK_THREAD, "'owner7', 'thread7-1', 'message1'"),
        (sql::TAKE_BACK, "'thread7-1', 'message1'"),
        (sql::FIND, "'thread7-1', 'message1'"),
        (sql::CUT, "'thread7-1', 3"),
        (sql::COUNT, "'owner7'"),
        (
            sql::PUT,
            "'thread7-1', 'message9', true, 'concierge', '{}', 2, null",
        ),
        (sql::MEASURE, "'thread7-1'"),
        (sql::PAUSE, "'owner7', 'thread7-1'"),
        (sql::START, "'thread7-1', 'concierge', 'run', 1, 0, '[]'"),
        (
            sql::SAVE,
            "'owner7', 'thread7-1', 'run', 'concierge', 1, true, null",
        ),
        (sql::RENAME, "'owner7', 'thread7-1', 'x', 1, null"),
        (sql::DELETE, "'owner7', 'thread7-1'"),
        (sql::DELETE_OWNER, "'owner7'"),
        (sql::DELETE_UNTOUCHED, "100"),
        (
            sql::SEARCH,
            "'''@owner7''', array['''common''', '''w3'''], array['''common''', '''w3'''], 'owner7'",
        ),
        (sql::TEXTS, "'''@owner7''', '''w3'''"),
        (sql::TITLES_WITHOUT_WORDS, "'owner7'"),
        (sql::MESSAGES_WITHOUT_WORDS, "'owner7'"),
        (sql::SET_TITLE_WORDS, "'thread7-1', null"),
        (sql::SET_MESSAGE_WORDS, "'thread7-1', 1, null"),
        (owners::LOCK, "'owner7', 1"),
        (owners::DELETE_NOTES, "'owner7'"),
        (owners::MARK, "'owner7', 1"),
        (owners::ADMIT, "'owner7'"),
        (owners::PURGE, "1"),
        (owners::BYTES, "'owner7'"),
    ] {
        server.assert_uses_index(pool, sql, values).await;
    }
    // In index order, without touching other rows.
    for (sql, values) in [
        (sql::LIST, "'owner7', 3"),
        (sql::LIST_AFTER, "'owner7', 3, 300, 'thread7-20'"),
    ] {
        let plan = server.assert_uses_index(pool, sql, values).await;
        assert!(
            plan.contains("threads_by_update") && !plan.contains("Sort"),
            "{plan}"
        );
    }
}

#[tokio::test]
async fn finds_what_an_older_version_stored() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let store = PostgresThreads::new(database.clone());
    let (owner, thread) = (OwnerId::generate(), ThreadId::generate());
    let begun = beginning(thread.clone(), false, "needle in the hay");
    let run = begun.run_id.clone();
    store.begin(&owner, begun).await.unwrap();
    let agent: AgentId = "concierge".parse().unwrap();
    store
        .save(&owner, &thread, &run, &[], &agent, Progress::Ended)
        .await
        .unwrap();
    for sql in [
        "update threads set words = null",
        "update messages set words = null",
    ] {
        sqlx::query(sql).execute(database.pool()).await.unwrap();
    }
    let found = store
        .search(&owner, &Query::parse("needle hay"), 10, None)
        .await;
    assert_eq!(found.unwrap()[0].thread.id, thread);
}

#[tokio::test]
async fn drops_old_marks_of_deleted_owners() {
    let server = PrivatePostgres::start().await;
    let database = open(&server.url()).await.unwrap();
    let store = PostgresThreads::new(database.clone());
    let (gone, other) = (OwnerId::generate(), OwnerId::generate());
    store.delete_owner(&gone).await.unwrap();
    let expire = "update owners set forgotten_until = 1";
    sqlx::query(expire).execute(database.pool()).await.unwrap();
    store.delete_owner(&other).await.unwrap();
    let known: Vec<String> = sqlx::query_scalar("select id from owners")
        .fetch_all(database.pool())
        .await
        .unwrap();
    assert_eq!(known, [other.to_string()]);
    store
        .begin(&gone, beginning(ThreadId::generate(), false, "back"))
        .await
        .unwrap();
}

fn beginning(thread: ThreadId, exists: bool, content: &str) -> Beginning {
    let agent: AgentId = "concierge".parse().unwrap();
    let message = Message::user(content.to_owned());
    let (title, run_id) = (content.to_owned(), RunId::generate());
    Beginning {
        thread_id: thread,
        exists,
        title,
        entry_agent: agent,
        run_id,
        message,
        replace_from: None,
        cancelled_call: ToolOutcome::error("Cancelled."),
    }
}

#[tokio::test]
async fn keeps_any_text_across_a_restart() {
    let mut server = PrivatePostgres::start().await;
    let store = PostgresThreads::new(open(&server.url()).await.unwrap());
    let (owner, thread) = (OwnerId::generate(), ThreadId::generate());
    let text = "NUL \0, 'quotes', \\u0000, 🗒️\u{202e}";
    store
        .begin(&owner, beginning(thread.clone(), false, text))
        .await
        .unwrap();

    server.stop();
    let away = store
        .get(&owner, &thread, &Page::last(9))
        .await
        .unwrap_err();
    assert!(
        matches!(
            away,
            PageError::Store(StoreError::Unavailable {
                store: DATABASE,
                ..
            })
        ),
        "{away:?}"
    );
    let away = store
        .begin(&owner, beginning(thread.clone(), true, "x"))
        .await
        .unwrap_err();
    assert!(
        matches!(away, BeginError::Store(StoreError::Unavailable { .. })),
        "{away:?}"
    );
    server.restart().await;

    let detail = store
        .get(&owner, &thread, &Page::last(9))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            detail.thread.title.as_str(),
            detail.messages[0].content.as_str()
        ),
        (text, text)
    );
}

#[tokio::test]
async fn a_hanging_server_blocks_no_caller_and_loses_nothing() {
    let server = PrivatePostgres::start().await;
    let store = Arc::new(PostgresThreads::new(open(&server.url()).await.unwrap()));
    let (owner, thread) = (OwnerId::generate(), ThreadId::generate());
    store
        .begin(&owner, beginning(thread.clone(), false, "before"))
        .await
        .unwrap();

    server.pause();
    let callers = (0..40).map(|_| {
        let (store, owner, thread) = (Arc::clone(&store), owner.clone(), thread.clone());
        tokio::spawn(async move { store.get(&owner, &thread, &Page::last(9)).await })
    });
    let began = std::time::Instant::now();
    for caller in callers.collect::<Vec<_>>() {
        let away = caller.await.unwrap();
        assert!(
            matches!(away, Err(PageError::Store(StoreError::Unavailable { .. }))),
            "{away:?}"
        );
    }
    assert!(
        began.elapsed() < Duration::from_secs(12),
        "{:?}",
        began.elapsed()
    );
    server.resume();

    // The pool recovers without a restart.
    let detail = store
        .get(&owner, &thread, &Page::last(9))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.messages.len(), 1);
}
