//! The variables themselves: their names and what to say about each, in one table.

use super::{Config, log_format::LogFormat};

/// A variable of the environment.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub help: &'static str,
}

const fn variable(name: &'static str, help: &'static str) -> Variable {
    Variable { name, help }
}

/// What stands for a secret.
const MASK: &str = "********";

/// Every variable that is read, in the order in which operators meet them.
pub const VARIABLES: &[Variable] = &[
    variable("APP_PASSCODE", "required: what visitors sign in with"),
    variable(
        "SESSION_SECRET",
        "required: signs cookies and seals sessions, 32 bytes or more; an old one may follow after a comma",
    ),
    variable(
        "CORS_ORIGINS",
        "required: the origins of the web app, separated by commas",
    ),
    variable("HOST", "the address to listen on; :: for IPv6 and IPv4"),
    variable("PORT", "the port to listen on; 0 takes a free one"),
    variable("OPENAI_BASE_URL", "the provider"),
    variable(
        "OPENAI_MODEL",
        "the model of a session that has chosen none",
    ),
    variable(
        "CONTEXT_TOKENS",
        "most tokens of a request to the provider, by our own estimate",
    ),
    variable(
        "SESSION_TTL",
        "seconds that a session lives after its last use",
    ),
    variable(
        "SESSION_SWEEP",
        "seconds between looks for expired sessions",
    ),
    variable(
        "RUN_GRACE",
        "seconds that a run goes on when nobody reads it",
    ),
    variable("MAX_RUNS", "most runs at once"),
    variable("AGENTS_FILE", "replaces the built-in agents"),
    variable("SITES_FILE", "the sites that may embed the chat"),
    variable(
        "REDIS_URL",
        "sessions and runs in Redis; only together with DATABASE_URL",
    ),
    variable("DATABASE_URL", "notes and threads in Postgres"),
    variable(
        "TRUSTED_PROXIES",
        "addresses and CIDRs whose X-Forwarded-For counts, separated by commas",
    ),
    variable(
        "COOKIE_SECURE",
        "false only for development over plain http",
    ),
    variable("LOG_LEVEL", "trace, debug, info, warn or error"),
    variable("LOG_FORMAT", "text, or json: one object a line"),
    variable("METRICS_TOKEN", "what /metrics asks for, when set"),
    variable(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "the base URL of an OTLP/HTTP collector; traces are sent when it is set",
    ),
    variable(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "headers for the collector, name=value, separated by commas",
    ),
];

impl Config {
    /// The value in effect of every variable, as text; empty where there is none. No secret is in it.
    #[must_use]
    pub fn values(&self) -> Vec<(&'static str, String)> {
        let mask = |set: bool| if set { MASK } else { "" }.to_owned();
        let path = |path: &Option<std::path::PathBuf>| {
            path.as_ref()
                .map(|path| path.display().to_string())
                .unwrap_or_default()
        };
        let secrets = vec![MASK; self.session_secrets.len()].join(",");
        let proxies: Vec<String> = self
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        let format = match self.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        vec![
            ("APP_PASSCODE", mask(true)),
            ("SESSION_SECRET", secrets),
            ("CORS_ORIGINS", self.cors_origins.join(",")),
            ("HOST", self.listen.ip().to_string()),
            ("PORT", self.listen.port().to_string()),
            ("OPENAI_BASE_URL", without_userinfo(&self.provider_url)),
            ("OPENAI_MODEL", self.default_model.clone()),
            ("CONTEXT_TOKENS", self.context_tokens.to_string()),
            ("SESSION_TTL", self.session_ttl.as_secs().to_string()),
            ("SESSION_SWEEP", self.session_sweep.as_secs().to_string()),
            ("RUN_GRACE", self.run_grace.as_secs().to_string()),
            ("MAX_RUNS", self.max_runs.to_string()),
            ("AGENTS_FILE", path(&self.agents_file)),
            ("SITES_FILE", path(&self.sites_file)),
            ("REDIS_URL", mask(self.redis_url.is_some())),
            ("DATABASE_URL", mask(self.database_url.is_some())),
            ("TRUSTED_PROXIES", proxies.join(",")),
            ("COOKIE_SECURE", self.cookie_secure.to_string()),
            ("LOG_LEVEL", self.log_level.clone()),
            ("LOG_FORMAT", format.to_owned()),
            ("METRICS_TOKEN", mask(self.metrics_token.is_some())),
            (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                without_userinfo(self.otlp_endpoint.as_deref().unwrap_or_default()),
            ),
            (
                "OTEL_EXPORTER_OTLP_HEADERS",
                mask(self.otlp_headers.is_some()),
            ),
        ]
    }
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
    fn the_table_has_every_variable_that_is_read_and_no_other() {
        let read = Names::default();
        let config = config(&[], &read);
        let table: BTreeSet<String> = VARIABLES.iter().map(|one| one.name.to_owned()).collect();
        assert_eq!(table, *read.lock().unwrap());
        let values = config.values();
        let valued: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        let named: Vec<&str> = VARIABLES.iter().map(|one| one.name).collect();
        assert_eq!(valued, named);
    }

    #[test]
    fn values_hold_no_secret() {
        let config = config(
            &[
                ("REDIS_URL", "redis://:hush@cache"),
                ("DATABASE_URL", "postgres://me:hush@db/x"),
                ("METRICS_TOKEN", "hush"),
                ("OPENAI_BASE_URL", "https://me:hush@llm.example/v1"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hush@otel:4318"),
                ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=hush"),
            ],
            &Names::default(),
        );
        let printed = format!("{:?}", config.values());
        assert!(!printed.contains("hush"), "{printed}");
        assert!(printed.contains("https://********@llm.example/v1"));
    }
}
