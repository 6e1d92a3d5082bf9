//! The tools of a run: which ones an agent is offered, and how they are called.

use super::{
    context::Context,
    offer::{Offer, ServerCall, ToolKind},
};
use crate::{
    agents::Agent,
    domain::{HostPage, OwnerId, PAGE, SiteId, ToolCall, ToolOutcome, ToolSpec},
    notes::tools::ToolClient,
    runs::RunRecord,
    tools::{CallResult, Caller, PendingQuestion, Reply, ServerOutcome},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

const UNREACHABLE: &str = "The tool is having problems. Tell the user, and go on.";

pub(super) struct Toolbox {
    context: Arc<Context>,
    owner: OwnerId,
    caller: Caller,
    page: HostPage,
    /// Connected on the first call.
    notes: Option<ToolClient>,
}

impl Toolbox {
    pub(super) fn new(
        context: Arc<Context>,
        owner: OwnerId,
        caller: Caller,
        page: HostPage,
    ) -> Self {
        Self {
            context,
            owner,
            caller,
            page,
            notes: None,
        }
    }

    pub(super) fn page_context(&self) -> Option<&str> {
        self.page.context.as_deref()
    }

    /// The tools that `agent` may call now: handoffs, notes, the page, then servers in the file's
    /// order.
    pub(super) async fn offer(&self, agent: &Agent) -> Offer {
        let mut offer = Offer::default();
        for (spec, to) in self.context.agents.handoffs(agent) {
            offer.add(spec, ToolKind::Handoff(to));
        }
        for spec in &self.context.note_specs {
            if agent.tools.iter().any(|tool| tool.selects_note(&spec.name)) {
                offer.add(spec.clone(), ToolKind::Note);
            }
        }
        for tool in &self.page.tools {
            if agent
                .tools
                .iter()
                .any(|selector| selector.selects_page(&tool.name))
            {
                let spec = ToolSpec {
                    name: format!("{PAGE}__{}", tool.name),
                    description: tool.description.clone(),
                    parameters: tool.parameters.clone(),
                };
                let read_only = tool.read_only;
                offer.add(spec, ToolKind::Page { read_only });
            }
        }
        let servers = self.context.servers.offer(&agent.tools).await;
        for tool in servers.tools {
            let call = ServerCall {
                server: tool.server,
                tool: tool.tool,
                fingerprint: tool.fingerprint,
                needs_approval: tool.needs_approval,
                is_read_only: tool.is_read_only,
            };
            offer.add(tool.spec, ToolKind::Server(call));
        }
        offer.away = servers.away;
        offer.warn_of_left_out();
        offer
    }

    pub(super) async fn call_note_tool(&mut self, call: &ToolCall) -> ToolOutcome {
        let client = match self.notes.take() {
            Some(client) => client,
            None => {
                let owner = self.owner.clone();
                match self.context.note_tools.connect(owner).await {
                    Ok(client) => client,
                    Err(error) => {
                        tracing::error!(%error, "the note tools could not be connected");
                        return ToolOutcome::error(UNREACHABLE);
                    }
                }
            }
        };
        let client = self.notes.insert(client);
        client.call(&call.tool, call.arguments.clone()).await
    }

    /// Calls a server's tool, or continues a call that asked a question.
    pub(super) async fn call_server(
        &self,
        server: &str,
        tool: &str,
        call: &ToolCall,
        answered: Option<(PendingQuestion, Vec<Reply>)>,
    ) -> CallResult {
        let arguments = call.arguments.clone();
        let servers = &self.context.servers;
        servers
            .call(server, tool, arguments, &self.caller, answered)
            .await
    }
}

pub(super) fn engine_error(sentence: &str) -> ServerOutcome {
    ToolOutcome::error(sentence).into()
}

/// The visitor's identity for MCP servers, without the owner's id.
pub(super) fn caller(run: &RunRecord, user_id: Option<String>, site: Option<SiteId>) -> Caller {
    let subject = user_id.unwrap_or_else(|| {
        let digest = Sha256::digest(format!("caller\0{}", run.owner));
        let hex: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("visitor:{hex}")
    });
    Caller { subject, site }
}
