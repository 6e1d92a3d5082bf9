//! The shop's tools, as clients list them.

use rmcp::model::Tool;
use serde_json::{Value, json};

/// Tools that change nothing declare it, so the chat calls them without asking.
pub(crate) fn list() -> Vec<Tool> {
    [
        tool(
            "search",
            "Finds plants by name. Gives number, price in cents, stock and care.",
            json!({"query": {"type": "string", "description": "Words of the name; empty for all"}}),
            true,
        ),
        tool(
            "order_status",
            "Tells where an order is.",
            json!({"order": {"type": "string", "description": "The order's number"}}),
            true,
        ),
        tool(
            "cancel_order",
            "Cancels an order. It cannot be undone.",
            json!({"order": {"type": "string", "description": "The order's number"}}),
            false,
        ),
        tool(
            "reserve",
            "Puts a plant aside until tomorrow. Asks for a name and the number of pieces.",
            json!({"sku": {"type": "string", "description": "The plant's number"}}),
            true,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tool(name: &str, description: &str, properties: Value, read_only: bool) -> Option<Tool> {
    let required: Vec<&String> = properties.as_object()?.keys().collect();
    serde_json::from_value(json!({
        "name": name,
        "description": description,
        "inputSchema": {"type": "object", "properties": properties, "required": required},
        "annotations": {"readOnlyHint": read_only},
    }))
    .ok()
}

pub(crate) fn reservation_form(plant: &str) -> Value {
    json!({"reservation": {"method": "elicitation/create", "params": {
        "mode": "form",
        "message": format!("For whom shall we put the {plant} aside?"),
        "requestedSchema": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "title": "Your name", "maxLength": 80},
                "pieces": {"type": "integer", "title": "Pieces", "minimum": 1, "maximum": 5},
                "gift": {"type": "boolean", "title": "It is a gift"},
            },
            "required": ["name", "pieces"],
        },
    }}})
}
