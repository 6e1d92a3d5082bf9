//! `/mcp` on a real listener, with third-party clients.

mod python_sdk;
mod server;

use crate::support::{Reply, client::problem, events::of_kind};
use reqwest::{Client, RequestBuilder, StatusCode, header};
use rmcp::{
    RoleClient,
    model::{CallToolRequestParams, ProtocolVersion},
    service::{ClientLifecycleMode, RunningService},
};
use serde_json::{Value, json};
use server::{McpServer, ORIGIN, token};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
    let save = json!({"title": "From the agent", "content": "by an agent"}).to_string();
    let server = McpServer::answering(vec![
        Reply::calls(&[("handoff_to_archivist", "{}")]),
        Reply::calls(&[("save_note", &save), ("list_titles", "{}")]),
        Reply::text("Saved."),
    ])
    .await;
    for (era, lifecycle) in [
        ("2025", ClientLifecycleMode::Initialize),
        ("2026", discover()),
    ] {
        let client = server.client(&server.my_token, lifecycle).await;
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
        let note = json!({"title": era, "content": "by a client"});
        let saved = call(&client, "save_note", note).await;
        assert_eq!(saved, json!({"success": true, "title": era}));
        let missing = call(&client, "get_note", json!({"title": "nothing"})).await;
        assert!(
            missing["error"].as_str().unwrap().contains(era),
            "{missing}"
        );
    }
    let events = server.mine.ask("keep a note").await;
    let results = of_kind(&events, "tool_result");
    let listed = results.last().unwrap()["result"]["titles"]
        .as_array()
        .unwrap();
    assert!(
        listed.contains(&json!("2025")),
        "the agent sees what the client saved: {listed:?}"
    );
    let client = server.client(&server.my_token, discover()).await;
    let found = call(&client, "get_note", json!({"title": "From the agent"})).await;
    assert_eq!(
        found["content"], "by an agent",
        "the client sees what the agent saved"
    );
    let notes = server.mine.json("/api/notes").await;
    assert_eq!(notes["items"].as_array().unwrap().len(), 3);
    let offered = &server.model.requests()[1]["tools"];
    let client_tools = client.list_all_tools().await.unwrap();
    for tool in client_tools {
        let same = offered.as_array().unwrap().iter().any(|offer| {
            offer["function"]["name"] == *tool.name
                && offer["function"]["description"] == json!(tool.description)
        });
        assert!(
            same,
            "the model is offered the server's own list: {}",
            tool.name
        );
    }
}

#[tokio::test]
async fn revoked_and_orphaned_tokens_are_refused() {
    let server = McpServer::start().await;
    assert_eq!(server.request().send().await.unwrap().status(), 200);
    let listed = server.mine.json("/api/mcp-tokens").await;
    assert!(!listed.to_string().contains(&server.my_token), "shown once");
    let id = listed["items"][0]["id"].as_str().unwrap();
    assert!(listed["items"][0]["last_used_at"].is_string());
    assert_eq!(
        server
            .mine
            .delete(&format!("/api/mcp-tokens/{id}"))
            .await
            .status(),
        204
    );
    problem(server.request().send().await.unwrap(), 401, "not_signed_in").await;
    let second = token(&server.mine).await;
    let request = || {
        server
            .bare()
            .header("content-type", "application/json")
            .bearer_auth(&second)
    };
    assert_eq!(request().send().await.unwrap().status(), 200);
    assert_eq!(
        server.mine.post("/api/logout", json!({})).await.status(),
        204
    );
    problem(request().send().await.unwrap(), 401, "not_signed_in").await;
}

#[tokio::test]
async fn a_token_gives_access_to_its_owners_notes_only() {
    let server = McpServer::start().await;
    let mine = server.client(&server.my_token, discover()).await;
    let theirs = server.client(&server.their_token, discover()).await;
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
                .header("origin", "https://chat.example.evil"),
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
            json_type(server.bare()).basic_auth(&server.my_token, Some(&server.my_token)),
            401,
            "not_signed_in",
        ),
        (
            "cookie alone",
            json_type(server.bare())
                .header("cookie", format!("__Host-so_session={}", server.my_token)),
            401,
            "not_signed_in",
        ),
        (
            "token in the URL",
            json_type(server.bare()).query(&[
                ("token", &server.my_token),
                ("access_token", &server.my_token),
            ]),
            401,
            "not_signed_in",
        ),
        (
            "no content type",
            server.bare().bearer_auth(&server.my_token),
            415,
            "unsupported_media_type",
        ),
        (
            "form",
            server
                .bare()
                .bearer_auth(&server.my_token)
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
        let text = answer.text().await.unwrap();
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
                .header("authorization", format!("BEARER {}", server.my_token)),
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
async fn accepts_json_or_anything_as_the_kind_of_answer() {
    let server = McpServer::start().await;
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string();
    let ask = async |accept: &str| {
        let mut stream = tokio::net::TcpStream::connect(server.address())
            .await
            .unwrap();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{accept}\
             authorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{list}",
            server.my_token,
            list.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    for accept in [
        "",
        "accept: */*\r\n",
        "accept: application/json\r\n",
        "accept: Application/JSON;q=0.9, text/plain\r\n",
        "accept: text/html\r\naccept: application/*\r\n",
    ] {
        let answer = ask(accept).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{accept}{answer}");
        assert!(answer.contains("list_titles"), "{accept}{answer}");
    }
    assert!(
        ask("accept: text/html\r\n")
            .await
            .starts_with("HTTP/1.1 406")
    );
}
