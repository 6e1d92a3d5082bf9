//! Unusable files: the start fails with advice, and the file is unchanged.

use super::*;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use std::os::unix::fs::PermissionsExt;

/// The program's message when it refuses to start.
async fn refusal(url: &str) -> String {
    let output = command(&[], &environment(url)).output().await.unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

pub(super) async fn change(folder: &PrivateFolder, sql: &'static str) {
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn unusable_files_stop_the_start_with_a_sentence() {
    let folder = PrivateFolder::new();
    let missing = format!("sqlite:{}/no/x.db", folder.path().display());
    let said = refusal(&missing).await;
    assert!(said.contains("/no does not exist. Create it"), "{said}");
    let said = refusal(&format!("sqlite:{}", folder.path().display())).await;
    assert!(said.contains("is not a file. Name a file"), "{said}");
    assert_eq!(folder.names(), Vec::<String>::new(), "nothing was made");

    fs::write(folder.file(), "not a database at all").unwrap();
    refuses(
        &folder,
        "not a SmoothOperator database",
        "Name another file",
    )
    .await;
    fs::remove_file(folder.file()).unwrap();
    change(
        &folder,
        "create table theirs (x); insert into theirs values (1)",
    )
    .await;
    refuses(
        &folder,
        "not a SmoothOperator database",
        "Name another file",
    )
    .await;
    assert_eq!(
        folder.names(),
        ["store.db"],
        "another program's file gets no lock next to it"
    );
}

#[tokio::test]
async fn damaged_read_only_and_newer_files_stop_the_start_with_a_sentence() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    refuses_while_served(&folder).await;
    signed_in(&program).await.ask("Hello").await;
    program.end().await;
    let whole = fs::read(folder.file()).unwrap();

    fs::set_permissions(folder.file(), PermissionsExt::from_mode(0o400)).unwrap();
    refuses(&folder, "cannot be written", "Give this user write access").await;
    fs::set_permissions(folder.file(), PermissionsExt::from_mode(0o600)).unwrap();

    let middle = whole.len() / 2;
    let mut garbled = whole.clone();
    garbled[middle..middle + 8192].fill(0xa5);
    for damaged in [&garbled[..], &whole[..middle]] {
        fs::write(folder.file(), damaged).unwrap();
        refuses(&folder, "is damaged", "Restore a backup").await;
    }

    fs::write(folder.file(), &whole).unwrap();
    change(
        &folder,
        "insert into _sqlx_migrations values (9999, 'x', '', true, x'', 1)",
    )
    .await;
    refuses(&folder, "newer version", "Start that version").await;

    fs::write(folder.file(), &whole).unwrap();
    serve(&folder, &model).await;
}

/// Expects a refused start with this advice, and an unchanged file.
async fn refuses(folder: &PrivateFolder, what: &str, advice: &str) {
    let before = fs::read(folder.file()).unwrap();
    let said = refusal(&folder.url()).await;
    assert!(said.contains(what) && said.contains(advice), "{said}");
    assert_eq!(fs::read(folder.file()).unwrap(), before, "{what}");
}

async fn refuses_while_served(folder: &PrivateFolder) {
    let said = refusal(&folder.url()).await;
    assert!(said.contains("another process is using"), "{said}");
    assert!(said.contains("Stop it"), "{said}");
}
