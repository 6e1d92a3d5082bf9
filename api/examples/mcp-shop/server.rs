//! The shop as an MCP server.

use crate::{calls::Calls, catalogue, orders::Orders, tools};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult,
        InputResponses, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Shared by all callers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Shop {
    orders: Arc<Orders>,
    calls: Arc<Calls>,
    pause: Duration,
}

impl Shop {
    pub(crate) fn new(calls: Arc<Calls>, pause: Duration) -> Self {
        Self {
            orders: Arc::default(),
            calls,
            pause,
        }
    }
}

impl ServerHandler for Shop {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let mut result = ListToolsResult::with_all_items(tools::list());
        result.ttl_ms = Some(60_000);
        Ok(result)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        self.calls.count(&request);
        // A sleep takes a millisecond at least.
        if !self.pause.is_zero() {
            tokio::time::sleep(self.pause).await;
        }
        let text = |name: &str| {
            let arguments = request.arguments.as_ref();
            let value = arguments.and_then(|arguments| arguments.get(name)?.as_str());
            value.ok_or_else(|| ErrorData::invalid_params(format!("`{name}` is missing."), None))
        };
        match request.name.as_ref() {
            "search" => {
                let plants = catalogue::search(text("query")?);
                Ok(structured(json!({"plants": plants})).into())
            }
            "order_status" => {
                let order = text("order")?;
                Ok(match self.orders.state(order) {
                    Some(state) => structured(json!({"order": order, "state": state})).into(),
                    None => failed("There is no such order.").into(),
                })
            }
            "cancel_order" => Ok(if self.orders.cancel(text("order")?) {
                structured(json!({"cancelled": true})).into()
            } else {
                failed("There is no such order.").into()
            }),
            "reserve" => Ok(reserve(text("sku")?, request.input_responses.as_ref())),
            other => Err(ErrorData::invalid_params(
                format!("There is no tool {other}."),
                None,
            )),
        }
    }
}

/// Asks on the first call, and reserves on the call with the answer.
fn reserve(sku: &str, answers: Option<&InputResponses>) -> CallToolResponse {
    let Some(plant) = catalogue::find(sku) else {
        return failed("There is no such plant.").into();
    };
    let Some(answer) = answers.and_then(|answers| answers.get("reservation")) else {
        let requests = serde_json::from_value(tools::reservation_form(plant.name)).ok();
        return InputRequiredResult::new(requests, Some(sku.to_owned())).into();
    };
    if answer["action"] != "accept" {
        return failed("The visitor did not want to reserve.").into();
    }
    let (name, pieces) = (&answer["content"]["name"], &answer["content"]["pieces"]);
    structured(json!({"reserved": plant.name, "for": name, "pieces": pieces})).into()
}

fn structured(value: Value) -> CallToolResult {
    CallToolResult::structured(value)
}

fn failed(sentence: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(sentence)])
}
