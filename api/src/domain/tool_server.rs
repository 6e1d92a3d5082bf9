//! External MCP servers, as the operator configures them.

use secrecy::SecretString;
use std::{collections::BTreeMap, time::Duration};

/// An entry of `[mcp_servers]`, checked, with its secrets already read from the environment.
#[derive(Debug, Clone)]
pub struct ToolServerSpec {
    /// `[a-z0-9-]{1,20}`, unique, never `page`.
    pub name: String,
    /// How to reach it.
    pub transport: ToolTransport,
    /// Only these tools are offered; `None` for all.
    pub enabled: Option<Vec<String>>,
    /// These tools are never offered.
    pub disabled: Vec<String>,
    /// The calls that need the visitor's permission.
    pub approval: Approval,
    /// The time limit of a call.
    pub timeout: Duration,
    /// Signs the visitor's identity; without it none is sent.
    pub identity_secret: Option<SecretString>,
}

/// How to reach a server.
#[derive(Debug, Clone)]
pub enum ToolTransport {
    /// Streamable HTTP.
    Http {
        /// The URL of the MCP endpoint.
        url: String,
        /// The token in `Authorization: Bearer`.
        bearer_token: Option<SecretString>,
        /// Headers of every request; values may be secrets.
        headers: BTreeMap<String, SecretString>,
    },
    /// A child process, over its standard input and output.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// Its environment, apart from `PATH` and `HOME`.
        env: BTreeMap<String, SecretString>,
    },
}

/// Which calls of a server's tools need the visitor's permission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Approval {
    /// None.
    Never,
    /// Calls of tools that do not declare `readOnlyHint`.
    #[default]
    Writes,
    /// All.
    Always,
}
