//! The sites that embed the chat, as configured in `SITES_FILE`.

mod file;
mod listed_site;
mod owner;

pub use file::SitesError;
pub use listed_site::ListedSite;
pub use owner::{is_visitor, user_owner, user_tag};

use crate::domain::{AgentId, Site, SiteId, SiteParts};
use listed_site::TITLE;
use secrecy::SecretString;
use std::collections::BTreeMap;

/// The configured sites, or any.
#[derive(Debug, Clone)]
pub struct Sites(Option<BTreeMap<SiteId, ListedSite>>);

impl Sites {
    /// Without a file, every well-formed id is a site, which only labels its sessions.
    #[must_use]
    pub fn open() -> Self {
        Self(None)
    }

    /// Reads the file, in TOML, or lists everything that is wrong. `env` looks up the variables
    /// that it refers to.
    pub fn parse(
        toml: &str,
        is_agent: impl Fn(&AgentId) -> bool,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SitesError> {
        file::parse(toml, is_agent, env).map(|sites| Self(Some(sites)))
    }

    /// The public appearance of a site; `None` if sites are configured and this one is not.
    #[must_use]
    pub fn get(&self, id: &SiteId) -> Option<Site> {
        match &self.0 {
            Some(sites) => sites.get(id).map(|listed| listed.site.clone()),
            None => Some(Site {
                id: id.clone(),
                title: TITLE.to_owned(),
                greeting: String::new(),
                starters: Vec::new(),
                accent: None,
                origins: Vec::new(),
                logo: None,
                show: SiteParts::default(),
                ai_notice: None,
                text: BTreeMap::new(),
            }),
        }
    }

    /// The configuration of a site.
    #[must_use]
    pub fn listed(&self, id: &SiteId) -> Option<&ListedSite> {
        self.0.as_ref()?.get(id)
    }

    /// The secrets of all sites that have their own.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        let sites = self.0.iter().flat_map(BTreeMap::values);
        sites.flat_map(|listed| &listed.secrets)
    }
}
