//! The agents' MCP client, over an in-memory pipe, with the same discovery, checks and errors as
//! for a remote server.

use super::NoteServer;
use crate::domain::{JsonObject, ToolOutcome};
use rmcp::{
    RoleClient, RoleServer, ServiceError, ServiceExt,
    model::{
        CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation,
    },
    service::RunningService,
};
use serde_json::Value;
use std::{fmt, time::Duration};

const CALL_TIMEOUT: Duration = Duration::from_secs(30);
const PIPE_BYTES: usize = 64 * 1024;

/// The tools are unusable. The reason is for the log, never for a model.
#[derive(Debug, thiserror::Error)]
#[error("the note tools could not be connected: {0}")]
pub struct ToolError(String);

/// A connection to an owner's note tools. Dropping it stops the server.
pub struct ToolClient {
    client: RunningService<RoleClient, ClientConfig>,
    _server: RunningService<RoleServer, NoteServer>,
}

impl fmt::Debug for ToolClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToolClient")
    }
}

impl ToolClient {
    pub(super) async fn connect(server: NoteServer) -> Result<Self, ToolError> {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let info = Implementation::new("smooth-operator", env!("CARGO_PKG_VERSION"));
        let config = ClientConfig::new(ClientCapabilities::default(), info);
        // Concurrently, since each side waits for the other's handshake.
        let (client, server) = tokio::join!(config.serve(near), server.serve(far));
        Ok(Self {
            client: client.map_err(|error| ToolError(error.to_string()))?,
            _server: server.map_err(|error| ToolError(error.to_string()))?,
        })
    }

    /// Calls a tool. Every error becomes a result that the model can read.
    pub async fn call(&self, name: &str, arguments: JsonObject) -> ToolOutcome {
        let request = CallToolRequestParams::new(name.to_owned()).with_arguments(arguments);
        match tokio::time::timeout(CALL_TIMEOUT, self.client.peer().call_tool(request)).await {
            Ok(Ok(result)) => outcome(result),
            Ok(Err(ServiceError::McpError(error))) => {
                tracing::warn!(
                    tool = name,
                    code = error.code.0,
                    "a tool server refused a call"
                );
                ToolOutcome::error("The tool refused this call. Check its name and arguments.")
            }
            Ok(Err(error)) => {
                tracing::error!(tool = name, %error, "a tool call failed");
                ToolOutcome::error(
                    "The tool is not reachable at the moment. Tell the user to try again later.",
                )
            }
            Err(_) => {
                tracing::error!(tool = name, "a tool call took too long");
                ToolOutcome::error(
                    "The tool did not answer in time; it is not known whether the call took effect. \
                     Tell the user to try again later.",
                )
            }
        }
    }
}

/// The structured content, or the texts if there is none.
fn outcome(result: CallToolResult) -> ToolOutcome {
    let is_error = result.is_error.unwrap_or(false);
    if let Some(Value::Object(object)) = result.structured_content {
        return ToolOutcome {
            result: object,
            is_error,
        };
    }
    let texts: Vec<_> = result
        .content
        .iter()
        .filter_map(|block| block.as_text())
        .map(|text| text.text.as_str())
        .collect();
    let field = if is_error { "error" } else { "text" };
    let mut object = JsonObject::new();
    object.insert(field.to_owned(), Value::String(texts.join("\n")));
    ToolOutcome {
        result: object,
        is_error,
    }
}
