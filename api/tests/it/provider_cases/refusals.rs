//! Refusals of every class: the next request, and the message for the visitor.

use super::server::{Answer, Asked, RuledProvider};
use crate::support::{AgentsFile, Client, TestServer, client::problem, events::*};
use serde_json::{Value, json};

/// A server with this provider, and a visitor without a key.
async fn stranger(provider: &RuledProvider, api: &str) -> (TestServer, Client) {
    let server = TestServer::at(&provider.url, &[("OPENAI_API", api)]).await;
    let client = server.client();
    client.sign_in().await;
    (server, client)
}

async fn save_key(client: &Client) -> reqwest::Response {
    let key = json!({"api_key": "sk-test-integration"});
    client.post("/api/settings", key).await
}

fn error_code(events: &[Value]) -> Option<&str> {
    of_kind(events, "error").first()?["code"].as_str()
}

fn has_tools(asked: &Asked) -> bool {
    asked.body.get("tools").is_some()
}

fn openai(message: &str) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}})
}

#[tokio::test]
async fn a_bad_key_is_rejected_whatever_the_status() {
    let google = json!([{"error": {
        "code": 400,
        "message": "API key not valid. Please pass a valid API key.",
        "status": "INVALID_ARGUMENT",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"}],
    }}]);
    for (status, body) in [
        (400, google),
        (
            400,
            json!({"error": {"code": 400, "message": "API Key not found. Please pass a valid API key.", "status": "INVALID_ARGUMENT"}}),
        ),
        (
            400,
            json!({"error": {"message": "Incorrect API key provided: sk-…", "code": "invalid_api_key"}}),
        ),
        (422, json!({"detail": "The API key is invalid."})),
        (
            400,
            json!({"error_msg": "invalid access token or no longer valid", "error_code": 110}),
        ),
        (500, json!({"error": "Unauthorized: invalid api_key"})),
        (
            400,
            json!({"code": "Client specified an invalid argument", "error": "Incorrect API key provided: xa***."}),
        ),
        (
            400,
            json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}]}),
        ),
        (
            400,
            json!({"error": {"message": "Invalid token", "type": "one_api_error"}}),
        ),
        (
            200,
            json!({"base_resp": {"status_code": 2049, "status_msg": "invalid api key"}}),
        ),
    ] {
        let refused = body.clone();
        let provider = RuledProvider::start(move |_, _| Answer::json(status, &refused)).await;
        let (_server, client) = stranger(&provider, "auto").await;
        problem(save_key(&client).await, 422, "api_key_rejected").await;
        assert_eq!(
            client.json("/api/session").await["has_api_key"],
            false,
            "{body}"
        );

        let refused = body.clone();
        let provider = RuledProvider::start(move |asked, _| match asked.path.as_str() {
            "/models" => Answer::models(),
            _ => Answer::json(status, &refused),
        })
        .await;
        let (_server, client) = stranger(&provider, "auto").await;
        assert_eq!(save_key(&client).await.status(), 200);
        let events = client.ask("Hello").await;
        assert_eq!(error_code(&events), Some("provider_auth"), "{body}");
    }
}

