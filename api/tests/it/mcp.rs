//! `/mcp` on a real listener, with clients that are not ours.

mod python_sdk;
mod server;

use reqwest::{Client, RequestBuilder, StatusCode, header};
use rmcp::{
    RoleClient,
    model::{CallToolRequestParams, ProtocolVersion},
    service::{ClientLifecycleMode, RunningService},
};
use serde_json::{Value, json};
use server::{McpServer, ORIGIN};

fn discover() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

fn arguments(value: Value) -> rmcp::model::JsonObject {
    let Value::Object(object) = value else {
        panic!("an object")
    };
    object
}

async fn call(client: &RunningService<RoleClient, ()>, tool: &'static str, with: Value) -> Value {
    let result = client
        .call_tool(CallToolRequestParams::new(tool).with_arguments(arguments(with)))
        .await
        .unwrap();
    let structured = result.structured_content.unwrap();
    let text = result.content[0].as_text().unwrap().text.clone();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        structured,
        "for clients that read texts only"
    );
    structured
}

#[tokio::test]
async fn rmcp_clients_of_both_eras_and_agents_share_the_notes() {
    let server = McpServer::start().await;
    let agent = server
        .tools
        .connect(server.owners["token-a"].clone())
        .await
        .unwrap();
    for (era, lifecycle) in [
        ("2025", ClientLifecycleMode::Initialize),
        ("2026", discover()),
    ] {
        let client = server.client("token-a", lifecycle).await;
        let info = client.peer_info().unwrap();
        assert_eq!(
            info.server_info.as_ref().unwrap().name,
            "smooth-operator-notes",
            "{era}"
        );

        let tools: Vec<_> = client
            .list_all_tools()
            .await
            .unwrap()
            .into_iter()
            .map(|tool| tool.name)
            .collect();
        assert_eq!(tools, ["get_note", "list_titles", "save_note"], "{era}");

        let saved = call(
            &client,
            "save_note",
            json!({"title": era, "content": "by a client"}),
        )
        .await;
        assert_eq!(saved, json!({"success": true, "title": era}));
        let found = agent
            .call("get_note", arguments(json!({"title": era})))
            .await;
        assert_eq!(found.result["content"], "by a client", "{era}");

        agent
            .call(
                "save_note",
                arguments(json!({"title": era, "content": "by an agent"})),
            )
            .await;
        let found = call(&client, "get_note", json!({"title": era})).await;
        assert_eq!(found["content"], "by an agent", "{era}");
        let missing = call(&client, "get_note", json!({"title": "nothing"})).await;
        assert!(
            missing["error"].as_str().unwrap().contains(era),
            "{missing}"
        );
    }
}

#[tokio::test]
async fn a_token_opens_the_notes_of_its_owner_only() {
    let server = McpServer::start().await;
    let mine = server.client("token-a", discover()).await;
    let theirs = server.client("token-b", discover()).await;
    call(
        &theirs,
        "save_note",
        json!({"title": "Theirs", "content": "x"}),
    )
    .await;
    assert_eq!(
        call(&mine, "list_titles", json!({})).await,
        json!({"titles": []})
    );
    assert!(call(&mine, "get_note", json!({"title": "Theirs"})).await["error"].is_string());
}

