//! An MCP server with a tool that reads, one that writes and one that asks; it records calls.

use axum::Router;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult,
        ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The server. It serves until the runtime ends.
#[derive(Clone, Default)]
pub struct ToolServer {
    pub url: String,
    calls: Arc<Mutex<Vec<String>>>,
}

impl ToolServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}/mcp", listener.local_addr().unwrap()),
            calls: Arc::default(),
        };
        let handler = server.clone();
        let service = StreamableHttpService::new(
            move || Ok(handler.clone()),
            Arc::new(NeverSessionManager::default()),
            StreamableHttpServerConfig::default()
                .with_legacy_session_mode(false)
                .with_json_response(true),
        );
        let router = Router::new().route_service("/mcp", service);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// The names of the called tools, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
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
        let tools: Vec<Tool> = ["read", "write", "ask"]
            .into_iter()
            .map(|name| {
                serde_json::from_value(json!({
                    "name": name, "description": format!("Does {name}."),
                    "inputSchema": {"type": "object"},
                    "annotations": {"readOnlyHint": name != "write"},
                }))
                .unwrap()
            })
            .collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.lock().unwrap().push(request.name.to_string());
        let text = |text: String| CallToolResult::success(vec![ContentBlock::text(text)]).into();
        Ok(match (request.name.as_ref(), request.input_responses) {
            ("ask", None) => CallToolResponse::InputRequired(question()),
            ("ask", Some(answers)) => {
                text(json!({"answers": answers, "state": request.request_state}).to_string())
            }
            (name, _) => text(format!(
                "{name} {}",
                Value::from(request.arguments.unwrap_or_default())
            )),
        })
    }
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
