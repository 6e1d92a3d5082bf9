//! The state that all handlers share.

use super::{answers::Answers, cookies::CookieJar};
use crate::{
    agents::Agents,
    chat::Engine,
    domain::{ModelName, TrustedProxies},
    notes::{NoteStore, tools::NoteTools},
    provider::Provider,
    sessions::Sessions,
    sites::Sites,
    telemetry::Telemetry,
};
use futures_util::future::BoxFuture;
use secrecy::SecretString;
use std::{ops::Deref, sync::Arc};
use tokio_util::sync::CancellationToken;

/// The parts of the state.
pub struct Parts {
    /// The sessions.
    pub sessions: Sessions,
    /// The notes.
    pub notes: Arc<dyn NoteStore>,
    /// The note tools, as agents and MCP clients call them.
    pub tools: NoteTools,
    /// Checks keys and lists their models.
    pub provider: Provider,
    /// The agents.
    pub agents: Arc<Agents>,
    /// The sites that embed the chat.
    pub sites: Sites,
    /// Starts, follows and stops runs.
    pub engine: Engine,
    /// The dependencies that `/ready` checks.
    pub probes: Vec<Probe>,
    /// Cancelled when the process has been told to stop, for `/ready`.
    pub draining: CancellationToken,
    /// Metrics and traces.
    pub telemetry: Telemetry,
    /// The options.
    pub options: HttpOptions,
}

/// Options of the HTTP API.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The passcode for signing in.
    pub passcode: SecretString,
    /// The first one signs cookies; all of them verify.
    pub secrets: Vec<SecretString>,
    /// Site secrets for sites that have none in the sites file.
    pub site_secrets: Vec<SecretString>,
    /// The origins of the web app.
    pub cors_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-*` headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// Whether top-level cookies are `Secure`.
    pub cookie_secure: bool,
    /// Whether threads and notes outlive the process, so that visitors are recognised.
    pub durable: bool,
    /// The model of sessions that have chosen none.
    pub default_model: ModelName,
    /// Most messages of an owner within a minute; 0 for no limit.
    pub messages_per_minute: usize,
    /// The bearer token for `/metrics`, if required.
    pub metrics_token: Option<SecretString>,
}

/// A dependency of the server.
#[derive(Clone)]
pub struct Probe {
    /// Its name in `/ready`.
    pub name: &'static str,
    /// Whether it answers, within a time limit of its own.
    pub answers: Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

/// The shared state. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

struct Shared {
    parts: Parts,
    cookies: CookieJar,
    answers: Answers,
}

impl Api {
    /// Assembles the state.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let cookies = CookieJar::new(&parts.options.secrets, parts.options.cookie_secure);
        Self(Arc::new(Shared {
            parts,
            cookies,
            answers: Answers::default(),
        }))
    }

    pub(super) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    pub(super) fn cookies(&self) -> &CookieJar {
        &self.0.cookies
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}
