//! The log of the real process: one line per request and per run, with their ids, and no secrets at
//! any level or format.

use crate::support::{
    Client, Model, PASSCODE, Program, Reply, SITE_SECRET, events::*, server::SECRET,
};
use serde_json::{Value, json};

const KEY: &str = "sk-hush-key-0123456789";
const SITE_KEY: &str = "sk-hush-site-9876543210";
const GUESS: &str = "hush-wrong-guess";
const MESSAGE: &str = "hush-message of the visitor";
const ANSWER: &str = "hush-answer";
const NOTE: &str = "hush-note";
const ARGUMENT: &str = "hush-made-up";
const TOKEN: &str = "hush-metrics-token";

/// The result of a visit: ids that must be in the log, secrets that must not.
struct Visit {
    requests: Vec<String>,
    run: String,
    chat_request: String,
    secrets: Vec<String>,
}

/// Uses everything that handles a secret.
async fn visit(program: &Program) -> Visit {
    let mut requests = Vec::new();
    let mut secrets = Vec::new();
    let mut seen = |response: &reqwest::Response| {
        let id = response.headers()["x-request-id"].to_str().unwrap();
        requests.push(id.to_owned());
    };
    let client = program.client();
    let wrong = client
        .post("/api/login", json!({ "passcode": GUESS }))
        .await;
    assert_eq!(wrong.status(), 401);
    seen(&wrong);
    let right = client
        .post("/api/login", json!({ "passcode": PASSCODE }))
        .await;
    assert_eq!(right.status(), 200);
    seen(&right);
    secrets.push(client.cookie("__Host-so_session").unwrap());
    for (key, status) in [("sk-bad", 422), (KEY, 200)] {
        let saved = client
            .post("/api/settings", json!({ "api_key": key }))
            .await;
        assert_eq!(saved.status(), status);
        seen(&saved);
    }
    let chat = client
        .post("/api/chat", json!({ "message": MESSAGE }))
        .await;
    assert_eq!(chat.status(), 200);
    seen(&chat);
    let chat_request = requests_last(&chat);
    let events = Events::of(chat).rest().await;
    assert_eq!(done(&events)["status"], "completed", "{events:#?}");
    let run = events[0]["run_id"].as_str().unwrap().to_owned();

    let notes = client.get(&format!("/api/notes?{NOTE}=1")).await;
    seen(&notes);
    let deleted = client.delete(&format!("/api/notes/{NOTE}")).await;
    assert_eq!(deleted.status(), 204);
    seen(&deleted);
    let issued = client.post("/api/mcp-tokens", json!({})).await;
    seen(&issued);
    let issued: Value = issued.json().await.unwrap();
    let token = issued["token"].as_str().unwrap().to_owned();
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "save_note", "arguments": {"title": NOTE, "content": ARGUMENT}}});
    let mcp = client
        .request("POST", "/mcp")
        .bearer_auth(&token)
        .header("accept", "application/json, text/event-stream")
        .json(&call);
    let mcp = client.run(mcp).await;
    seen(&mcp);
    secrets.push(token);

    let secret = client
        .request("POST", "/api/client-secrets")
        .bearer_auth(SITE_SECRET)
        .json(&json!({"site_id": "shop", "api_key": SITE_KEY}));
    let secret = client.run(secret).await;
    assert_eq!(secret.status(), 201);
    seen(&secret);
    let secret: Value = secret.json().await.unwrap();
    let secret = secret["client_secret"].as_str().unwrap().to_owned();
    let embedded = client
        .request("POST", "/api/login")
        .header("x-so-context", "embed")
        .json(&json!({ "client_secret": secret }));
    let embedded = Client::new(&program.url).run(embedded).await;
    assert_eq!(embedded.status(), 200);
    seen(&embedded);
    let session: Value = embedded.json().await.unwrap();
    let token = session["token"].as_str().unwrap().to_owned();
    let asked = client.request("GET", "/api/session").bearer_auth(&token);
    seen(&client.run(asked).await);
    let metrics = client.request("GET", "/metrics").bearer_auth(TOKEN);
    let metrics = client.run(metrics).await;
    assert_eq!(metrics.status(), 200);
    seen(&metrics);
    secrets.extend([secret, token]);
    secrets.extend(
        [
            KEY,
            SITE_KEY,
            GUESS,
            PASSCODE,
            SECRET,
            SITE_SECRET,
            MESSAGE,
            ANSWER,
            NOTE,
            ARGUMENT,
            TOKEN,
        ]
        .map(str::to_owned),
    );
    Visit {
        requests,
        run,
        chat_request,
        secrets,
    }
}

