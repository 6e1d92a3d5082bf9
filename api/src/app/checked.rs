//! Reads and checks the files of a configuration before anything is connected.

use super::{error::AppError, version::BUILD};
use crate::{
    agents::Agents,
    config::{Config, ConfigErrors, DatabaseUrl},
    connect::sqlite,
    domain::ModelName,
    logging,
    notes::{memory::MemoryNotes, tools::NoteTools},
    provider::{InvalidApi, InvalidProvider, Provider, ProviderOptions},
    sites::Sites,
    telemetry::TracerOptions,
};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt::Display, path::Path, sync::Arc};

pub(super) struct Checked {
    pub(super) agents: Agents,
    pub(super) sites: Sites,
    pub(super) default_model: ModelName,
    pub(super) provider: Provider,
    pub(super) tracing: Option<TracerOptions>,
}

impl Checked {
    /// Fails with all faults.
    pub(super) fn new(config: &Config) -> Result<Self, ConfigErrors> {
        let mut faults = Vec::new();
        let level = keep(
            &mut faults,
            logging::check(&config.log_level).map_err(AppError::from),
        );
        let agents = keep(&mut faults, agents(config));
        // Sites refer to agents, so they cannot be checked without them.
        let sites = agents
            .as_ref()
            .and_then(|agents| keep(&mut faults, sites(config, agents)));
        let model = config.default_model.parse();
        let model = model.map_err(|error| format!("OPENAI_MODEL: {error}").into());
        let default_model = keep(&mut faults, model);
        let provider = provider(config, &mut faults);
        let tracing = keep(&mut faults, tracing(config));
        let file = keep(&mut faults, store_file(config));
        let checked = level.and(file);
        match (agents, sites, default_model, provider, tracing, checked) {
            (
                Some(agents),
                Some(sites),
                Some(default_model),
                Some(provider),
                Some(tracing),
                Some(()),
            ) => Ok(Self {
                agents,
                sites,
                default_model,
                provider,
                tracing,
            }),
            _ => Err(ConfigErrors(faults)),
        }
    }
}

fn keep<T>(faults: &mut Vec<String>, result: Result<T, AppError>) -> Option<T> {
    result.map_err(|fault| faults.push(fault.to_string())).ok()
}

fn provider(config: &Config, faults: &mut Vec<String>) -> Option<Provider> {
    let api = config.provider_api.parse();
    let api = keep(
        faults,
        api.map_err(|error: InvalidApi| format!("OPENAI_API {error}").into()),
    );
    let ca_file = config.provider_ca_file.as_deref();
    let ca_pem = ca_file
        .map(|path| read("PROVIDER_CA_FILE", path))
        .transpose();
    let ca_pem = keep(faults, ca_pem);
    let options = ProviderOptions {
        api: api.unwrap_or_default(),
        proxy: config
            .provider_proxy
            .as_ref()
            .map(|proxy| proxy.expose_secret().to_owned()),
        ca_pem: ca_pem.clone().flatten().map(String::into_bytes),
        first_byte_timeout: config.first_byte_timeout,
        ..ProviderOptions::new(config.provider_url.as_str())
    };
    let provider = Provider::new(options).map_err(|error| {
        let variable = match error {
            InvalidProvider::Proxy => "PROVIDER_PROXY",
            InvalidProvider::CaFile => "PROVIDER_CA_FILE",
            _ => "OPENAI_BASE_URL",
        };
        format!("{variable}: {error}").into()
    });
    let provider = keep(faults, provider);
    api.and(ca_pem).and(provider)
}

fn agents(config: &Config) -> Result<Agents, AppError> {
    let tools = NoteTools::new(Arc::new(MemoryNotes::default()));
    let known: Vec<String> = tools.specs().into_iter().map(|spec| spec.name).collect();
    let env = |name: &str| std::env::var(name).ok();
    Ok(match &config.agents_file {
        Some(path) => parse("AGENTS_FILE", path, |toml| {
            Agents::parse(toml, &known, &env)
        })?,
        None => Agents::parse(Agents::builtin_toml(), &known, &env)?,
    })
}

fn sites(config: &Config, agents: &Agents) -> Result<Sites, AppError> {
    Ok(match &config.sites_file {
        Some(path) => parse("SITES_FILE", path, |toml| {
            let is_agent = |agent: &_| agents.get(agent).is_some();
            Sites::parse(toml, is_agent, |name| config.environment.get(name))
        })?,
        None => Sites::open(),
    })
}

fn tracing(config: &Config) -> Result<Option<TracerOptions>, AppError> {
    let Some(endpoint) = config.otlp_endpoint.clone() else {
        return Ok(None);
    };
    let options = TracerOptions {
        endpoint,
        headers: config
            .otlp_headers
            .clone()
            .unwrap_or_else(|| SecretString::from("")),
        version: BUILD.version,
    };
    options.check()?;
    Ok(Some(options))
}

fn store_file(config: &Config) -> Result<(), AppError> {
    if let Some(DatabaseUrl::Sqlite(url)) = &config.database_url {
        sqlite::inspect(url)?;
    }
    Ok(())
}

/// Parses the file that a variable names, and puts its name before its faults.
fn parse<T, E: Display>(
    name: &str,
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, AppError> {
    let text = read(name, path)?;
    parse(&text).map_err(|faults| format!("{name} {}:\n{faults}", path.display()).into())
}

fn read(name: &str, path: &Path) -> Result<String, AppError> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("{name}: cannot read {}: {error}", path.display()).into())
}
