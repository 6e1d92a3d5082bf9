//! The configuration from the environment, read once and checked as a whole.
//!
//! Plain values only; `app` decides what to do with them.

mod database_url;
mod environment;
mod log_format;
mod reader;
#[cfg(test)]
mod tests;
mod variables;

pub use database_url::{DatabaseUrl, InvalidDatabaseUrl};
pub use environment::Environment;
pub use log_format::LogFormat;
pub use variables::{VARIABLES, Variable};

use crate::domain::TrustedProxies;
use reader::Reader;
use secrecy::SecretString;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

const OPENAI_BASE_URL: &str = "https://api.openai.com/v1";
/// A model that OpenAI offers to every key.
const OPENAI_MODEL: &str = "gpt-6-luna";

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `HOST` and `PORT`, `0.0.0.0:8000` by default; port 0 picks a free one.
    pub listen: SocketAddr,
    /// `APP_PASSCODE`, required: the passcode for signing in.
    pub passcode: SecretString,
    /// `SESSION_SECRET`, required, at least 32 bytes: signs cookies and seals sessions. After a
    /// comma an old secret may follow, which is still accepted but no longer used.
    pub session_secrets: Vec<SecretString>,
    /// `SITE_SECRET`, at least 32 bytes: lets the backends of sites issue client secrets. During a
    /// rotation old ones may follow after a comma.
    pub site_secrets: Vec<SecretString>,
    /// `CORS_ORIGINS`, required: the origins of the web app, separated by commas.
    pub cors_origins: Vec<String>,
    /// `LOG_LEVEL`, `info` by default: a level, or `tracing-subscriber` directives.
    pub log_level: String,
    /// `LOG_FORMAT`, `text` or `json`; text by default.
    pub log_format: LogFormat,
    /// `OPENAI_BASE_URL`: the provider, OpenAI by default.
    pub provider_url: String,
    /// `OPENAI_MODEL`: the model of sessions that have chosen none.
    pub default_model: String,
    /// `OPENAI_API`, `auto`, `responses` or `chat`: the provider's API to use; auto by default.
    pub provider_api: String,
    /// `PROVIDER_PROXY`: the proxy for requests to the provider.
    pub provider_proxy: Option<SecretString>,
    /// `PROVIDER_CA_FILE`: certificates (PEM) to trust in addition to the system's.
    pub provider_ca_file: Option<PathBuf>,
    /// `FIRST_BYTE_TIMEOUT`, seconds, 90 by default: time limit for the provider's first byte.
    pub first_byte_timeout: Duration,
    /// `SESSION_TTL`, seconds, 3600 by default: a session's lifetime after its last use.
    pub session_ttl: Duration,
    /// `SESSION_SWEEP`, seconds, 300 by default: how often expired sessions are deleted.
    pub session_sweep: Duration,
    /// `RUN_GRACE`, seconds, 60 by default: how long a run continues without a reader.
    pub run_grace: Duration,
    /// `MAX_RUNS`, 1000 by default: most live runs on this replica.
    pub max_runs: usize,
    /// `CONTEXT_TOKENS`, 100000 by default: most tokens of a request, as we estimate them.
    pub context_tokens: usize,
    /// `MESSAGES_PER_MINUTE`, 30 by default, 0 for no limit: messages of one owner in any 60 s.
    pub messages_per_minute: usize,
    /// `MEMORY_LIMIT`, in MiB, 512 by default: the limit of all memory stores, here in bytes.
    pub memory_limit: usize,
    /// `DRAIN_SECONDS`, 5 by default: how long connections are accepted after SIGTERM.
    pub drain: Duration,
    /// `RETENTION_DAYS`: the age at which threads and notes are deleted.
    pub retention: Option<Duration>,
    /// `REDIS_URL`: sessions and runs in Redis; requires Postgres.
    pub redis_url: Option<SecretString>,
    /// `DATABASE_URL`: notes and threads in Postgres, or everything in a SQLite file.
    pub database_url: Option<DatabaseUrl>,
    /// `AGENTS_FILE`: replaces the built-in agents.
    pub agents_file: Option<PathBuf>,
    /// `SITES_FILE`: the sites that may embed the chat.
    pub sites_file: Option<PathBuf>,
    /// `TRUSTED_PROXIES`, addresses and CIDRs separated by commas, or `hops:<n>`: the proxies whose
    /// `X-Forwarded-*` headers are trusted.
    pub trusted_proxies: TrustedProxies,
    /// `COOKIE_SECURE`, true by default.
    pub cookie_secure: bool,
    /// `METRICS_TOKEN`: the bearer token for `/metrics`, if required.
    pub metrics_token: Option<SecretString>,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the base URL of an OTLP/HTTP collector; no traces without it.
    pub otlp_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: `name=value`, separated by commas, for the collector.
    pub otlp_headers: Option<SecretString>,
    /// Variables that `AGENTS_FILE` and `SITES_FILE` refer to.
    pub environment: Environment,
}

