//! The table of variables: name, description and value in effect.

use super::{Config, database_url::DatabaseUrl, log_format::LogFormat};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;

/// An environment variable.
#[derive(Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// A one-line description.
    pub help: &'static str,
    value: fn(&Config) -> String,
}

impl Variable {
    /// The value in effect; empty if there is none. Secrets are masked.
    #[must_use]
    pub fn value(&self, config: &Config) -> String {
        (self.value)(config)
    }
}

const fn variable(
    name: &'static str,
    help: &'static str,
    value: fn(&Config) -> String,
) -> Variable {
    Variable { name, help, value }
}

const MASK: &str = "********";

/// All variables, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    variable(
        "APP_PASSCODE",
        "required: what visitors sign in with",
        |_| MASK.to_owned(),
    ),
    variable(
        "SESSION_SECRET",
        "required: signs cookies and seals sessions, 32 bytes or more; an old one may follow after a comma",
        |config| masks(&config.session_secrets),
    ),
    variable(
        "CORS_ORIGINS",
        "required: the origins of the web app, separated by commas",
        |config| config.cors_origins.join(","),
    ),
    variable(
        "SITE_SECRET",
        "lets the backends of sites issue client secrets, 32 bytes or more; an old one may follow after a comma",
        |config| masks(&config.site_secrets),
    ),
    variable(
        "HOST",
        "the address to listen on; :: for IPv6 and IPv4",
        |config| config.listen.ip().to_string(),
    ),
    variable(
        "PORT",
        "the port to listen on; 0 takes a free one",
        |config| config.listen.port().to_string(),
    ),
    variable("OPENAI_BASE_URL", "the provider", |config| {
        without_userinfo(&config.provider_url)
    }),
    variable(
        "OPENAI_MODEL",
        "the model of a session that has chosen none",
        |config| config.default_model.clone(),
    ),
    variable(
        "OPENAI_API",
        "which API of the provider is asked: auto, responses or chat",
        |config| config.provider_api.clone(),
    ),
    variable(
        "PROVIDER_PROXY",
        "the proxy for requests to the provider: http, https, socks5 or socks5h",
        |config| {
            let proxy = config.provider_proxy.as_ref();
            proxy
                .map(|proxy| without_userinfo(proxy.expose_secret()))
                .unwrap_or_default()
        },
    ),
    variable(
        "PROVIDER_CA_FILE",
        "certificates (PEM) that are trusted in addition to the system's",
        |config| path(config.provider_ca_file.as_ref()),
    ),
    variable(
        "FIRST_BYTE_TIMEOUT",
        "seconds that the provider may take to its first byte",
        |config| config.first_byte_timeout.as_secs().to_string(),
    ),
    variable(
        "CONTEXT_TOKENS",
        "most tokens of a request to the provider, by our own estimate",
        |config| config.context_tokens.to_string(),
    ),
    variable(
        "SESSION_TTL",
        "seconds that a session lives after its last use",
        |config| config.session_ttl.as_secs().to_string(),
    ),
    variable(
        "SESSION_SWEEP",
        "seconds between two sweeps of expired sessions",
        |config| config.session_sweep.as_secs().to_string(),
    ),
    variable(
        "RUN_GRACE",
        "seconds that a run goes on when nobody reads it",
        |config| config.run_grace.as_secs().to_string(),
    ),
    variable("MAX_RUNS", "most runs at once", |config| {
        config.max_runs.to_string()
    }),
    variable(
        "MESSAGES_PER_MINUTE",
        "most messages of one visitor in any 60 seconds; 0 for no limit",
        |config| config.messages_per_minute.to_string(),
    ),
    variable(
        "MEMORY_LIMIT",
        "MiB that all memory stores may hold",
        |config| (config.memory_limit / 1024 / 1024).to_string(),
    ),
    variable(
        "DRAIN_SECONDS",
        "seconds that new connections are still taken after SIGTERM",
        |config| config.drain.as_secs().to_string(),
    ),
    variable(
        "RETENTION_DAYS",
        "days after which untouched threads and notes are deleted",
        |config| {
            config
                .retention
                .map(|days| (days.as_secs() / 86_400).to_string())
                .unwrap_or_default()
        },
    ),
    variable("AGENTS_FILE", "replaces the built-in agents", |config| {
        path(config.agents_file.as_ref())
    }),
    variable(
        "SITES_FILE",
        "the sites that may embed the chat",
        |config| path(config.sites_file.as_ref()),
    ),
    variable(
        "REDIS_URL",
        "sessions and runs in Redis; only together with Postgres",
        |config| mask(config.redis_url.as_ref()),
    ),
    variable(
        "DATABASE_URL",
        "postgres://… for notes and threads, or sqlite:<path> for everything in one file",
        |config| match &config.database_url {
            Some(DatabaseUrl::Postgres(url)) => mask(Some(url)),
            Some(DatabaseUrl::Sqlite(url)) => url.clone(),
            None => String::new(),
        },
    ),
    variable(
        "TRUSTED_PROXIES",
        "addresses and CIDRs whose X-Forwarded-* count, separated by commas; or hops:<n>",
        |config| config.trusted_proxies.to_string(),
    ),
    variable(
        "COOKIE_SECURE",
        "false only for development over plain http",
        |config| config.cookie_secure.to_string(),
    ),
    variable("LOG_LEVEL", "trace, debug, info, warn or error", |config| {
        config.log_level.clone()
    }),
    variable(
        "LOG_FORMAT",
        "text, or json: one object a line",
        |config| match config.log_format {
            LogFormat::Text => "text".to_owned(),
            LogFormat::Json => "json".to_owned(),
        },
    ),
    variable(
        "METRICS_TOKEN",
        "what /metrics asks for, when set",
        |config| mask(config.metrics_token.as_ref()),
    ),
    variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "the base URL of an OTLP/HTTP collector; traces are sent when it is set",
        |config| without_userinfo(config.otlp_endpoint.as_deref().unwrap_or_default()),
    ),
    variable(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "headers for the collector, name=value, separated by commas",
        |config| mask(config.otlp_headers.as_ref()),
    ),
];