#[tokio::test]
async fn refusals_come_in_the_contracts_form_and_order() {
    let server = McpServer::start().await;
    let json_type =
        |request: RequestBuilder| request.header(header::CONTENT_TYPE, "application/json");
    let long = format!("\"{}\"", "x".repeat(256 * 1024));
    let get = Client::new().get(&server.url);
    let delete = Client::new().delete(&server.url);
    let cases: Vec<(&str, RequestBuilder, u16, &str)> = vec![
        ("GET", get, 405, "method_not_allowed"),
        ("DELETE", delete, 405, "method_not_allowed"),
        (
            "foreign origin",
            server.request().header("origin", "https://evil.example"),
            403,
            "origin_not_allowed",
        ),
        (
            "origin with a listed beginning",
            server
                .request()
                .header("origin", "https://app.example.evil"),
            403,
            "origin_not_allowed",
        ),
        (
            "null origin",
            server.request().header("origin", "null"),
            403,
            "origin_not_allowed",
        ),
        (
            "a listed and a foreign origin",
            server
                .request()
                .header("origin", ORIGIN)
                .header("origin", "https://evil.example"),
            403,
            "origin_not_allowed",
        ),
        (
            "foreign origin, no token",
            server.bare().header("origin", "https://evil.example"),
            403,
            "origin_not_allowed",
        ),
        ("no token", json_type(server.bare()), 401, "not_signed_in"),
        (
            "foreign token",
            json_type(server.bare()).bearer_auth("token-c"),
            401,
            "not_signed_in",
        ),
        (
            "empty token",
            json_type(server.bare()).header("authorization", "Bearer "),
            401,
            "not_signed_in",
        ),
        (
            "another scheme",
            json_type(server.bare()).basic_auth("token-a", Some("token-a")),
            401,
            "not_signed_in",
        ),
        (
            "cookie alone",
            json_type(server.bare()).header("cookie", "__Host-so_session=token-a"),
            401,
            "not_signed_in",
        ),
        (
            "token in the URL",
            json_type(server.bare()).query(&[("token", "token-a"), ("access_token", "token-a")]),
            401,
            "not_signed_in",
        ),
        (
            "tokens not reachable",
            json_type(server.bare()).bearer_auth("token-broken"),
            503,
            "overloaded",
        ),
        (
            "no content type",
            server.bare().bearer_auth("token-a"),
            415,
            "unsupported_media_type",
        ),
        (
            "form",
            server
                .bare()
                .bearer_auth("token-a")
                .header(header::CONTENT_TYPE, "text/plain"),
            415,
            "unsupported_media_type",
        ),
        (
            "long body",
            server.request().body(long.clone()),
            413,
            "payload_too_large",
        ),
        (
            "long body, no token",
            json_type(server.bare()).body(long),
            401,
            "not_signed_in",
        ),
        ("no JSON", server.request().body("{"), 400, "malformed_json"),
    ];
    for (what, request, status, code) in cases {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{what}");
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(
            header("content-type").as_deref(),
            Some("application/problem+json"),
            "{what}"
        );
        assert_eq!(
            header("www-authenticate").as_deref(),
            (status == 401).then_some("Bearer"),
            "{what}"
        );
        assert_eq!(
            header("allow").as_deref(),
            (status == 405).then_some("POST"),
            "{what}"
        );
        assert_eq!(header("retry-after").is_some(), status == 503, "{what}");
        let text = answer.text().await.unwrap();
        assert!(!text.contains("10.0.0.7"), "{text}");
        let problem: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&problem["code"], &problem["status"]),
            (&json!(code), &json!(status)),
            "{what}"
        );
    }
}

#[tokio::test]
async fn accepts_listed_origins_public_hosts_and_long_bodies_in_one_json_answer() {
    let server = McpServer::start().await;
    let save = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params":
        {"name": "save_note", "arguments": {"title": "Long", "content": "\u{1}".repeat(40_000)}}});
    assert!(save.to_string().len() > 200_000);
    let cases = [
        ("plain", server.request()),
        ("listed origin", server.request().header("origin", ORIGIN)),
        (
            "public host",
            server.request().header("host", "chat.example.com"),
        ),
        (
            "scheme in capitals",
            server
                .bare()
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .header("authorization", "BEARER token-a"),
        ),
        ("long body", server.request().body(save.to_string())),
    ];
    for (what, request) in cases {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{what}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/json",
            "{what}"
        );
        assert_eq!(answer.headers()["cache-control"], "no-store", "{what}");
        assert!(answer.headers().get("mcp-session-id").is_none(), "{what}");
        let answer: Value = answer.json().await.unwrap();
        assert!(
            answer["result"].is_object() && answer["error"].is_null(),
            "{what}: {answer}"
        );
    }
}

#[tokio::test]
async fn nothing_is_begun_after_the_shutdown() {
    let server = McpServer::start().await;
    server.shutdown.cancel();
    let answer = server.request().send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(
        answer.json::<Value>().await.unwrap()["code"],
        "shutting_down"
    );
}
