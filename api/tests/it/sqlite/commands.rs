//! `check-store`, `backup` and `migrate-store`.

use super::*;
use crate::private_postgres::PrivatePostgres;
use secrecy::ExposeSecret;

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
    assert!(!good && said.contains("is there already"), "{said}");
    assert_eq!(fs::read(&copy).unwrap(), before);
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

    let counted = "1 owners with 1 conversations, 2 messages and 0 notes";
    for already in ["(0 were there already)", "(1 were there already)"] {
        let (good, said) = run(&migrate, "").await;
        assert!(
            good && said.contains(counted) && said.contains(already),
            "{said}"
        );
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
}
