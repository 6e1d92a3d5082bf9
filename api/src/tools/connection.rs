//! A connection to an MCP server, in the newest protocol that it supports.

use super::{definition::Definition, http_client::HttpClient, identity::IDENTITY};
use crate::domain::{JsonObject, ToolServerSpec, ToolTransport};
use http::{HeaderName, HeaderValue};
use rmcp::{
    ClientHandler, RoleClient, ServiceError,
    model::{
        CallToolRequestParams, CallToolResponse, ClientCapabilities, ClientConfig, ClientRequest,
        ElicitationCapability, FormElicitationCapability, Implementation, InputResponses,
        ListToolsRequest, PaginatedRequestParams, ProtocolVersion, RequestMetaObject,
        ServerNotification, ServerResult, SubscriptionFilter, UrlElicitationCapability,
    },
    service::{ClientLifecycleMode, ClientServiceExt, NotificationContext, Peer, RunningService},
    transport::{
        StreamableHttpClientTransport, TokioChildProcess,
        streamable_http_client::StreamableHttpClientTransportConfig,
    },
};
use secrecy::ExposeSecret;
use std::{
    collections::{HashMap, HashSet},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{process::Command, task::JoinHandle, time::timeout};
use tokio_util::task::AbortOnDropHandle;

/// Time limit for protocol discovery, so that an older server that does not answer it is still
/// initialised in time.
const DISCOVER_WITHIN: Duration = Duration::from_secs(2);
const ANSWER_MAX_BYTES: usize = 4 * 1024 * 1024;
const CONCURRENT_CALLS: usize = 64;
/// Most pages and tools of a list; the rest is ignored.
const LIST_MAX_PAGES: usize = 50;
const LIST_MAX_TOOLS: usize = 1_000;

/// Why a server is unavailable, for the log.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub(super) struct Away(pub(super) String);

impl Away {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Era {
    /// 2026-07-28: without a session, with questions to the visitor.
    Discover,
    /// Earlier: starts with `initialize`. Elicitation is not declared, since a question would keep
    /// the call open.
    Initialize,
}

/// Notices changes of the list.
struct Listener {
    config: ClientConfig,
    changed: Arc<AtomicBool>,
}

impl ClientHandler for Listener {
    fn get_info(&self) -> ClientConfig {
        self.config.clone()
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.store(true, Ordering::Release);
    }
}

#[derive(Default)]
pub(super) struct CallContext {
    /// A JWT.
    pub(super) identity: Option<String>,
    /// The server's state, with the answers to its questions.
    pub(super) answers: Option<(Option<String>, InputResponses)>,
}

/// An open connection. Dropping it closes it and ends a child process.
pub(super) struct Connection {
    server: String,
    client: RunningService<RoleClient, Listener>,
    _subscription: Option<AbortOnDropHandle<()>>,
}

impl Connection {
    /// Connects. `changed` is set whenever the server announces a changed list.
    pub(super) async fn open(
        spec: &ToolServerSpec,
        http: &HttpClient,
        changed: &Arc<AtomicBool>,
    ) -> Result<Self, Away> {
        let modern = connect(spec, http, changed, Era::Discover);
        let client = match timeout(DISCOVER_WITHIN, modern).await {
            Ok(Ok(client)) => {
                let subscription = subscribe(client.peer().clone(), Arc::clone(changed));
                return Ok(Self {
                    server: spec.name.clone(),
                    client,
                    _subscription: Some(AbortOnDropHandle::new(subscription)),
                });
            }
            Ok(Err(error)) => {
                tracing::debug!(server = spec.name, %error, "not a server of the newest protocol");
                connect(spec, http, changed, Era::Initialize).await?
            }
            Err(_) => connect(spec, http, changed, Era::Initialize).await?,
        };
        Ok(Self {
            server: spec.name.clone(),
            client,
            _subscription: None,
        })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.client.peer().is_transport_closed()
    }

    /// All tools, each once, and how long the server allows to cache the list, in milliseconds.
    ///
    /// Bypasses rmcp's cache, which would still answer when the server is down.
    pub(super) async fn list(&self) -> Result<(Vec<Definition>, Option<u64>), Away> {
        let mut tools: Vec<Definition> = Vec::new();
        let mut seen = HashSet::new();
        let mut ttl: Option<u64> = None;
        let mut cursor = None;
        let mut left_out = 0;
        for page in 0..LIST_MAX_PAGES {
            let params = PaginatedRequestParams::default().with_cursor(cursor);
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(params));
            let result = self.client.peer().send_request(request).await;
            let ServerResult::ListToolsResult(result) = result.map_err(Away::new)? else {
                return Err(Away("the list of tools is not one".to_owned()));
            };
            for tool in &result.tools {
                // Of tools with the same name, a call could only mean one.
                match Definition::new(tool) {
                    Some(tool) if tools.len() < LIST_MAX_TOOLS => {
                        if seen.insert(tool.name.clone()) {
                            tools.push(tool);
                        }
                    }
                    _ => left_out += 1,
                }
            }
            ttl = match page {
                0 => result.ttl_ms,
                _ => ttl.zip(result.ttl_ms).map(|(a, b)| a.min(b)),
            };
            cursor = result.next_cursor;
            if cursor.is_none() || tools.len() >= LIST_MAX_TOOLS {
                break;
            }
        }
        if left_out > 0 {
            tracing::warn!(
                server = self.server,
                left_out,
                "tools with too long a name or too large a schema, or beyond 1,000, are left out"
            );
        }
        Ok((tools, ttl))
    }

    /// Calls a tool once. Dropping the call cancels it on the server.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
        context: CallContext,
    ) -> Result<CallToolResponse, ServiceError> {
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        if let Some(identity) = context.identity {
            let mut meta = RequestMetaObject::new();
            meta.0.0.insert(IDENTITY.to_owned(), identity.into());
            params.meta = Some(meta);
        }
        if let Some((state, responses)) = context.answers {
            if !responses.is_empty() {
                params = params.with_input_responses(responses);
            }
            params.request_state = state;
        }
        self.client.peer().call_tool_once(params).await
    }
}