/// Everything that is wrong with an environment, without the values of secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration is invalid:")?;
        self.0
            .iter()
            .try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for ConfigErrors {}

impl Config {
    /// Reads the values that `look_up` returns. Fails with every missing or bad value.
    pub fn read(
        look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Self, ConfigErrors> {
        match Self::inspect(look_up) {
            (config, faults) if faults.is_empty() => Ok(config),
            (_, faults) => Err(ConfigErrors(faults)),
        }
    }

    /// Reads the values that `look_up` returns, with defaults in place of missing and bad ones, which
    /// it lists. Empty values count as missing.
    pub fn inspect(
        look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> (Self, Vec<String>) {
        let mut env = Reader {
            environment: Environment::new(look_up),
            faults: Vec::new(),
        };
        let config = Self {
            listen: SocketAddr::new(
                env.parse(
                    "HOST",
                    IpAddr::V4(Ipv4Addr::UNSPECIFIED),
                    "an IP address, such as 0.0.0.0 or ::",
                ),
                env.parse("PORT", 8000, "a number from 0 to 65535"),
            ),
            passcode: env
                .required("APP_PASSCODE", "the passcode that visitors sign in with")
                .into(),
            session_secrets: env.required_list(
                "SESSION_SECRET",
                "a random text of at least 32 bytes",
                Reader::secrets,
            ),
            site_secrets: env.secrets("SITE_SECRET"),
            cors_origins: env.required_list(
                "CORS_ORIGINS",
                "the web app's origins, such as https://chat.example",
                Reader::origins,
            ),
            log_level: env.text("LOG_LEVEL", "info").to_lowercase(),
            log_format: env.log_format(),
            provider_url: env.text("OPENAI_BASE_URL", OPENAI_BASE_URL),
            default_model: env.text("OPENAI_MODEL", OPENAI_MODEL),
            provider_api: env.text("OPENAI_API", "auto"),
            provider_proxy: env.get("PROVIDER_PROXY").map(SecretString::from),
            provider_ca_file: env.get("PROVIDER_CA_FILE").map(PathBuf::from),
            first_byte_timeout: env.seconds("FIRST_BYTE_TIMEOUT", 90),
            session_ttl: env.seconds("SESSION_TTL", 3600),
            session_sweep: env.seconds("SESSION_SWEEP", 300),
            run_grace: env.seconds("RUN_GRACE", 60),
            max_runs: env.whole("MAX_RUNS", 1000, 1..=10_000_000),
            context_tokens: env.whole("CONTEXT_TOKENS", 100_000, 1..=10_000_000),
            messages_per_minute: env.whole("MESSAGES_PER_MINUTE", 30, 0..=10_000),
            memory_limit: env.whole("MEMORY_LIMIT", 512, 64..=1_048_576) * 1024 * 1024,
            drain: env.drain(),
            retention: env.days("RETENTION_DAYS"),
            redis_url: env.url("REDIS_URL", &["redis", "rediss", "redis+unix"]),
            database_url: env.database_url(),
            agents_file: env.get("AGENTS_FILE").map(PathBuf::from),
            sites_file: env.get("SITES_FILE").map(PathBuf::from),
            trusted_proxies: env.trusted_proxies(),
            cookie_secure: env.parse("COOKIE_SECURE", true, "true or false"),
            metrics_token: env.get("METRICS_TOKEN").map(SecretString::from),
            otlp_endpoint: env
                .get("OTEL_EXPORTER_OTLP_ENDPOINT")
                .map(|text| text.trim().to_owned()),
            otlp_headers: env
                .get("OTEL_EXPORTER_OTLP_HEADERS")
                .map(SecretString::from),
            environment: env.environment.clone(),
        };
        if config.redis_url.is_some()
            && !matches!(config.database_url, Some(DatabaseUrl::Postgres(_)))
        {
            env.fault(
                "REDIS_URL",
                "needs DATABASE_URL=postgres://… as well: replicas that share sessions must share notes and threads, too, and a SQLite file belongs to one process",
            );
        }
        (config, env.faults)
    }
}
