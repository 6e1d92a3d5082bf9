//! MCP servers of a deployment, through the engine.

use crate::{
    private_sqlite::PrivateFolder,
    support::{
        AgentsFile, Client, Model, Program, Reply, SITE_SECRET, TestServer, ToolServer,
        events::*,
        shop::{answer, interrupt, thread},
    },
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};

/// Sends a message to the clerk of this agents file.
async fn ask(agents: &AgentsFile, replies: Vec<Reply>) -> (Model, TestServer, Vec<Value>) {
    let model = Model::new(replies).await;
    let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
    let events = server.signed_in().await.ask("hello").await;
    assert_eq!(done(&events)["status"], "completed", "{events:#?}");
    (model, server, events)
}

#[tokio::test]
async fn agents_work_without_an_unavailable_server() {
    let model = Model::new([Reply::text("Hello.")]).await;
    let agents = AgentsFile::with_clerk("http://127.0.0.1:9/mcp");
    let server = TestServer::with(&model, &[("AGENTS_FILE", agents.path())]).await;
    let events = server.signed_in().await.ask("hello").await;
    assert_eq!(
        kinds(&events),
        [
            "user_message",
            "agent_updated",
            "notice",
            "content_delta",
            "done"
        ]
    );
    assert_eq!(events[2]["code"], "tools_unavailable");
}

