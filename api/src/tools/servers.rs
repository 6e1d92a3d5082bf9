//! All configured MCP servers, as the engine uses them.

use super::{
    CallResult, Caller, PendingQuestion, Reply, ServerOutcome, ServerTool,
    http_client::HttpClient,
    name::model_names,
    server::{Ready, Server},
};
use crate::domain::{JsonObject, ToolSelector, ToolServerSpec};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How long a turn waits for servers to connect and list.
const OFFER_WITHIN: Duration = Duration::from_secs(5);

/// The HTTP client could not be created.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for MCP servers could not be created: {0}")]
pub struct ToolServersError(#[from] reqwest::Error);

/// The tools of all servers that an agent may use in a turn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Offer {
    /// In the order of the file, then of the server's list.
    pub tools: Vec<ServerTool>,
    /// Names of unavailable servers, whose tools are missing.
    pub away: Vec<String>,
}

/// The external MCP servers. Cheap to clone.
#[derive(Clone)]
pub struct ToolServers(Arc<[Arc<Server>]>);

impl ToolServers {
    /// Creates the servers without connecting. `issuer` names this deployment in identities.
    pub fn new(specs: Vec<ToolServerSpec>, issuer: &str) -> Result<Self, ToolServersError> {
        let http = HttpClient::new()?;
        let servers = specs
            .into_iter()
            .map(|spec| Arc::new(Server::new(spec, http.clone(), issuer)));
        Ok(Self(servers.collect()))
    }

    /// The tools that an agent with these `selectors` may call now. Takes at most 5 s, even if
    /// servers are unavailable.
    pub async fn offer(&self, selectors: &[ToolSelector]) -> Offer {
        let asked: Vec<&Arc<Server>> = self
            .0
            .iter()
            .filter(|server| selectors.iter().any(|selector| names(selector, server)))
            .collect();
        let ready = join_all(
            asked
                .iter()
                .map(|server| async { timeout(OFFER_WITHIN, server.ready()).await.ok()?.ok() }),
        )
        .await;
        let mut offer = Offer::default();
        let mut chosen = Vec::new();
        for (server, ready) in asked.into_iter().zip(ready) {
            match ready {
                Some(Ready { tools, .. }) => chosen.push((server, tools)),
                None => offer.away.push(server.spec.name.clone()),
            }
        }
        let tools: Vec<_> = chosen
            .iter()
            .flat_map(|(server, tools)| tools.iter().map(move |tool| (*server, tool)))
            .filter(|(server, tool)| {
                let mut selectors = selectors.iter();
                selectors.any(|selector| selector.selects(&server.spec.name, &tool.name))
            })
            .collect();
        let pairs: Vec<(&str, &str)> = tools
            .iter()
            .map(|(server, tool)| (server.spec.name.as_str(), tool.name.as_str()))
            .collect();
        let offered = tools.iter().zip(model_names(&pairs));
        offer.tools = offered
            .map(|((server, tool), name)| tool.offer(&server.spec.name, name, server.spec.approval))
            .collect();
        offer
    }

    /// Calls `tool` of `server`, or continues a call that asked a question. Every error becomes a
    /// result that the model can read, and no call is made twice.
    pub async fn call(
        &self,
        server: &str,
        tool: &str,
        arguments: JsonObject,
        caller: &Caller,
        answered: Option<(PendingQuestion, Vec<Reply>)>,
    ) -> CallResult {
        match self.0.iter().find(|known| known.spec.name == server) {
            Some(server) => server.call(tool, arguments, caller, answered).await,
            None => CallResult::Done(ServerOutcome::error("There is no such tool any more.")),
        }
    }
}

fn names(selector: &ToolSelector, server: &Server) -> bool {
    matches!(selector, ToolSelector::Server { server: name, .. } if *name == server.spec.name)
}