fn requests_last(response: &reqwest::Response) -> String {
    let id = response.headers()["x-request-id"].to_str().unwrap();
    id.to_owned()
}

/// A run with a made-up tool, a bad argument, a note, a handoff and an answer.
async fn model() -> Model {
    let save = format!(r#"{{"title": "{NOTE}", "content": "{ARGUMENT}"}}"#);
    Model::new([
        Reply::calls(&[(ARGUMENT, "{}"), ("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &format!(r#"{{"title": "{ARGUMENT}"#))]),
        Reply::calls(&[("save_note", &save)]),
        Reply::text(ANSWER).with_usage(20, 5),
    ])
    .await
}

fn assert_hushed(log: &[String], secrets: &[String]) {
    for secret in secrets {
        let found = log.iter().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret} is in the log: {found:?}");
    }
}

#[tokio::test]
async fn json_lines_name_each_request_and_each_run_and_no_secret() {
    let model = model().await;
    let env = [
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "trace"),
        ("METRICS_TOKEN", TOKEN),
    ];
    let program = Program::start(&model.url, &env).await;
    let visit = visit(&program).await;
    let (status, log) = program.end().await;
    assert_eq!(status.code(), Some(0));
    assert_hushed(&log, &visit.secrets);

    let lines: Vec<Value> = log
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    for line in &lines {
        for field in ["timestamp", "level", "target", "message"] {
            assert!(line[field].is_string(), "{field}: {line}");
        }
    }
    let said = |message: &str| -> Vec<&Value> {
        let lines = lines.iter();
        lines.filter(|line| line["message"] == message).collect()
    };
    let requests = said("request answered");
    for id in &visit.requests {
        let of: Vec<_> = requests
            .iter()
            .filter(|l| l["request.id"] == **id)
            .collect();
        assert_eq!(of.len(), 1, "one line for {id}");
        let line = of[0];
        assert!(
            line["http.method"].is_string() && line["http.status"].is_u64(),
            "{line}"
        );
        assert!(line["duration_ms"].is_u64(), "{line}");
    }
    assert_eq!(requests.len(), visit.requests.len());
    assert!(
        requests
            .iter()
            .any(|l| l["http.route"] == "/api/notes/{title}")
    );

    let runs = said("run ended");
    assert_eq!(runs.len(), 1);
    let run = runs[0];
    assert_eq!(run["run.id"], visit.run);
    assert_eq!(run["request.id"], visit.chat_request);
    assert_eq!(run["agents"], "concierge,archivist");
    assert_eq!(
        (&run["turns"], &run["status"]),
        (&json!(4), &json!("completed"))
    );
    assert_eq!(
        (&run["input_tokens"], &run["output_tokens"]),
        (&json!(20), &json!(5))
    );
    assert!(
        run["duration_ms"].is_u64() && run["first_delta_ms"].is_u64(),
        "{run}"
    );
}

/// Directives enable the libraries' own lines as far as possible.
#[tokio::test]
async fn text_lines_at_the_finest_level_hold_no_secret() {
    let model = model().await;
    let env = [
        ("LOG_LEVEL", "trace,smooth_operator=trace"),
        ("METRICS_TOKEN", TOKEN),
    ];
    let program = Program::start(&model.url, &env).await;
    let visit = visit(&program).await;
    let (status, log) = program.end().await;
    assert_eq!(status.code(), Some(0));
    assert_hushed(&log, &visit.secrets);
    for id in visit.requests.iter().chain([&visit.run]) {
        assert!(log.iter().any(|line| line.contains(id)), "{id}");
    }
}

#[tokio::test]
async fn failed_runs_are_traced_with_their_reason() {
    let model = Model::new([Reply::error(401, "hush-detail of the provider")]).await;
    let env = [
        ("LOG_FORMAT", "json"),
        ("LOG_LEVEL", "warn,smooth_operator=info"),
    ];
    let program = Program::start(&model.url, &env).await;
    let client = program.client();
    client.sign_in().await;
    client.save_key(KEY).await;
    let events = client.ask(MESSAGE).await;
    assert_eq!(done(&events)["status"], "failed");
    let (_, log) = program.end().await;
    assert_hushed(&log, &["hush-detail".to_owned(), KEY.to_owned()]);
    let lines = log
        .iter()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    let ended = lines.filter(|line| line["message"] == "run ended");
    let ended: Vec<Value> = ended.collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["status"], "failed");
    assert_eq!(ended[0]["code"], "provider_auth");
}