fn mask(secret: Option<&SecretString>) -> String {
    secret.map(|_| MASK.to_owned()).unwrap_or_default()
}

fn masks(secrets: &[SecretString]) -> String {
    vec![MASK; secrets.len()].join(",")
}

fn path(path: Option<&PathBuf>) -> String {
    path.map(|path| path.display().to_string())
        .unwrap_or_default()
}

/// A URL without `user:password@`.
fn without_userinfo(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            match authority.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://{MASK}@{host}{path}"),
                None => url.to_owned(),
            }
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::{
        collections::BTreeSet,
        sync::{Arc, Mutex},
    };

    type Names = Arc<Mutex<BTreeSet<String>>>;

    fn config(more: &'static [(&str, &str)], read: &Names) -> Config {
        let read = Arc::clone(read);
        Config::read(move |name| {
            read.lock().unwrap().insert(name.to_owned());
            let set = more.iter().find(|(key, _)| *key == name);
            let value = match name {
                "APP_PASSCODE" => "hush-passcode",
                "SESSION_SECRET" => {
                    "hush-hush-hush-hush-hush-hush-hush,hush-old-old-old-old-old-old-old-old"
                }
                "CORS_ORIGINS" => "https://chat.example",
                _ => set?.1,
            };
            Some(value.to_owned())
        })
        .unwrap()
    }

    #[test]
    fn the_table_lists_exactly_the_variables_that_are_read() {
        let read = Names::default();
        config(&[], &read);
        let table: BTreeSet<String> = VARIABLES.iter().map(|one| one.name.to_owned()).collect();
        assert_eq!(table, *read.lock().unwrap());
    }

    #[test]
    fn values_hold_no_secret() {
        let config = config(
            &[
                ("REDIS_URL", "redis://:hush@cache"),
                ("DATABASE_URL", "postgres://me:hush@db/x"),
                ("METRICS_TOKEN", "hush"),
                ("SITE_SECRET", "hush-hush-hush-hush-hush-hush-hush-hush"),
                ("OPENAI_BASE_URL", "https://me:hush@llm.example/v1"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hush@otel:4318"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hush"),
            ],
            &Names::default(),
        );
        let printed: Vec<String> = VARIABLES.iter().map(|one| one.value(&config)).collect();
        let printed = printed.join("\n");
        assert!(!printed.contains("hush"), "{printed}");
        assert!(printed.contains("https://********@llm.example/v1"));
    }
}
