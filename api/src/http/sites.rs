//! `/api/sites`: the pages that embed the chat, from the operator's list (`SITES_FILE`).

use super::{
    error::{ApiError, Problem},
    state::Api,
};
use crate::{
    agents::Agents,
    domain::{AgentId, Site, SiteId},
};
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};
use utoipa_axum::{router::OpenApiRouter, routes};

/// The chat's title where nothing else is said.
const TITLE: &str = "SmoothOperator";
/// The first sentence where nothing else is said.
const GREETING: &str = "Hello! How can I help you?";

pub(super) fn router() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(look))
}

/// The sites that may embed the chat: those on the operator's list, or any.
#[derive(Debug, Clone)]
pub struct Sites(Option<BTreeMap<SiteId, Listed>>);

#[derive(Debug, Clone)]
struct Listed {
    site: Site,
    agent: Option<AgentId>,
}

/// Everything that is wrong with a list of sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitesError(pub Vec<String>);

impl fmt::Display for SitesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SITES_FILE is not right:")?;
        self.0
            .iter()
            .try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for SitesError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sites: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: Option<String>,
    greeting: Option<String>,
    #[serde(default)]
    starters: Vec<String>,
    accent: Option<String>,
    #[serde(default)]
    origins: Vec<String>,
    agent: Option<String>,
}

impl Sites {
    /// No list: every well-formed id is a site, which only labels its sessions.
    #[must_use]
    pub fn open() -> Self {
        Self(None)
    }

    /// The operator's list, in TOML.
    ///
    /// # Errors
    /// Lists everything that is wrong.
    pub fn parse(toml: &str, agents: &Agents) -> Result<Self, SitesError> {
        let file: File =
            toml::from_str(toml).map_err(|error| SitesError(vec![error.to_string()]))?;
        let mut faults = Vec::new();
        let mut sites = BTreeMap::new();
        for (name, entry) in file.sites {
            let mut fault = |what: &str| faults.push(format!("sites.{name}: {what}"));
            let Ok(id) = name.parse::<SiteId>() else {
                fault("the id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -");
                continue;
            };
            if let Some(accent) = entry.accent.as_deref().filter(|accent| !is_colour(accent)) {
                fault(&format!(
                    "accent must be a colour such as #1f6feb, not {accent:?}"
                ));
            }
            for origin in entry.origins.iter().filter(|origin| !is_origin(origin)) {
                fault(&format!(
                    "origins has {origin:?}, which is no origin: scheme and host in lower case, a port if need be, and no path, such as https://customer.example"
                ));
            }
            let agent = entry.agent.as_deref().map(str::parse::<AgentId>);
            let agent = agent
                .and_then(Result::ok)
                .filter(|agent| agents.get(agent).is_some());
            if let (Some(unknown), None) = (&entry.agent, &agent) {
                fault(&format!("agent {unknown:?} is not one of the agents"));
            }
            let site = Site {
                id: id.clone(),
                title: entry.title.unwrap_or_else(|| TITLE.to_owned()),
                greeting: entry.greeting.unwrap_or_else(|| GREETING.to_owned()),
                starters: entry.starters,
                accent: entry.accent,
                origins: entry.origins,
            };
            sites.insert(id, Listed { site, agent });
        }
        if faults.is_empty() {
            Ok(Self(Some(sites)))
        } else {
            Err(SitesError(faults))
        }
    }

    /// The look of a site; `None` when there is a list and it is not on it.
    #[must_use]
    pub fn get(&self, id: &SiteId) -> Option<Site> {
        match &self.0 {
            Some(sites) => sites.get(id).map(|listed| listed.site.clone()),
            None => Some(Site {
                id: id.clone(),
                title: TITLE.to_owned(),
                greeting: GREETING.to_owned(),
                starters: Vec::new(),
                accent: None,
                origins: Vec::new(),
            }),
        }
    }

    /// The agent that a site's threads begin with, when the site says so.
    #[must_use]
    pub fn agent(&self, id: &SiteId) -> Option<AgentId> {
        self.0.as_ref()?.get(id)?.agent.clone()
    }
}

/// `#rrggbb`: what the page may put into a style, and nothing else.
fn is_colour(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `scheme://host[:port]`, as browsers write an `Origin` (RFC 6454, 7).
fn is_origin(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let spelled = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]".contains(&b);
        !host.is_empty() && host.bytes().all(spelled)
    })
}

/// See the look of a site.
#[utoipa::path(
    get,
    path = "/api/sites/{site_id}",
    tag = "embedding",
    params(("site_id" = String, Path)),
    responses(
        (status = 200, body = Site),
        (status = 404, description = "`site_not_found`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn look(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Site>, ApiError> {
    let id = id.ok().and_then(|Path(id)| id.parse().ok());
    id.and_then(|id| api.sites.get(&id))
        .map(Json)
        .ok_or(ApiError::SiteNotFound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(toml: &str) -> Result<Sites, SitesError> {
        let tools = ["save_note", "get_note", "list_titles"].map(str::to_owned);
        Sites::parse(
            toml,
            &Agents::parse(Agents::builtin_toml(), &tools).unwrap(),
        )
    }

    #[test]
    fn a_list_knows_its_sites_and_no_other() {
        let sites = parse(
            r##"
            [sites.customer-prod]
            title = "Ask Customer"
            starters = ["Hello"]
            accent = "#1f6FEB"
            origins = ["https://customer.example", "http://localhost:3000"]
            agent = "archivist"
            [sites.plain]
            "##,
        )
        .unwrap();
        let customer = sites.get(&"customer-prod".parse().unwrap()).unwrap();
        assert_eq!(customer.title, "Ask Customer");
        assert_eq!(customer.greeting, GREETING);
        assert_eq!(sites.agent(&customer.id).unwrap().as_str(), "archivist");
        let plain = "plain".parse().unwrap();
        assert_eq!(
            (
                sites.get(&plain).unwrap().title.as_str(),
                sites.agent(&plain)
            ),
            (TITLE, None)
        );
        assert!(sites.get(&"other".parse().unwrap()).is_none());
        assert!(Sites::open().get(&"other".parse().unwrap()).is_some());
    }

    #[test]
    fn all_faults_are_listed_at_once() {
        let faults = parse(
            r#"
            [sites."a b"]
            [sites.one]
            accent = "red; background: url(x)"
            origins = ["https://a.example/", "*"]
            agent = "nobody"
            "#,
        )
        .unwrap_err();
        assert_eq!(faults.0.len(), 5, "{faults}");
        for bad in ["[sites.one]\ntitel = \"x\"", "[site.one]", "sites = 1", "["] {
            assert_eq!(parse(bad).unwrap_err().0.len(), 1, "{bad}");
        }
    }
}
