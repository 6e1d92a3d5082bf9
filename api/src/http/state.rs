//! What every handler can reach.

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

/// What the routes are made of.
pub struct Parts {
    /// Who is signed in.
    pub sessions: Sessions,
    /// What the agents keep.
    pub notes: Arc<dyn NoteStore>,
    /// The note tools, as agents and MCP clients call them.
    pub tools: NoteTools,
    /// Asked whether a key is good, and for its models.
    pub provider: Provider,
    /// Who answers.
    pub agents: Arc<Agents>,
    /// Who embeds the chat.
    pub sites: Sites,
    /// Runs.
    pub engine: Engine,
    /// What `/ready` asks.
    pub probes: Vec<Probe>,
    /// Cancelled when the process has been told to end: `/ready` says so.
    pub draining: CancellationToken,
    /// What requests report to.
    pub telemetry: Telemetry,
    /// What the environment says.
    pub options: HttpOptions,
}

/// How the routes behave.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// What visitors sign in with.
    pub passcode: SecretString,
    /// The first signs cookies; all verify them.
    pub secrets: Vec<SecretString>,
    /// What the backends of sites without a secret of their own issue client secrets with.
    pub site_secrets: Vec<SecretString>,
    /// The web app's origins, as browsers spell them.
    pub cors_origins: Vec<String>,
    /// Whose `X-Forwarded-*` count.
    pub trusted_proxies: TrustedProxies,
    /// Whether top-level cookies are `Secure`.
    pub cookie_secure: bool,
    /// Whether threads and notes outlive the process, so that visitors are remembered.
    pub durable: bool,
    /// The model of a session that has chosen none.
    pub default_model: ModelName,
    /// Most messages of an owner within a minute; 0 for any number.
    pub messages_per_minute: usize,
    /// What `/metrics` asks for, when set.
    pub metrics_token: Option<SecretString>,
}

/// A service that the server depends on.
#[derive(Clone)]
pub struct Probe {
    /// Its name, as `/ready` gives it.
    pub name: &'static str,
    /// Whether it answers. Bounded in time by itself.
    pub answers: Arc<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>,
}

/// The state of all routes. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Shared>);

struct Shared {
    parts: Parts,
    cookies: CookieJar,
    answers: Answers,
}

impl Api {
    /// Puts the parts together.
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
