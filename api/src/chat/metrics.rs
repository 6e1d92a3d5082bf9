//! The log line, metrics and trace of a run.

use super::{context::Context, failure::Outcome};
use crate::{
    agents::Agent,
    domain::{AgentId, InterruptReason, ModelName, PAGE, StoreError, ThreadId, Usage},
    provider::{ProviderError, UsageDetails},
    runs::RunRecord,
    telemetry::{Kind, Meter, RunTrace, Span},
};
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};

/// The metrics of a run. Cheap per delta: only the first one is recorded.
pub(super) struct RunMetrics {
    meter: Meter,
    trace: RunTrace,
    thread: ThreadId,
    request: String,
    clock: Clock,
    first_delta: Option<Duration>,
    agents: Vec<AgentId>,
    turns: usize,
    usage: Option<Usage>,
}

/// Monotonic and wall clock.
#[derive(Clone, Copy)]
struct Clock {
    began: Instant,
    wall: SystemTime,
}

impl Clock {
    fn start() -> Self {
        Self {
            began: Instant::now(),
            wall: SystemTime::now(),
        }
    }
}

impl RunMetrics {
    /// Begins a run. `request` is the id of the HTTP request.
    pub(super) fn begin(context: &Context, run: &RunRecord, request: String) -> Self {
        let meter = context.telemetry.meter.clone();
        meter.run_started();
        Self {
            meter,
            trace: context.telemetry.tracer.run(&run.id),
            thread: run.thread_id.clone(),
            request,
            clock: Clock::start(),
            first_delta: None,
            agents: Vec::new(),
            turns: 0,
            usage: None,
        }
    }

    pub(super) fn agent(&mut self, agent: &AgentId) {
        if let Some(from) = self.agents.last() {
            self.meter.handed_over(from.as_str(), agent.as_str());
        }
        self.agents.push(agent.clone());
    }

    pub(super) fn text(&mut self) {
        if self.first_delta.is_none() {
            let after = self.clock.began.elapsed();
            self.meter.first_delta(after);
            self.first_delta = Some(after);
        }
    }

    pub(super) fn add_usage(&mut self, usage: Usage) {
        self.meter.tokens(usage);
        *self.usage.get_or_insert_default() += usage;
    }

    /// Counts how many of those tokens were cached or reasoning.
    pub(super) fn add_details(&self, details: UsageDetails) {
        self.meter
            .token_parts(details.cached_tokens, details.reasoning_tokens);
    }

    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// A store failed after the run's outcome was reported.
    pub(super) fn store_failed(&self, error: &StoreError) {
        self.meter.store_failed(error.store());
    }

    pub(super) fn model_asked(&mut self, agent: &Agent, model: &ModelName) -> ModelTimer {
        self.turns += 1;
        ModelTimer {
            meter: self.meter.clone(),
            trace: self.trace.clone(),
            agent: agent.name.clone(),
            model: model.clone(),
            clock: Clock::start(),
            first_event: None,
        }
    }

    pub(super) fn tool_called(&self, tool: ToolLabel) -> ToolTimer {
        ToolTimer {
            meter: self.meter.clone(),
            trace: self.trace.clone(),
            tool: tool.name().map(str::to_owned),
            is_server: matches!(tool, ToolLabel::Server(_)),
            clock: Clock::start(),
        }
    }

    /// The tools of a server are missing for a turn.
    pub(super) fn server_away(&self, server: &str) {
        self.meter.mcp_away(server);
    }

    pub(super) fn interrupted(&self, reason: InterruptReason) {
        self.meter.interrupt_opened(reason);
    }

    pub(super) fn end(&self, outcome: &Outcome) {
        let took = self.clock.began.elapsed();
        let status = outcome.status();
        let failure = outcome.failure();
        let code = failure.map(|failure| failure.code);
        self.meter.run_ended(status, code, took);
        if let Some(store) = failure.and_then(|failure| failure.store) {
            self.meter.store_failed(store);
        }
        let agents: Vec<&str> = self.agents.iter().map(AgentId::as_str).collect();
        tracing::info!(
            agents = agents.join(","),
            turns = self.turns,
            status = <&str>::from(status),
            code = code.map(<&str>::from),
            duration_ms = millis(took),
            first_delta_ms = self.first_delta.map(millis),
            input_tokens = self.usage.map(|usage| usage.input_tokens),
            output_tokens = self.usage.map(|usage| usage.output_tokens),
            "run ended"
        );
        self.trace.end(|| Span {
            name: "invoke_workflow".to_owned(),
            kind: Kind::Internal,
            began: self.clock.wall,
            attributes: vec![
                ("gen_ai.operation.name", json!("invoke_workflow")),
                ("gen_ai.conversation.id", json!(self.thread.as_str())),
                ("smooth_operator.request.id", json!(self.request)),
                ("smooth_operator.run.agents", json!(agents)),
                ("smooth_operator.run.turns", json!(self.turns)),
                ("smooth_operator.run.status", json!(status)),
            ],
            error: code.map(|code| <&str>::from(code).to_owned()),
        });
    }
}

