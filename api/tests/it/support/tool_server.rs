//! An MCP server with tools and behaviour chosen by a test; it records calls.

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::Request,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
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
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

const TIMEOUT: Duration = Duration::from_secs(20);

/// Serves until the runtime ends.
#[derive(Clone)]
pub struct ToolServer {
    pub url: String,
    tools: Arc<Mutex<Vec<Value>>>,
    calls: watch::Sender<Vec<String>>,
    identities: Arc<Mutex<Vec<String>>>,
}

impl ToolServer {
    /// A server of 2026-07-28 with a tool that reads, one that writes and one that asks.
    pub async fn start() -> Self {
        Self::serve(|router| router).await
    }

    /// The same in the protocol of 2025, which knows only `initialize`.
    pub async fn of_the_older_era() -> Self {
        Self::serve(|router| router.layer(from_fn(without_discovery))).await
    }

    async fn serve(adapt: impl FnOnce(Router) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}/mcp", listener.local_addr().unwrap()),
            tools: Arc::default(),
            calls: watch::Sender::default(),
            identities: Arc::default(),
        };
        for name in ["read", "write", "ask"] {
            server.offer(name, &format!("Does {name}."));
        }
        let handler = server.clone();
        let service = StreamableHttpService::new(
            move || Ok(handler.clone()),
            Arc::new(LocalSessionManager::default()),
            StreamableHttpServerConfig::default().with_json_response(true),
        );
        let router = adapt(Router::new().route_service("/mcp", service));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// Offers a tool from the next turn on, in place of one of the same name. `ask` and `insist`
    /// ask the visitor once and twice, `open` asks to open an address, `refuse` fails with a
    /// JSON-RPC error, `hang` does not end; all but `write`, `refuse` and `hang` say that they are
    /// read-only.
    pub fn offer(&self, name: &str, description: &str) {
        let tool = json!({
            "name": name, "description": description, "inputSchema": {"type": "object"},
            "annotations": {"readOnlyHint": !["write", "refuse", "hang"].contains(&name)},
        });
        let mut tools = self.tools.lock().unwrap();
        match tools.iter_mut().find(|known| known["name"] == name) {
            Some(known) => *known = tool,
            None => tools.push(tool),
        }
    }

    /// No longer offers a tool.
    pub fn withdraw(&self, name: &str) {
        self.tools
            .lock()
            .unwrap()
            .retain(|tool| tool["name"] != name);
    }

    /// The names of the tools that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// The JWT of each call that had one, in order.
    pub fn identities(&self) -> Vec<String> {
        self.identities.lock().unwrap().clone()
    }

    /// Resolves when a tool of that name has been called.
    pub async fn called(&self, name: &str) {
        let mut calls = self.calls.subscribe();
        let called = calls.wait_for(|calls| calls.iter().any(|call| call == name));
        tokio::time::timeout(TIMEOUT, called)
            .await
            .expect("a call in time")
            .unwrap();
    }
}

impl ServerHandler for ToolServer {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = Value::from(self.tools.lock().unwrap().clone());
        let tools: Vec<Tool> = serde_json::from_value(tools).unwrap();
        let mut result = ListToolsResult::with_all_items(tools);
        // Good for no time at all, so that each turn sees what the test has changed.
        result.ttl_ms = Some(0);
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let head = context.extensions.get::<http::request::Parts>();
        let identity = head.and_then(|head| head.headers.get("x-so-identity"));
        let identity = identity.map(|jwt| jwt.to_str().unwrap().to_owned());
        self.identities.lock().unwrap().extend(identity);
        let name = request.name.to_string();
        self.calls.send_modify(|calls| calls.push(name.clone()));
        let text = |text: String| CallToolResult::success(vec![ContentBlock::text(text)]).into();
        let state = request.request_state.as_deref();
        Ok(match (name.as_str(), state) {
            ("ask" | "insist", None) => CallToolResponse::InputRequired(question("step-2")),
            ("insist", Some("step-2")) => CallToolResponse::InputRequired(question("step-3")),
            ("ask" | "insist", state) => {
                text(json!({"answers": request.input_responses, "state": state}).to_string())
            }
            ("open", None) => CallToolResponse::InputRequired(address()),
            ("open", _) => text(json!(request.input_responses).to_string()),
            ("refuse", _) => {
                return Err(ErrorData::invalid_params("size must be S, M or L", None));
            }
            ("hang", _) => std::future::pending().await,
            (name, _) => text(format!(
                "{name} {}",
                Value::from(request.arguments.unwrap_or_default())
            )),
        })
    }
}

fn address() -> InputRequiredResult {
    serde_json::from_value(json!({
        "resultType": "input_required", "requestState": "opening",
        "inputRequests": {"pay": {"method": "elicitation/create", "params": {
            "mode": "url", "message": "Pay there.", "url": "https://pay.example/7",
            "elicitationId": "7",
        }}},
    }))
    .unwrap()
}

fn question(state: &str) -> InputRequiredResult {
    serde_json::from_value(json!({
        "resultType": "input_required", "requestState": state,
        "inputRequests": {"size": {"method": "elicitation/create", "params": {
            "mode": "form", "message": "Which size?",
            "requestedSchema": {"type": "object", "properties": {
                "size": {"type": "string", "enum": ["S", "M"]}}, "required": ["size"]},
        }}},
    }))
    .unwrap()
}

/// Answers `server/discover` as a server does that has never heard of it.
async fn without_discovery(request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1024 * 1024).await.unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    if message["method"] == "server/discover" {
        let error = json!({"code": -32601, "message": "Method not found"});
        return Json(json!({"jsonrpc": "2.0", "id": message["id"], "error": error}))
            .into_response();
    }
    next.run(Request::from_parts(head, Body::from(body))).await
}
