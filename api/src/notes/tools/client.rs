//! The agents' client: real MCP over a pipe in memory, so that a remote server could take the
//! place of ours with the same discovery, checks and errors.

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

/// Longest wait for one call.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that wait in the pipe; longer messages go through in parts.
const PIPE_BYTES: usize = 64 * 1024;

/// The tools cannot be used at all. What is wrong goes to the log, never to a model.
#[derive(Debug, thiserror::Error)]
#[error("the note tools could not be connected: {0}")]
pub struct ToolFault(String);

/// A connection to the note tools of one owner. Dropping it ends the server's side as well.
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
    pub(super) async fn connect(server: NoteServer) -> Result<Self, ToolFault> {
        let (near, far) = tokio::io::duplex(PIPE_BYTES);
        let info = Implementation::new("smooth-operator", env!("CARGO_PKG_VERSION"));
        let config = ClientConfig::new(ClientCapabilities::default(), info);
        // Both at once: each waits for the other's first words.
        let (client, server) = tokio::join!(config.serve(near), server.serve(far));
        Ok(Self {
            client: client.map_err(|error| ToolFault(error.to_string()))?,
            _server: server.map_err(|error| ToolFault(error.to_string()))?,
        })
    }

    /// Calls a tool. Whatever goes wrong is an outcome that the model can read.
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

/// A result in our words: the structured content, or its texts when a server gives none.
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
