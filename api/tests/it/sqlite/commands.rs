//! `check-store`, `backup` and `migrate-store`.

use super::*;
use crate::private_postgres::PrivatePostgres;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use smooth_operator::{
    connect::sqlite::Sqlite,
    domain::{Message, OwnerId, ThreadId},
    transfer::{
        Archive, HeldNote, HeldThread, Holdings, MessageRow, ThreadRow, sqlite::SqliteArchive,
    },
};
use sqlx::Connection;

async fn run(arguments: &[&str], url: &str) -> (bool, String) {
    let output = command(arguments, &[("DATABASE_URL", url)]).output().await;
    let Output {
        status,
        stdout,
        stderr,
    } = output.unwrap();
    let said = String::from_utf8([stdout, stderr].concat()).unwrap();
    (status.success(), said)
}

#[tokio::test]
async fn checks_and_copies_a_file_that_is_served() {
    let folder = PrivateFolder::new();
    let (good, said) = run(&["check-store"], &folder.url()).await;
    assert!(!good && said.contains("there is no file"), "{said}");
    assert_eq!(folder.names(), Vec::<String>::new(), "nothing was made");

    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    visitor.ask("Hello").await;
    let (good, said) = run(&["check-store"], &folder.url()).await;
    assert!(good && said.contains("is sound"), "{said}");
    let copy = folder.path().join("copy.db");
    let target = copy.to_str().unwrap();
    let (good, said) = run(&["backup", target], &folder.url()).await;
    assert!(good && said.contains(target), "{said}");
    let before = fs::read(&copy).unwrap();
    let (good, said) = run(&["backup", target], &folder.url()).await;
    assert!(!good && said.contains("already exists"), "{said}");
    assert_eq!(fs::read(&copy).unwrap(), before);
    // A backup that was killed left half of a copy.
    fs::remove_file(&copy).unwrap();
    let partial = folder.path().join("copy.db.partial");
    fs::write(&partial, &before[..before.len() / 2]).unwrap();
    let (good, said) = run(&["backup", target], &folder.url()).await;
    assert!(good && !partial.exists(), "{said}");
    program.kill().await;

    // The copy can replace the file.
    for name in folder.names() {
        if name != "copy.db" {
            fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
    fs::rename(&copy, folder.file()).unwrap();
    let program = serve(&folder, &model).await;
    let visitor = at(&visitor, &program);
    let threads = visitor.json("/api/threads").await;
    assert_eq!(threads["items"].as_array().unwrap().len(), 1);
    program.end().await;

    let names = folder.names();
    let (good, said) = run(&["check-store"], &folder.url()).await;
    assert!(good, "{said}");
    assert_eq!(folder.names(), names, "nothing was made");
    let mut bytes = fs::read(folder.file()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    fs::write(folder.file(), bytes).unwrap();
    let (good, said) = run(&["check-store"], &folder.url()).await;
    assert!(!good && said.contains("damaged"), "{said}");
    for (url, words) in [
        ("", "set DATABASE_URL"),
        ("postgres://me:hush@db/x", "pg_dump"),
    ] {
        let (good, said) = run(&["check-store"], url).await;
        assert!(
            !good && said.contains(words) && !said.contains("hush"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn moves_from_a_file_to_postgres() {
    let (folder, server) = (PrivateFolder::new(), PrivatePostgres::start().await);
    let url = server.url();
    let postgres = url.expose_secret();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let (thread, _) = message_of(&visitor.ask("Bonjour").await);
    let migrate = ["migrate-store", &folder.url(), postgres];
    let (good, said) = run(&migrate, "").await;
    assert!(!good && said.contains("another process is using"), "{said}");
    program.end().await;

    for already in 0..2 {
        let (good, said) = run(&migrate, "").await;
        let counted = format!(
            "owners: 1 (already there: {already}), conversations: 1, messages: 2, notes: 0"
        );
        assert!(good && said.contains(&counted), "{said}");
    }
    let program = Program::start(&model.url, &[("DATABASE_URL", postgres)]).await;
    // The visitor's cookie still works; only the session is new.
    let visitor = at(&visitor, &program);
    visitor.sign_in().await;
    let detail = visitor.json(&format!("/api/threads/{thread}")).await;
    assert_eq!(detail["messages"][0]["content"], "Bonjour");
    let missing = format!("sqlite:{}/none.db", folder.path().display());
    let (good, said) = run(&["migrate-store", &missing, postgres], "").await;
    assert!(!good && said.contains("there is no file"), "{said}");

    // Back, and ready to be searched.
    program.end().await;
    let back = PrivateFolder::new();
    let (good, said) = run(&["migrate-store", postgres, &back.url()], "").await;
    assert!(good && said.contains("messages: 2"), "{said}");
    let mut file = sqlx::SqliteConnection::connect(&back.url()).await.unwrap();
    let missing = "select (select count(*) from threads where indexed = 0)
        + (select count(*) from messages where indexed = 0)";
    let missing: i64 = sqlx::query_scalar(missing)
        .fetch_one(&mut file)
        .await
        .unwrap();
    assert_eq!(missing, 0);
}

#[tokio::test]
async fn a_copy_that_is_killed_goes_on_where_it_stopped() {
    const OWNERS: usize = 300;
    let (folder, server) = (PrivateFolder::new(), PrivatePostgres::start().await);
    fill(&folder, OWNERS).await;
    let url = server.url();
    let migrate = ["migrate-store", &folder.url(), url.expose_secret()];
    let mut killed = command(&migrate, &[]).spawn().unwrap();
    while copied(&server).await < 10 {
        assert!(killed.try_wait().unwrap().is_none(), "it ended first");
    }
    killed.kill().await.unwrap();
    let there = copied(&server).await;
    assert!(there < OWNERS, "{there}");

    let (good, said) = run(&migrate, "").await;
    let counted =
        format!("conversations: {OWNERS}, messages: {OWNERS}, notes: {OWNERS}; every owner");
    assert!(good && said.contains(&counted), "{said}");
    let (_, already) = said.split_once("already there: ").unwrap();
    let already: usize = already.split_once(')').unwrap().0.parse().unwrap();
    // A commit may have been in progress.
    assert!([there, there + 1].contains(&already), "{there}: {said}");
    assert_eq!(copied(&server).await, OWNERS);
}

/// Owners in the target; none while it has no tables.
async fn copied(server: &PrivatePostgres) -> usize {
    let mut connection = sqlx::PgConnection::connect(server.url().expose_secret())
        .await
        .unwrap();
    let count = sqlx::query_scalar("select count(*) from threads");
    let count: i64 = count.fetch_one(&mut connection).await.unwrap_or(0);
    usize::try_from(count).unwrap()
}

/// Owners with one conversation and one note each.
async fn fill(folder: &PrivateFolder, owners: usize) {
    let store = Sqlite::open(&folder.url()).await.unwrap();
    let archive = SqliteArchive::new(store.clone());
    let writes = (0..owners).map(async |_| {
        let message = Message::user("Bonjour".to_owned());
        let message = MessageRow {
            position: 1,
            id: message.id.to_string(),
            from_user: true,
            agent: "concierge".to_owned(),
            bytes: i64::try_from(message.bytes()).unwrap(),
            body: serde_json::to_string(&message).unwrap(),
        };
        let row = ThreadRow {
            id: ThreadId::generate().to_string(),
            title: b"Bonjour".to_vec(),
            agent: "concierge".to_owned(),
            active_run: None,
            created_at: 1,
            updated_at: 2,
            renamed_at: 0,
            pause: None,
            resumptions: 0,
            remembered: "[]".to_owned(),
        };
        let note = HeldNote {
            title: "Kept".to_owned(),
            content: b"for later".to_vec(),
            updated_at: 3,
        };
        let holdings = Holdings {
            threads: vec![HeldThread {
                row,
                messages: vec![message],
            }],
            notes: vec![note],
        };
        archive.write(&OwnerId::generate(), holdings).await.unwrap();
    });
    join_all(writes).await;
    store.close().await;
}