#[tokio::test]
async fn a_server_of_the_older_era_is_used_like_any_other() {
    let tools = ToolServer::of_the_older_era().await;
    let agents = AgentsFile::with_clerk(&tools.url);
    let replies = vec![
        Reply::calls(&[("shop__read", r#"{"q":1}"#), ("shop__ask", "{}")]),
        Reply::text("Found."),
    ];
    let (_, _server, events) = ask(&agents, replies).await;
    let results = of_kind(&events, "tool_result");
    assert_eq!(results[0]["result"], json!({"text": r#"read {"q":1}"#}));
    // This server may not ask: its question would keep the call open.
    assert_eq!(results[1]["is_error"], true, "{results:?}");
}

fn stdio_agents() -> AgentsFile {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stdio_tool_server.py");
    AgentsFile::with_shop(&format!(
        "command = \"python3\"\nargs = [\"{script}\"]\nenv = {{ SHOP_KEY = \"k\" }}"
    ))
}

#[tokio::test]
async fn a_child_process_gets_path_home_and_its_own_variables_only() {
    let replies = vec![Reply::calls(&[("shop__env", "{}")]), Reply::text("Done.")];
    let model = Model::new(replies).await;
    let agents = stdio_agents();
    let path = std::env::var("PATH").unwrap();
    let env = [
        ("AGENTS_FILE", agents.path()),
        ("PATH", &path),
        ("HOME", "/"),
    ];
    let program = Program::start(&model.url, &env).await;
    let client = program.client();
    client.sign_in().await;
    client.save_key("sk-test-integration").await;
    let events = client.ask("hello").await;
    let text = of_kind(&events, "tool_result")[0]["result"]["text"]
        .as_str()
        .unwrap();
    let told: Value = serde_json::from_str(text).unwrap();
    let names = told["env"].as_array().unwrap();
    for given in ["HOME", "PATH", "SHOP_KEY"] {
        assert!(names.contains(&json!(given)), "{given}: {names:?}");
    }
    for ours in [
        "APP_PASSCODE",
        "SESSION_SECRET",
        "OPENAI_BASE_URL",
        "AGENTS_FILE",
    ] {
        assert!(!names.contains(&json!(ours)), "{ours}: {names:?}");
    }
}

#[tokio::test]
async fn a_child_process_that_ends_in_a_call_is_started_again() {
    let replies = vec![
        Reply::calls(&[("shop__exit", "{}")]),
        Reply::calls(&[("shop__env", "{}")]),
        Reply::text("Done."),
    ];
    let (_, _server, events) = ask(&stdio_agents(), replies).await;
    let results = of_kind(&events, "tool_result");
    let broken = results[0]["result"]["error"].as_str().unwrap();
    assert!(broken.contains("not known whether"), "{broken}");
    assert_eq!(results[1]["is_error"], false, "{results:?}");
}

#[tokio::test]
async fn a_notice_says_once_a_run_that_tools_are_missing() {
    let agents = AgentsFile::with_clerk("http://127.0.0.1:9/mcp");
    let replies = vec![
        Reply::calls(&[("save_note", r#"{"title":"a","content":"b"}"#)]),
        Reply::text("Done."),
    ];
    let (_, server, events) = ask(&agents, replies).await;
    assert_eq!(of_kind(&events, "notice").len(), 1);
    let metrics = server.client().get("/metrics").await.text().await.unwrap();
    let away = r#"smooth_operator_mcp_server_away_total{server="shop"} 2"#;
    assert!(metrics.contains(away), "{metrics}");
}

#[tokio::test]
async fn an_agent_has_at_most_128_tools() {
    let tools = ToolServer::start().await;
    for n in 0..200 {
        tools.offer(&format!("more_{n:03}"), "More.");
    }
    let model = Model::new([Reply::text("Hi.")]).await;
    let agents = AgentsFile::with_clerk(&tools.url);
    let program = Program::start(&model.url, &[("AGENTS_FILE", agents.path())]).await;
    let client = program.client();
    client.sign_in().await;
    client.save_key("sk-test-integration").await;
    client.ask("hello").await;
    let request = &model.requests()[0];
    let offered = request["tools"].as_array().unwrap();
    let name = |at: usize| offered[at]["function"]["name"].as_str().unwrap();
    assert_eq!(offered.len(), 128);
    assert_eq!(
        [name(0), name(1), name(2)],
        ["handoff_to_helper", "save_note", "shop__read"]
    );
    let (_, log) = program.end().await;
    let log = log.join("\n");
    assert!(log.contains("shop__more_199") && !log.contains(name(127)));
}

/// The process dies during a call: visitor and model read that its outcome is unknown, and it is
/// not repeated.
#[tokio::test]
async fn a_call_during_which_the_process_dies_is_known_and_not_repeated() {
    for approval in ["never", "writes"] {
        let folder = PrivateFolder::new();
        let tools = ToolServer::start().await;
        tools.offer("hang", "Does not end.");
        let url = &tools.url;
        let agents = AgentsFile::with_shop(&format!("url = \"{url}\"\napproval = \"{approval}\""));
        let hang = Reply::calls(&[("shop__hang", "{}")]);
        let model = Model::new([hang, Reply::text("Let us see.")]).await;
        let database = folder.url();
        let env = [
            ("DATABASE_URL", database.as_str()),
            ("AGENTS_FILE", agents.path()),
        ];
        let program = Program::start(&model.url, &env).await;
        let mut client = program.client();
        client.sign_in().await;
        client.save_key("sk-test-integration").await;
        let mut events = client.chat(json!({"message": "go"})).await;
        let begun = if approval == "never" {
            events.until("tool_call").await
        } else {
            let asked = events.rest().await;
            let allowed = answer(interrupt(&asked), json!({"approved": true}));
            let body = json!({"thread_id": thread(&asked), "resume": [allowed]});
            client.chat(body).await.until("resumed").await
        };
        tools.called("hang").await;
        program.kill().await;

        let program = Program::start(&model.url, &env).await;
        client.url.clone_from(&program.url);
        let thread = thread(&begun);
        let stored = client.json(&format!("/api/threads/{thread}")).await;
        let message = &stored["messages"][1];
        assert_eq!(message["error"]["code"], "run_lost", "{approval}");
        let call = &message["tool_calls"][0];
        assert_eq!(call["is_error"], true);
        let sentence = call["result"]["error"].as_str().unwrap();
        assert!(
            sentence.contains("unknown whether it was done"),
            "{sentence}"
        );

        let next = client
            .chat(json!({"message": "and?", "thread_id": thread}))
            .await
            .rest()
            .await;
        assert_eq!(done(&next)["status"], "completed", "{approval}");
        let told = model.requests().last().unwrap()["messages"].to_string();
        assert!(told.contains("unknown whether it was done"), "{told}");
        assert_eq!(tools.calls(), ["hang"]);
    }
}

/// Starts the program with these agents and their secrets.
async fn serve(model: &Model, agents: &AgentsFile) -> Program {
    let env = [
        ("AGENTS_FILE", agents.path()),
        ("SHOP_TOKEN", "t0ken-of-the-shop"),
        ("SHOP_IDENTITY", "identity-secret-of-the-shop-32-bytes"),
        ("LOG_LEVEL", "trace"),
    ];
    Program::start(&model.url, &env).await
}

fn signing_agents(url: &str) -> AgentsFile {
    AgentsFile::with_shop(&format!(
        "url = \"{url}\"\nbearer_token_env_var = \"SHOP_TOKEN\"\n\
         http_headers = {{ \"x-team\" = \"secret-of-the-team\" }}\n\
         identity_secret_env_var = \"SHOP_IDENTITY\""
    ))
}

/// The user `ann` of a site.
async fn user_of(program: &Program, site: &str) -> Client {
    let client = program.client();
    let body = json!({"site_id": site, "api_key": "sk-test-integration", "user_id": "ann"});
    let request = client.request("POST", "/api/client-secrets").json(&body);
    let issued = client.run(request.bearer_auth(SITE_SECRET)).await;
    let issued: Value = issued.json().await.unwrap();
    let login = json!({"client_secret": issued["client_secret"]});
    assert_eq!(client.post("/api/login", login).await.status(), 200);
    client
}

#[tokio::test]
async fn a_server_learns_who_asks_from_which_site_and_the_log_no_secret() {
    let tools = ToolServer::start().await;
    let agents = signing_agents(&tools.url);
    let read = || Reply::calls(&[("shop__read", "{}")]);
    let found = || Reply::text("Found.");
    let model = Model::new([read(), found(), read(), found(), read(), found()]).await;
    let program = serve(&model, &agents).await;
    let visitor = program.client();
    visitor.sign_in().await;
    visitor.save_key("sk-test-integration").await;
    for client in [
        user_of(&program, "garden").await,
        user_of(&program, "kitchen").await,
        visitor,
    ] {
        assert_eq!(done(&client.ask("find").await)["status"], "completed");
    }
    let key = DecodingKey::from_secret(b"identity-secret-of-the-shop-32-bytes");
    let mut expected = Validation::new(Algorithm::HS256);
    expected.set_audience(&["shop"]);
    expected.set_issuer(&["https://chat.example"]);
    let identities = tools.identities();
    let claims: Vec<Value> = identities
        .iter()
        .map(|jwt| decode(jwt, &key, &expected).unwrap().claims)
        .collect();
    let who: Vec<_> = claims
        .iter()
        .map(|claims| (&claims["sub"], &claims["site"]))
        .collect();
    assert_eq!(who[0], (&json!("ann"), &json!("garden")));
    assert_eq!(who[1], (&json!("ann"), &json!("kitchen")));
    assert!(
        who[2].0.as_str().unwrap().starts_with("visitor:"),
        "{who:?}"
    );
    assert_eq!(who[2].1, &Value::Null);

    let (_, log) = program.end().await;
    let log = log.join("\n");
    assert!(log.contains("run ended"));
    let secrets = ["t0ken-of-the-shop", "secret-of-the-team", "identity-secret"];
    let identities = identities.iter().map(String::as_str);
    for secret in secrets.into_iter().chain(identities) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