async fn connect(
    spec: &ToolServerSpec,
    http: &HttpClient,
    changed: &Arc<AtomicBool>,
    era: Era,
) -> Result<RunningService<RoleClient, Listener>, Away> {
    let mut capabilities = ClientCapabilities::default();
    let lifecycle = match era {
        Era::Discover => {
            capabilities.elicitation = Some(
                ElicitationCapability::new()
                    .with_form(FormElicitationCapability::new())
                    .with_url(UrlElicitationCapability::default()),
            );
            ClientLifecycleMode::Discover {
                preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            }
        }
        Era::Initialize => ClientLifecycleMode::Initialize,
    };
    let about = Implementation::new("smooth-operator", env!("CARGO_PKG_VERSION"));
    let listener = Listener {
        config: ClientConfig::new(capabilities, about),
        changed: Arc::clone(changed),
    };
    let client = match &spec.transport {
        ToolTransport::Http { .. } => {
            let transport = http_transport(spec, http)?;
            listener.serve_with_lifecycle(transport, lifecycle).await
        }
        ToolTransport::Stdio { .. } => {
            let transport = child(spec)?;
            listener.serve_with_lifecycle(transport, lifecycle).await
        }
    };
    client.map_err(Away::new)
}

fn http_transport(
    spec: &ToolServerSpec,
    http: &HttpClient,
) -> Result<StreamableHttpClientTransport<HttpClient>, Away> {
    let ToolTransport::Http {
        url,
        bearer_token,
        headers,
    } = &spec.transport
    else {
        return Err(Away("not reached over HTTP".to_owned()));
    };
    let mut custom = HashMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().map_err(Away::new)?;
        let mut value = HeaderValue::from_str(value.expose_secret()).map_err(Away::new)?;
        value.set_sensitive(true);
        custom.insert(name, value);
    }
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.as_str())
        .max_concurrent_requests(CONCURRENT_CALLS)
        .max_json_response_size(ANSWER_MAX_BYTES)
        .max_sse_event_size(ANSWER_MAX_BYTES)
        .custom_headers(custom);
    if let Some(token) = bearer_token {
        config = config.auth_header(token.expose_secret());
    }
    Ok(StreamableHttpClientTransport::with_client(
        http.clone(),
        config,
    ))
}

/// A child process whose environment is `PATH`, `HOME` and the configured variables, without our
/// secrets.
fn child(spec: &ToolServerSpec) -> Result<TokioChildProcess, Away> {
    let ToolTransport::Stdio { command, args, env } = &spec.transport else {
        return Err(Away("not a child process".to_owned()));
    };
    let mut process = Command::new(command);
    process.args(args).env_clear().kill_on_drop(true);
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            process.env(name, value);
        }
    }
    for (name, value) in env {
        process.env(name, value.expose_secret());
    }
    let spawned = TokioChildProcess::builder(process)
        .stderr(Stdio::null())
        .spawn();
    spawned.map(|(child, _)| child).map_err(Away::new)
}

/// Subscribes to changes of the list while the connection lives. Without subscriptions the list is
/// fetched again when its cache expires.
fn subscribe(peer: Peer<RoleClient>, changed: Arc<AtomicBool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        let Ok(mut subscription) = peer.listen(filter).await else {
            return;
        };
        while let Ok(Some(notification)) = subscription.next().await {
            if let ServerNotification::ToolListChangedNotification(_) = notification {
                changed.store(true, Ordering::Release);
            }
        }
    })
}
