//! A full disk, and a missing file: writes are refused meanwhile, and nothing is half written.

use super::*;

/// Expects the refusal of a write.
async fn refused(response: Response) {
    assert!(response.headers().contains_key("retry-after"));
    problem(response, 503, "overloaded").await;
}

#[tokio::test]
async fn a_full_disk_refuses_only_writes_and_recovers_without_a_restart() {
    let folder = PrivateFolder::new();
    let note = json!({"title": "Kept", "content": "for later"}).to_string();
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &note)]),
        Reply::text("Hello there."),
    ])
    .await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let (thread, _) = message_of(&visitor.ask("Hello").await);
    let token = visitor.post("/api/mcp-tokens", json!({})).await;
    let token: Value = token.json().await.unwrap();
    let token_id = visitor.json("/api/mcp-tokens").await["items"][0]["id"].clone();
    let path = format!("/api/threads/{thread}");
    let before = visitor.json(&path).await;

    let limit = |bytes: &'static str| limit_files(&program, bytes);
    limit("4096").await;
    let stranger = program.client();
    let login = |passcode: &str| stranger.post("/api/login", json!({"passcode": passcode}));
    refused(login(PASSCODE).await).await;
    let body = json!({"site_id": "shop", "api_key": KEY});
    let secret = stranger.request("POST", "/api/client-secrets").json(&body);
    refused(stranger.run(secret.bearer_auth(SITE_SECRET)).await).await;
    let rename = json!({"title": "New"});
    let question = json!({"message": "x".repeat(20_000)});
    for (method, path, body) in [
        ("POST", "/api/chat", question.clone()),
        ("PATCH", &path, rename.clone()),
        ("POST", "/api/mcp-tokens", json!({})),
        ("POST", "/api/settings", json!({"api_key": KEY})),
        ("POST", "/api/logout", json!({})),
    ] {
        refused(visitor.send(method, path, body).await).await;
    }
    for path in [
        &path,
        "/api/notes/Kept",
        "/api/settings",
        &format!("/api/mcp-tokens/{}", token_id.as_str().unwrap()),
        "/api/me",
    ] {
        refused(visitor.delete(path).await).await;
    }
    // Renewals that cannot be written are skipped, and everything can be read.
    let session = visitor.json("/api/session").await;
    assert_eq!(
        (&session["signed_in"], &session["has_api_key"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(visitor.json(&path).await, before);
    for (path, count) in [
        ("/api/threads", 1),
        ("/api/threads?q=hello", 1),
        ("/api/notes", 1),
    ] {
        let items = visitor.json(path).await["items"].clone();
        assert_eq!(items.as_array().unwrap().len(), count, "{path}");
    }
    assert_eq!(
        visitor.json("/api/notes/Kept").await["content"],
        "for later"
    );
    let export = visitor.json("/api/me/export").await;
    assert_eq!(export["tokens"].as_array().unwrap().len(), 1);
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let mcp = visitor.request("POST", "/mcp").json(&list);
    let mcp = mcp.bearer_auth(token["token"].as_str().unwrap());
    assert_eq!(visitor.run(mcp).await.status(), StatusCode::OK);
    assert_eq!(visitor.get("/ready").await.status(), StatusCode::OK);

    limit("unlimited").await;
    let renamed = visitor.send("PATCH", &path, rename).await;
    assert_eq!(renamed.status(), StatusCode::OK);
    let answer = visitor.chat(question).await.rest().await;
    assert_eq!(done(&answer)["status"], "completed");
    assert_eq!(login(PASSCODE).await.status(), StatusCode::OK);
    sqlite::check(&folder.url()).await.unwrap();
}

/// Limits the size of the program's files, which looks like a full disk to it.
async fn limit_files(program: &Program, bytes: &str) {
    let pid = program.id().to_string();
    let limited = tokio::process::Command::new("prlimit")
        .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
        .status()
        .await;
    assert!(limited.unwrap().success());
}

/// The program, with files limited to so many blocks of 512 bytes.
fn limited(blocks: &str, arguments: &[&str], url: &str) -> tokio::process::Command {
    let program = command(&[], &[]);
    let mut shell = tokio::process::Command::new("sh");
    shell
        .args(["-c", "ulimit -f \"$0\" && exec \"$@\"", blocks])
        .arg(program.as_std().get_program())
        .args(arguments)
        .env_clear()
        .envs(environment(url));
    shell
}

#[tokio::test]
async fn a_start_on_a_full_disk_says_so_and_damages_nothing() {
    let folder = PrivateFolder::new();
    let model = Model::new([]).await;
    // Less than the first page, and a few of the tables.
    for blocks in ["1", "64"] {
        let mut start = limited(blocks, &[], &folder.url());
        let Output { status, stderr, .. } = start.output().await.unwrap();
        let said = String::from_utf8(stderr).unwrap();
        assert!(!status.success());
        assert!(said.contains("there is no space left for"), "{said}");
        assert!(said.contains("Free some"), "{said}");
    }
    let program = serve(&folder, &model).await;
    signed_in(&program).await;
    sqlite::check(&folder.url()).await.unwrap();
}

#[tokio::test]
async fn a_backup_to_a_full_disk_leaves_nothing() {
    let folder = PrivateFolder::new();
    let model = Model::new([]).await;
    let program = serve(&folder, &model).await;
    signed_in(&program).await;
    let before = folder.names();
    let target = folder.path().join("copy.db");
    let target = target.to_str().unwrap();
    let mut backup = limited("64", &["backup", target], &folder.url());
    let Output { status, stderr, .. } = backup.output().await.unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert!(!status.success());
    assert!(said.contains("Check that there is enough space"), "{said}");
    assert_eq!(folder.names(), before);
}

#[tokio::test]
async fn is_not_ready_without_its_file() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let away = folder.path().join("away.db");
    fs::rename(folder.file(), &away).unwrap();
    let not_ready = problem(visitor.get("/ready").await, 503, "overloaded").await;
    assert!(
        not_ready["detail"].as_str().unwrap().contains("sqlite"),
        "{not_ready}"
    );
    problem(
        visitor.post("/api/mcp-tokens", json!({})).await,
        503,
        "overloaded",
    )
    .await;
    fs::rename(&away, folder.file()).unwrap();
    assert_eq!(visitor.get("/ready").await.status(), StatusCode::OK);
}
