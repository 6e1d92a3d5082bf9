//! Secrets and deleted data are neither in the file nor in its write-ahead log or copies.

use super::*;

const OLD_KEY: &str = "sk-a-key-that-was-replaced";

#[tokio::test]
async fn the_file_its_log_and_copies_contain_no_secrets_or_deleted_data() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Zanzibar, 猫又.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = program.client();
    visitor.sign_in().await;
    visitor.save_key(OLD_KEY).await;
    visitor.save_key(KEY).await;
    let (thread, _) = message_of(&visitor.ask("Quetzalcoatl").await);
    let token: Value = visitor
        .post("/api/mcp-tokens", json!({}))
        .await
        .json()
        .await
        .unwrap();
    let client_secret = secret_for_a_user(&program).await;
    let embedded = program.client();
    let login = embedded.request("POST", "/api/login");
    let login = login.header("x-so-context", "embed");
    let login = login.json(&json!({ "passcode": PASSCODE }));
    let embedded: Value = embedded.run(login).await.json().await.unwrap();
    // Of a signed cookie: the value, and the signature.
    let cookies = ["__Host-so_session", "__Host-so_visitor"];
    let cookies = cookies.map(|name| visitor.cookie(name).unwrap());
    let (_, signature) = cookies[1].rsplit_once('.').unwrap();
    let secrets = [
        OLD_KEY,
        KEY,
        PASSCODE,
        SECRET,
        SITE_SECRET,
        token["token"].as_str().unwrap(),
        embedded["token"].as_str().unwrap(),
        &client_secret,
        cookies[0].split('.').next().unwrap(),
        signature,
    ];
    let none_has_a_secret = || {
        for name in folder.names() {
            let bytes = fs::read(folder.path().join(&name)).unwrap();
            for secret in secrets {
                assert!(!contains(&bytes, secret), "{name} has {secret}");
            }
        }
    };
    none_has_a_secret();

    let deleted = visitor.delete(&format!("/api/threads/{thread}")).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let forgotten = visitor.delete("/api/settings").await;
    assert_eq!(forgotten.status(), StatusCode::NO_CONTENT);
    let copy = folder.path().join("copy.db");
    sqlite::backup(&folder.url(), &copy).await.unwrap();
    none_has_a_secret();
    // As written, and as the search index folds and cuts it.
    let said = [
        "Quetzalcoatl",
        "quetzalcoatl",
        "Zanzibar",
        "zanzibar",
        "猫又",
        "·猫",
    ];
    let copied = fs::read(&copy).unwrap();
    for said in said {
        assert!(!contains(&copied, said), "the copy has {said}");
    }
    program.end().await;
    assert!(!folder.names().iter().any(|name| name.ends_with("-wal")));
    let bytes = fs::read(folder.file()).unwrap();
    for said in said {
        assert!(!contains(&bytes, said), "the file has {said}");
    }
    none_has_a_secret();
}

#[tokio::test]
async fn finds_the_same_words_in_the_file_while_they_are_not_deleted() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Zanzibar, 猫又.")]).await;
    let program = serve(&folder, &model).await;
    signed_in(&program).await.ask("Quetzalcoatl").await;
    program.end().await;
    let bytes = fs::read(folder.file()).unwrap();
    for said in [
        "Quetzalcoatl",
        "quetzalcoatl",
        "Zanzibar",
        "zanzibar",
        "猫又",
        "·猫",
    ] {
        assert!(contains(&bytes, said), "the file lacks {said}");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}
