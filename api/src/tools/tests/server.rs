//! An MCP server with faults that can be switched on.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Redirect, Response},
    routing::any,
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult,
        ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::task::AbortOnDropHandle;

/// A response to the request with this id.
pub(super) type Respond = fn(Value) -> Response;

#[derive(Default)]
pub(super) struct Switches {
    /// Does not support `server/discover`.
    pub(super) legacy: AtomicBool,
    /// Answers every request with a redirect.
    pub(super) redirects: AtomicBool,
    /// Answers every request with 401.
    pub(super) refuses: AtomicBool,
    /// Lists one tool more.
    pub(super) grown: AtomicBool,
    /// How long its list may be cached, in milliseconds; unspecified if zero.
    pub(super) ttl: AtomicUsize,
    pub(super) calls: AtomicUsize,
    pub(super) lists: AtomicUsize,
    /// Requests other than calls that carried an identity, and requests at another address.
    pub(super) identities_elsewhere: AtomicUsize,
    pub(super) redirected: AtomicUsize,
    /// The response to calls of `write`, given the id of the request.
    pub(super) hostile: Mutex<Option<Respond>>,
    /// The tools it lists, if not its own.
    pub(super) listed: Mutex<Option<Value>>,
    /// The headers of the last call, and its `_meta`.
    pub(super) seen: Mutex<Vec<(String, String)>>,
    pub(super) meta: Mutex<Value>,
}

pub(super) struct TestServer {
    pub(super) url: String,
    pub(super) switches: Arc<Switches>,
    _serving: AbortOnDropHandle<()>,
}

impl TestServer {
    pub(super) async fn start() -> Self {
        Self::start_on("127.0.0.1:0").await
    }

    pub(super) async fn start_on(address: &str) -> Self {
        let switches = Arc::<Switches>::default();
        let handler = Handler(Arc::clone(&switches));
        let service = StreamableHttpService::new(
            move || Ok(handler.clone()),
            Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default().with_json_response(true),
        );
        let router = Router::new()
            .route_service("/mcp", service)
            .route("/elsewhere", any(elsewhere))
            .with_state(Arc::clone(&switches))
            .layer(from_fn_with_state(Arc::clone(&switches), behave));
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let serving: JoinHandle<()> = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            url,
            switches,
            _serving: AbortOnDropHandle::new(serving),
        }
    }
}

async fn elsewhere(State(switches): State<Arc<Switches>>) -> &'static str {
    switches.redirected.fetch_add(1, Ordering::Relaxed);
    "stranger"
}

async fn behave(State(switches): State<Arc<Switches>>, request: Request, next: Next) -> Response {
    if switches.redirects.load(Ordering::Relaxed) && request.uri().path() == "/mcp" {
        return Redirect::temporary("/elsewhere").into_response();
    }
    if switches.refuses.load(Ordering::Relaxed) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1024 * 1024).await.unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    if switches.legacy.load(Ordering::Relaxed) && message["method"] == "server/discover" {
        let error = json!({"jsonrpc": "2.0", "id": message["id"],
            "error": {"code": -32601, "message": "Method not found"}});
        return (
            [(header::CONTENT_TYPE, "application/json")],
            error.to_string(),
        )
            .into_response();
    }
    if message["method"] == "tools/call" {
        *switches.seen.lock().unwrap() = head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        *switches.meta.lock().unwrap() = message["params"]["_meta"].clone();
        let hostile = *switches.hostile.lock().unwrap();
        if let (Some(respond), "write") = (hostile, message["params"]["name"].as_str().unwrap()) {
            return respond(message["id"].clone());
        }
    } else if head.headers.contains_key("x-so-identity") {
        switches
            .identities_elsewhere
            .fetch_add(1, Ordering::Relaxed);
    }
    next.run(Request::from_parts(head, Body::from(body))).await
}

#[derive(Clone)]
struct Handler(Arc<Switches>);

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_tool_list_changed()
                .build(),
        )
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        self.0.lists.fetch_add(1, Ordering::Relaxed);
        let mut names = vec!["read", "write", "slow", "fail", "refuse", "ask", "images"];
        if self.0.grown.load(Ordering::Relaxed) {
            names.push("more");
        }
        let listed = self.0.listed.lock().unwrap().clone();
        let tools: Vec<Tool> = match listed {
            Some(tools) => serde_json::from_value(tools).unwrap(),
            None => own_tools(names),
        };
        let mut result = ListToolsResult::with_all_items(tools);
        let ttl = self.0.ttl.load(Ordering::Relaxed);
        result.ttl_ms = (ttl > 0).then_some(ttl as u64);
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        let text = |text: &str| CallToolResult::success(vec![ContentBlock::text(text)]);
        Ok(match request.name.as_ref() {
            "slow" => std::future::pending().await,
            "fail" => CallToolResult::error(vec![ContentBlock::text("It broke.")]).into(),
            "refuse" => return Err(ErrorData::invalid_params("size must be S, M or L", None)),
            "images" => {
                let image = ContentBlock::image("AAAA", "image/png");
                CallToolResult::success(vec![ContentBlock::text("Look:"), image]).into()
            }
            "ask" => match request.input_responses {
                None => CallToolResponse::InputRequired(question()),
                Some(answers) => {
                    let said = json!({"answers": answers, "state": request.request_state});
                    text(&said.to_string()).into()
                }
            },
            other => text(&format!("{other} {}", json!(request.arguments))).into(),
        })
    }
}

fn own_tools(names: Vec<&str>) -> Vec<Tool> {
    let tools = names.into_iter().map(|name| {
        json!({
            "name": name, "description": format!("Does {name}."),
            "inputSchema": {"type": "object"},
            "annotations": {"readOnlyHint": name == "read"},
        })
    });
    serde_json::from_value(tools.collect()).unwrap()
}

fn question() -> InputRequiredResult {
    serde_json::from_value(json!({
        "resultType": "input_required", "requestState": "step-2",
        "inputRequests": {"size": {"method": "elicitation/create", "params": {
            "mode": "form", "message": "Which size?",
            "requestedSchema": {"type": "object", "properties": {
                "size": {"type": "string", "enum": ["S", "M"]}}, "required": ["size"]},
        }}},
    }))
    .unwrap()
}