pub(super) struct ModelTimer {
    meter: Meter,
    trace: RunTrace,
    agent: String,
    model: ModelName,
    clock: Clock,
    first_event: Option<Duration>,
}

impl ModelTimer {
    pub(super) fn event(&mut self) {
        if self.first_event.is_none() {
            self.first_event = Some(self.clock.began.elapsed());
        }
    }

    pub(super) fn answered(self, usage: Option<Usage>) {
        self.end("ok", None, usage);
    }

    pub(super) fn failed(self, error: &ProviderError) {
        let kind = error.kind.as_str();
        self.meter.provider_failed(kind);
        self.end("error", Some(kind), None);
    }

    /// The request was dropped, since the run stopped.
    pub(super) fn dropped(self) {
        self.end("dropped", None, None);
    }

    fn end(self, outcome: &'static str, error: Option<&str>, usage: Option<Usage>) {
        let took = self.clock.began.elapsed();
        self.meter
            .provider_answered(outcome, took, self.first_event);
        let Self {
            agent,
            model,
            clock,
            first_event,
            ..
        } = self;
        self.trace.child(|| {
            let mut attributes = vec![
                ("gen_ai.operation.name", json!("chat")),
                ("gen_ai.provider.name", json!("openai")),
                ("gen_ai.request.model", json!(model.as_str())),
                ("gen_ai.request.stream", json!(true)),
                ("gen_ai.agent.name", json!(agent)),
            ];
            if let Some(usage) = usage {
                attributes.push(("gen_ai.usage.input_tokens", json!(usage.input_tokens)));
                attributes.push(("gen_ai.usage.output_tokens", json!(usage.output_tokens)));
            }
            if let Some(after) = first_event {
                let key = "smooth_operator.first_event_ms";
                attributes.push((key, json!(millis(after))));
            }
            Span {
                name: format!("chat {}", model.as_str()),
                kind: Kind::Client,
                began: clock.wall,
                attributes,
                error: error.map(str::to_owned),
            }
        });
    }
}

/// The label of a call in metrics. Names made up by pages, servers and models are not labels.
#[derive(Debug, Clone, Copy)]
pub(super) enum ToolLabel<'a> {
    /// A note tool or a handoff.
    Own(&'a str),
    Page,
    /// Any tool of this MCP server.
    Server(&'a str),
    /// A tool that does not exist.
    Unknown,
}

impl<'a> ToolLabel<'a> {
    fn name(self) -> Option<&'a str> {
        match self {
            Self::Own(name) | Self::Server(name) => Some(name),
            Self::Page => Some(PAGE),
            Self::Unknown => None,
        }
    }
}

pub(super) struct ToolTimer {
    meter: Meter,
    trace: RunTrace,
    tool: Option<String>,
    is_server: bool,
    clock: Clock,
}

impl ToolTimer {
    pub(super) fn answered(self, is_error: bool) {
        match &self.tool {
            Some(server) if self.is_server => {
                let outcome = if is_error { "error" } else { "ok" };
                self.meter
                    .mcp_called(server, outcome, self.clock.began.elapsed());
            }
            tool => self.meter.tool_called(tool.as_deref(), is_error),
        }
        self.trace(is_error.then_some("tool_error"));
    }

    /// The server asks something before it answers.
    pub(super) fn asked(self) {
        self.unanswered("question");
    }

    /// The run was stopped during the call.
    pub(super) fn dropped(self) {
        self.unanswered("dropped");
    }

    fn unanswered(self, outcome: &'static str) {
        if let Some(server) = self.tool.as_ref().filter(|_| self.is_server) {
            self.meter
                .mcp_called(server, outcome, self.clock.began.elapsed());
        }
        self.trace(None);
    }

    fn trace(self, error: Option<&'static str>) {
        let Self { tool, clock, .. } = self;
        let tool = tool.unwrap_or_else(|| "unknown".to_owned());
        self.trace.child(|| Span {
            name: format!("execute_tool {tool}"),
            kind: Kind::Internal,
            began: clock.wall,
            attributes: vec![
                ("gen_ai.operation.name", json!("execute_tool")),
                ("gen_ai.tool.name", json!(tool)),
                ("gen_ai.tool.type", json!("function")),
            ],
            error: error.map(str::to_owned),
        });
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