#[tokio::test]
async fn a_long_prompt_is_tried_once_more_shorter() {
    for (status, body) in [
        (
            400,
            json!([{"error": {"code": 400, "message": "The input token count (1300123) exceeds the maximum number of tokens allowed (1048576).", "status": "INVALID_ARGUMENT"}}]),
        ),
        (
            400,
            openai("prompt is too long: 212003 tokens > 200000 maximum"),
        ),
        (
            400,
            openai(
                "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens.",
            ),
        ),
        (
            500,
            json!({"error": {"code": 500, "message": "the request exceeds the available context size, try increasing it", "type": "exceed_context_size_error"}}),
        ),
        (
            422,
            json!({"detail": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens"}),
        ),
        (413, json!({"error": "Request too large"})),
        (
            400,
            openai("Invalid request: Your request exceeded model token limit: 8192"),
        ),
        (
            400,
            json!({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": "{\"message\":\"Input is too long for requested model.\"}"}}}),
        ),
        (
            200,
            json!({"error": {"message": "The prompt (9000 tokens) does not fit into 8192"}}),
        ),
        (
            400,
            openai(
                "Requested token count exceeds the model's maximum context length of 32768 tokens.",
            ),
        ),
    ] {
        let refused = body.clone();
        let provider = RuledProvider::start(move |asked, number| match number {
            _ if asked.path == "/models" => Answer::models(),
            0 => Answer::text(&"word ".repeat(200)),
            _ => Answer::json(status, &refused),
        })
        .await;
        let (_server, client) = stranger(&provider, "auto").await;
        save_key(&client).await;
        let thread = client.ask("One").await[0]["thread_id"].clone();
        let next = json!({"message": "Two", "thread_id": thread});
        let events = client.chat(next).await.rest().await;
        assert_eq!(error_code(&events), Some("context_too_long"), "{body}");
        let asked = provider.asked();
        assert_eq!(asked.len(), 3, "one shorter try: {body}");
        let length = |n: usize| asked[n].body["messages"].to_string().len();
        assert!(length(2) < length(1), "{body}");
    }
}

#[tokio::test]
async fn a_model_without_tools_is_asked_without_them() {
    for (status, body) in [
        (400, openai("models/little:1b does not support tools")),
        (
            404,
            openai("No endpoints found that support tool use. Try disabling \"save_note\"."),
        ),
        (
            400,
            json!({"object": "error", "message": "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set", "type": "BadRequestError", "code": 400}),
        ),
        (
            500,
            json!({"error": {"code": 500, "message": "tools param requires --jinja flag", "type": "server_error"}}),
        ),
        (
            422,
            json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "tools"], "msg": "Extra inputs are not permitted"}]}),
        ),
        (
            400,
            json!({"error": "tool use is not supported for this model"}),
        ),
        (
            400,
            json!({"detail": "Invalid request: Function calling is not yet implemented for stream mode."}),
        ),
        (
            500,
            json!({"error": {"message": "Unsupported tool_call_parser: None", "code": 500}}),
        ),
        (
            400,
            json!({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": "This model doesn't support tool use in streaming mode."}}}),
        ),
    ] {
        let refused = body.clone();
        let provider = RuledProvider::start(move |asked, _| match asked.path.as_str() {
            "/models" => Answer::models(),
            _ if has_tools(asked) => Answer::json(status, &refused),
            _ => Answer::text("Hello there."),
        })
        .await;
        let (_server, client) = stranger(&provider, "auto").await;
        save_key(&client).await;
        for n in 1..=2 {
            let events = client.ask("Hello").await;
            assert_eq!(text(&events), "Hello there.", "{body}: {events:?}");
            let notices = of_kind(&events, "notice");
            assert_eq!(notices.len(), 1, "{body}");
            assert_eq!(notices[0]["code"], "model_without_tools");
            assert_eq!(provider.asked().len(), 1 + n, "learned: {body}");
        }
    }
}

