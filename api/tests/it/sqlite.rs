//! The built program with everything in one SQLite file.

mod commands;
mod disk;
mod kills;
mod refusals;
mod secrets;
mod survival;

use crate::{
    eventually::eventually,
    private_sqlite::PrivateFolder,
    support::{
        Client, Events, Model, PASSCODE, Program, Reply, SITE_SECRET, client::problem, events::*,
        process::command, provider::delta, server::SECRET,
    },
};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use smooth_operator::connect::sqlite;
use std::{fs, process::Output};

const KEY: &str = "sk-a-key-that-nobody-else-has";

async fn serve(folder: &PrivateFolder, model: &Model) -> Program {
    serve_with(folder, model, &[("MESSAGES_PER_MINUTE", "0")]).await
}

async fn serve_with(folder: &PrivateFolder, model: &Model, more: &[(&str, &str)]) -> Program {
    let url = folder.url();
    let env = [&[("DATABASE_URL", url.as_str())], more].concat();
    Program::start(&model.url, &env).await
}

/// The required variables, without a provider.
fn environment(url: &str) -> [(&str, &str); 6] {
    [
        ("APP_PASSCODE", PASSCODE),
        ("SESSION_SECRET", SECRET),
        ("CORS_ORIGINS", "https://chat.example"),
        ("HOST", "127.0.0.1"),
        ("PORT", "0"),
        ("DATABASE_URL", url),
    ]
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
        Reply::Stall(vec![delta("Half")]),
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
    let mut other = visitor.chat(json!({"message": "Without a key"})).await;
    let (_, other) = message_of(&other.until("content_delta").await);
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

    for run in [&run, &other] {
        for last in [2, live.last, 40, 1, 0] {
            read_of_a_lost_run(&visitor, run, last).await;
        }
    }

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

#[tokio::test]
async fn a_deletion_that_a_kill_interrupted_continues_at_the_start() {
    let folder = PrivateFolder::new();
    let model = Model::new([Reply::text("Hello there.")]).await;
    let program = serve(&folder, &model).await;
    let visitor = signed_in(&program).await;
    let token: Value = visitor
        .post("/api/mcp-tokens", json!({}))
        .await
        .json()
        .await
        .unwrap();
    program.kill().await;
    // As it is between the deletion of the threads and that of the tokens.
    refusals::change(
        &folder,
        "insert into members select 'owners-to-forget', substr(name, 8), until from members
            where name like 'mcp-of:%'",
    )
    .await;

    let program = serve(&folder, &model).await;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    eventually("the token is revoked", async || {
        let request = program.client().request("POST", "/mcp");
        let request = request.bearer_auth(token["token"].as_str().unwrap());
        let answer = request.json(&call).send().await.unwrap();
        answer.status() == StatusCode::UNAUTHORIZED
    })
    .await;
}

/// Reads on after event `last`: the outcome is the one that the thread shows.
async fn read_of_a_lost_run(visitor: &Client, run: &str, last: u64) {
    let request = visitor.request("GET", &format!("/api/runs/{run}/events"));
    let request = request.header("last-event-id", last.to_string());
    let events = Events::after(visitor.run(request).await, last).rest().await;
    let end = &events[events.len().saturating_sub(2)..];
    assert_eq!(kinds(end), ["error", "done"], "after {last}: {events:#?}");
    assert_eq!(end[0]["code"], "run_lost");
    assert_eq!(done(&events)["status"], "failed");
    let request = visitor.request("GET", &format!("/api/runs/{run}/events"));
    let last = last + events.len() as u64;
    let again = visitor.run(request.header("last-event-id", last.to_string()));
    assert_eq!(again.await.status(), StatusCode::NO_CONTENT);
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
