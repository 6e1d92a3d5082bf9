//! The built program with everything in one SQLite file.

mod commands;
mod kills;

use crate::{
    eventually::eventually,
    private_sqlite::PrivateFolder,
    support::{
        Client, Events, Model, PASSCODE, Program, Reply, SITE_SECRET, client::problem, events::*,
        process::command, provider::delta, server::SECRET,
    },
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use smooth_operator::connect::sqlite;
use std::{fs, process::Output};

const KEY: &str = "sk-a-key-that-nobody-else-has";

async fn serve(folder: &PrivateFolder, model: &Model) -> Program {
    let env = [
        ("DATABASE_URL", folder.url()),
        ("MESSAGES_PER_MINUTE", "0".to_owned()),
        ("DRAIN_SECONDS", "0".to_owned()),
        ("SITE_SECRET", SITE_SECRET.to_owned()),
    ];
    let env: Vec<_> = env
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Program::start(&model.url, &env).await
}

/// The same visitor at the current program.
fn at(client: &Client, program: &Program) -> Client {
    let mut client = client.clone();
    client.url.clone_from(&program.url);
    client
}

async fn signed_in(program: &Program) -> Client {
    let client = program.client();
    client.sign_in().await;
    client.save_key(KEY).await;
    client
}

fn message_of(events: &[Value]) -> (String, String) {
    let field = |name: &str| events[0][name].as_str().unwrap().to_owned();
    (field("thread_id"), field("run_id"))
}

#[tokio::test]
async fn everything_is_there_after_a_kill_and_a_live_run_ends_as_lost() {
    let folder = PrivateFolder::new();
    let note = json!({"title": "Kept", "content": "by the archivist"}).to_string();
    let model = Model::new([
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &note)]),
        Reply::text("It is saved."),
        Reply::Stall(vec![delta("Half an "), delta("answer")]),
        Reply::text("Again."),
    ])
    .await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let first = visitor.ask("Please keep this").await;
    let (thread, _) = message_of(&first);
    let path = format!("/api/threads/{thread}");
    let renamed = visitor.send("PATCH", &path, json!({"title": "Renamed"}));
    assert_eq!(renamed.await.status(), StatusCode::OK);
    let token = visitor.post("/api/mcp-tokens", json!({})).await;
    assert_eq!(token.status(), StatusCode::CREATED);
    let secret = secret_for_a_user(&program).await;

    let body = json!({"message": "And now?", "thread_id": thread});
    let send = |visitor: &Client| {
        let request = visitor.request("POST", "/api/chat").json(&body);
        request.header("idempotency-key", "the-same")
    };
    let mut live = Events::of(visitor.run(send(&visitor)).await);
    let seen = live.until("content_delta").await;
    let (_, run) = message_of(&seen);
    eventually("the half answer is stored", async || {
        stored_answer(&visitor, &thread).await == "Half an answer"
    })
    .await;
    program.kill().await;

    let program = serve(&folder, &model).await;
    let visitor = at(&visitor, &program);
    let session = visitor.json("/api/session").await;
    assert_eq!(session["signed_in"], true);
    assert_eq!(session["has_api_key"], true);
    let detail = visitor.json(&format!("/api/threads/{thread}")).await;
    assert_eq!(detail["title"], "Renamed");
    assert_eq!(detail["active_run_id"], Value::Null);
    let last = detail["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(last["content"], "Half an answer");
    assert_eq!(
        (&last["status"], &last["error"]["code"]),
        (&json!("failed"), &json!("run_lost"))
    );
    assert_eq!(
        visitor.json("/api/notes/Kept").await["content"],
        "by the archivist"
    );
    assert_eq!(
        visitor.json("/api/mcp-tokens").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    // The repeated request finds the lost run and does not ask the model.
    let asked = model.requests().len();
    let again = Events::of(visitor.run(send(&visitor)).await).rest().await;
    assert_eq!(message_of(&again), (thread.clone(), run));
    assert_eq!(kinds(&again), ["user_message", "error", "done"]);
    assert_eq!(again[1]["code"], "run_lost");
    assert_eq!(done(&again)["status"], "failed");
    assert_eq!(model.requests().len(), asked);
    let after = visitor.json(&format!("/api/threads/{thread}")).await;
    assert_eq!(
        after["messages"].as_array().unwrap().len(),
        detail["messages"].as_array().unwrap().len()
    );

    let user = program.client();
    let signed_in = user
        .post("/api/login", json!({"client_secret": secret}))
        .await;
    assert_eq!(signed_in.status(), StatusCode::OK);
    let goes_on = visitor.chat(json!({"message": "Once more", "thread_id": thread}));
    assert_eq!(done(&goes_on.await.rest().await)["status"], "completed");
}

async fn secret_for_a_user(program: &Program) -> String {
    let body = json!({"site_id": "shop", "api_key": KEY, "user_id": "ada"});
    let client = program.client();
    let request = client.request("POST", "/api/client-secrets").json(&body);
    let answer = client.run(request.bearer_auth(SITE_SECRET)).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer: Value = answer.json().await.unwrap();
    answer["client_secret"].as_str().unwrap().to_owned()
}

async fn stored_answer(visitor: &Client, thread: &str) -> String {
    let detail = visitor.json(&format!("/api/threads/{thread}")).await;
    let last = detail["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    last["content"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_file_its_log_and_copies_contain_no_secrets_or_deleted_data() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Zanzibar.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let (thread, _) = message_of(&visitor.ask("Quetzalcoatl").await);
    let token: Value = visitor
        .post("/api/mcp-tokens", json!({}))
        .await
        .json()
        .await
        .unwrap();
    let client_secret = secret_for_a_user(&program).await;
    let cookie = visitor.cookie("__Host-so_session").unwrap();
    let cookie = cookie.split('.').next().unwrap().to_owned();
    let deleted = visitor.delete(&format!("/api/threads/{thread}")).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    let copy = folder.path().join("copy.db");
    sqlite::backup(&folder.url(), &copy).await.unwrap();
    let secrets = [
        KEY,
        PASSCODE,
        SECRET,
        SITE_SECRET,
        token["token"].as_str().unwrap(),
        &client_secret,
        &cookie,
    ];
    for name in folder.names() {
        let bytes = fs::read(folder.path().join(&name)).unwrap();
        for secret in secrets {
            assert!(!contains(&bytes, secret), "{name} has {secret}");
        }
    }
    let copied = fs::read(&copy).unwrap();
    for said in ["Quetzalcoatl", "quetzalcoatl", "Zanzibar", "zanzibar"] {
        assert!(!contains(&copied, said), "the copy has {said}");
    }
    // Nor is it in the file after it was closed.
    program.end().await;
    assert!(!folder.names().iter().any(|name| name.ends_with("-wal")));
    let bytes = fs::read(folder.file()).unwrap();
    for said in ["Quetzalcoatl", "quetzalcoatl", "Zanzibar", "zanzibar"] {
        assert!(!contains(&bytes, said), "the file has {said}");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_full_disk_refuses_only_writes_and_recovers_without_a_restart() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let (thread, _) = message_of(&visitor.ask("Hello").await);

    let limit = |bytes: &'static str| limit_files(&program, bytes);
    limit("4096").await;
    let body = json!({"message": "x".repeat(20_000)});
    let refused = visitor.post("/api/chat", body.clone()).await;
    assert!(refused.headers().contains_key("retry-after"));
    problem(refused, 503, "overloaded").await;
    let rename = json!({"title": "New"});
    let path = format!("/api/threads/{thread}");
    problem(
        visitor.send("PATCH", &path, rename.clone()).await,
        503,
        "overloaded",
    )
    .await;
    problem(visitor.delete(&path).await, 503, "overloaded").await;
    problem(
        visitor.post("/api/mcp-tokens", json!({})).await,
        503,
        "overloaded",
    )
    .await;
    problem(
        visitor.post("/api/logout", json!({})).await,
        503,
        "overloaded",
    )
    .await;
    // Renewals that cannot be written are skipped, and everything can be read.
    let session = visitor.json("/api/session").await;
    assert_eq!(session["signed_in"], true);
    let detail = visitor.json(&path).await;
    assert_eq!(detail["messages"].as_array().unwrap().len(), 2);
    assert_ne!(detail["title"], "New");
    assert_eq!(
        visitor.json("/api/threads").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(visitor.get("/ready").await.status(), StatusCode::OK);

    limit("unlimited").await;
    let renamed = visitor.send("PATCH", &path, rename).await;
    assert_eq!(renamed.status(), StatusCode::OK);
    assert_eq!(
        done(&visitor.chat(body).await.rest().await)["status"],
        "completed"
    );
    sqlite::check(&folder.url()).await.unwrap();
}

/// Limits the size of the program's files, which for the program is a full disk.
async fn limit_files(program: &Program, bytes: &str) {
    let pid = program.id().to_string();
    let limited = tokio::process::Command::new("prlimit")
        .args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")])
        .status()
        .await;
    assert!(limited.unwrap().success());
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

#[tokio::test]
async fn unusable_files_stop_the_start_with_a_sentence() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let missing = format!("sqlite:{}/no/x.db", folder.path().display());
    let said = refusal(&missing).await;
    assert!(said.contains("/no does not exist. Create it"), "{said}");
    assert_eq!(folder.names(), Vec::<String>::new());

    let program = serve(&folder, &model).await;
    let said = refusal(&folder.url()).await;
    assert!(
        said.contains("another process is using") && said.contains("Stop it"),
        "{said}"
    );
    program.kill().await;

    fs::write(folder.file(), "not a database at all").unwrap();
    let said = refusal(&folder.url()).await;
    assert!(said.contains("not a SmoothOperator database"), "{said}");
}

/// The program's message before it gives up.
async fn refusal(url: &str) -> String {
    let env = [
        ("APP_PASSCODE", PASSCODE),
        ("SESSION_SECRET", SECRET),
        ("CORS_ORIGINS", "https://chat.example"),
        ("HOST", "127.0.0.1"),
        ("PORT", "0"),
        ("DATABASE_URL", url),
    ];
    let Output { status, stderr, .. } = command(&[], &env).output().await.unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}