#[tokio::test]
async fn an_address_without_such_an_api_is_named() {
    for (status, content_type, body) in [
        (404, "text/plain", "404 page not found"),
        (404, "application/json", r#"{"detail":"Not Found"}"#),
        (404, "text/html", "<html><title>404</title></html>"),
        (
            405,
            "application/json",
            r#"{"detail":"Method Not Allowed"}"#,
        ),
        (
            404,
            "application/json",
            r#"{"error":{"message":"Unknown request URL: POST /chat/completions. Please check the URL for typos.","type":"invalid_request_error","param":null,"code":"unknown_url"}}"#,
        ),
        (404, "application/json", ""),
        (
            404,
            "text/html",
            "<p>The requested URL /models was not found on this server.</p>",
        ),
        (
            200,
            "application/json",
            r#"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#,
        ),
    ] {
        let missing = Answer::Whole(status, content_type.to_owned(), body.to_owned());
        let answer = missing.clone();
        let provider = RuledProvider::start(move |_, _| answer.clone()).await;
        let (_server, client) = stranger(&provider, "auto").await;
        let told = problem(save_key(&client).await, 502, "provider_unavailable").await;
        assert!(
            told["detail"].as_str().unwrap().contains("OPENAI_BASE_URL"),
            "{body}: {told}"
        );
        assert_eq!(
            client.json("/api/session").await["has_api_key"],
            false,
            "{body}"
        );

        let answer = missing.clone();
        let provider = RuledProvider::start(move |asked, _| match asked.path.as_str() {
            "/models" => Answer::models(),
            _ => answer.clone(),
        })
        .await;
        let (_server, client) = stranger(&provider, "auto").await;
        save_key(&client).await;
        let events = client.ask("Hello").await;
        assert_eq!(
            error_code(&events),
            Some("provider_error"),
            "{body}: {events:?}"
        );
        let told = &of_kind(&events, "error")[0]["message"];
        assert!(
            told.as_str().unwrap().contains("OPENAI_BASE_URL"),
            "{body}: {told}"
        );
    }
}

#[tokio::test]
async fn tools_with_reasoning_go_to_responses_or_do_without_reasoning() {
    for message in [
        "Function tools with reasoning_effort are not supported for gpt-5.6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        "Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead.",
        "Reasoning models take function tools in the Responses API only; set `reasoning_effort` to `none` or call /v1/responses.",
        "tools with reasoning are supported on the responses endpoint only",
    ] {
        for (api, path) in [("auto", "/responses"), ("chat", "/chat/completions")] {
            let provider = RuledProvider::start(move |asked, _| match asked.path.as_str() {
                "/models" => Answer::models(),
                "/responses" => Answer::response("Hello there."),
                _ if has_tools(asked) && asked.body["reasoning_effort"] != "none" => {
                    Answer::json(400, &openai(message))
                }
                _ => Answer::text("Hello there."),
            })
            .await;
            let (_server, client) = stranger(&provider, api).await;
            save_key(&client).await;
            for n in 1..=2 {
                let events = client.ask("Hello").await;
                assert_eq!(
                    text(&events),
                    "Hello there.",
                    "{api}, {message}: {events:?}"
                );
                assert_eq!(error_code(&events), None);
                let asked = provider.asked();
                assert_eq!(asked.len(), 1 + n, "learned: {api}, {message}");
                assert_eq!(asked[n].path, path, "{message}");
                assert!(has_tools(&asked[n]));
            }
        }
    }
}

/// An agent with its own model and effort.
const WITH_EFFORT: &str = r#"
entry = "helper"

[[agents]]
id = "helper"
name = "Helper"
description = "Helps."
model = "test-model"
effort = "low"
instructions = "Help."
tools = []
handoffs = []
"#;

#[tokio::test]
async fn a_refused_field_is_left_out_from_then_on() {
    let file = AgentsFile::of(WITH_EFFORT);
    for (status, body) in [
        (
            400,
            openai("Unrecognized request argument supplied: reasoning_effort"),
        ),
        (
            400,
            openai("Unsupported parameter: 'reasoning_effort' is not supported with this model."),
        ),
        (
            422,
            json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "reasoning_effort"], "msg": "Extra inputs are not permitted"}]}),
        ),
        (
            400,
            json!({"error": {"message": "\"little:1b\" does not support thinking", "type": "api_error"}}),
        ),
        (
            500,
            json!({"error": {"message": "unknown field: reasoning_effort", "code": 500}}),
        ),
    ] {
        let refused = body.clone();
        let provider = RuledProvider::start(move |asked, _| match asked.path.as_str() {
            "/models" => Answer::models(),
            _ if asked.body.get("reasoning_effort").is_some() => Answer::json(status, &refused),
            _ => Answer::text("Hello there."),
        })
        .await;
        let server = TestServer::at(&provider.url, &[("AGENTS_FILE", file.path())]).await;
        let client = server.signed_in().await;
        for n in 1..=2 {
            let events = client.ask("Hello").await;
            assert_eq!(text(&events), "Hello there.", "{body}: {events:?}");
            let asked = provider.asked();
            assert_eq!(asked[0].body["reasoning_effort"], "low");
            assert_eq!(asked.len(), 1 + n, "learned: {body}");
        }
    }
}
