//! An external MCP server as the deployment describes it.

use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};

/// A server of `[mcp_servers]`, checked: its secrets are read from the environment already.
#[derive(Debug, Clone)]
pub struct ToolServerSpec {
    /// `[a-z0-9-]{1,20}`, unique, never `page`.
    pub name: String,
    /// How it is reached.
    pub transport: ToolTransport,
    /// Only these tools are offered; all when `None`.
    pub enabled: Option<Vec<String>>,
    /// These tools are never offered.
    pub disabled: Vec<String>,
    /// Which calls the visitor is asked about.
    pub approval: Approval,
    /// Longest wait for one call.
    pub timeout: Duration,
    /// Signs who asks; no identity is sent without it.
    pub identity_secret: Option<SecretString>,
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub enum ToolTransport {
    /// Streamable HTTP.
    Http {
        /// The address of its MCP endpoint.
        url: String,
        /// Sent as `Authorization: Bearer`.
        bearer_token: Option<SecretString>,
        /// Sent with every request; values may be secrets.
        headers: BTreeMap<String, SecretString>,
    },
    /// A child process that speaks over its standard input and output.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// All it gets of the environment besides `PATH` and `HOME`.
        env: BTreeMap<String, SecretString>,
    },
}

/// Which calls of a server's tools need the visitor's permission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Approval {
    /// None.
    Never,
    /// Those of tools that do not declare `readOnlyHint`.
    #[default]
    Writes,
    /// All.
    Always,
}
