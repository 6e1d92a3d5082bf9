//! Reads `SITES_FILE` and reports everything that is wrong with it.

use super::listed_site::{ListedSite, TITLE};
use crate::domain::{AgentId, Limits, Site, SiteId, SiteParts, SiteText, is_origin};
use secrecy::SecretString;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};

const SECRET_MIN_BYTES: usize = 32;

/// Everything that is wrong with a list of sites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitesError(pub Vec<String>);

impl fmt::Display for SitesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SITES_FILE is invalid:")?;
        self.0
            .iter()
            .try_for_each(|fault| write!(f, "\n  - {fault}"))
    }
}

impl std::error::Error for SitesError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SitesToml {
    #[serde(default)]
    sites: BTreeMap<String, SiteToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteToml {
    title: Option<String>,
    greeting: Option<String>,
    #[serde(default)]
    starters: Vec<String>,
    accent: Option<String>,
    #[serde(default)]
    origins: Vec<String>,
    agent: Option<String>,
    logo: Option<String>,
    ai_notice: Option<String>,
    #[serde(default)]
    show: SiteParts,
    #[serde(default)]
    text: BTreeMap<String, SiteText>,
    secret_env_var: Option<String>,
    #[serde(default)]
    limits: Limits,
    limit_message: Option<String>,
}

pub(super) fn parse(
    toml: &str,
    is_agent: impl Fn(&AgentId) -> bool,
    env: impl Fn(&str) -> Option<String>,
) -> Result<BTreeMap<SiteId, ListedSite>, SitesError> {
    let file: SitesToml =
        toml::from_str(toml).map_err(|error| SitesError(vec![error.to_string()]))?;
    let mut faults = Vec::new();
    let mut sites = BTreeMap::new();
    for (name, entry) in file.sites {
        let before = faults.len();
        let listed = entry.check(&name, &is_agent, &env, &mut faults);
        for fault in &mut faults[before..] {
            fault.insert_str(0, &format!("sites.{name}: "));
        }
        sites.extend(listed.map(|listed| (listed.site.id.clone(), listed)));
    }
    if faults.is_empty() {
        Ok(sites)
    } else {
        Err(SitesError(faults))
    }
}

impl SiteToml {
    fn check(
        self,
        name: &str,
        is_agent: impl Fn(&AgentId) -> bool,
        env: impl Fn(&str) -> Option<String>,
        faults: &mut Vec<String>,
    ) -> Option<ListedSite> {
        let Ok(id) = name.parse::<SiteId>() else {
            faults.push("the id must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -".to_owned());
            return None;
        };
        if let Some(accent) = self.accent.as_deref().filter(|accent| !is_color(accent)) {
            faults.push(format!(
                "accent must be a color such as #1f6feb, not {accent:?}"
            ));
        }
        for origin in self.origins.iter().filter(|origin| !is_origin(origin)) {
            faults.push(format!(
                "origins has {origin:?}, which is not an origin: give scheme and host in lower case, and no path, such as https://customer.example"
            ));
        }
        if self.logo.as_deref().is_some_and(|logo| !is_logo(logo)) {
            faults.push(
                "logo must be a path on this host, such as /logos/shop.svg, or a data:image/ URL; the page's policy blocks images from other hosts".to_owned(),
            );
        }
        for tag in self.text.keys().filter(|tag| !is_language(tag)) {
            faults.push(format!(
                "text.{tag}: {tag:?} is not a language tag, such as de or pt-BR"
            ));
        }
        let agent = self.agent.as_deref().map(str::parse::<AgentId>);
        let agent = agent.and_then(Result::ok).filter(|agent| is_agent(agent));
        if let (Some(unknown), None) = (&self.agent, &agent) {
            faults.push(format!("agent {unknown:?} is not one of the agents"));
        }
        let secrets = match &self.secret_env_var {
            Some(variable) => secrets(variable, env, faults),
            None => Vec::new(),
        };
        let site = Site {
            id,
            title: self.title.unwrap_or_else(|| TITLE.to_owned()),
            greeting: self.greeting.unwrap_or_default(),
            starters: self.starters,
            accent: self.accent,
            origins: self.origins,
            logo: self.logo,
            show: self.show,
            ai_notice: self.ai_notice,
            text: self.text,
        };
        Some(ListedSite {
            site,
            agent,
            secrets,
            limits: self.limits,
            limit_message: self.limit_message,
        })
    }
}

/// The secrets in a variable: several, separated by commas, during a rotation.
fn secrets(
    variable: &str,
    env: impl Fn(&str) -> Option<String>,
    faults: &mut Vec<String>,
) -> Vec<SecretString> {
    let text = env(variable).unwrap_or_default();
    let secrets: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|secret| !secret.is_empty())
        .collect();
    if secrets.is_empty() {
        faults.push(format!("secret_env_var names {variable}, which is not set"));
    }
    if secrets.iter().any(|secret| secret.len() < SECRET_MIN_BYTES) {
        faults.push(format!(
            "each secret in {variable} must have at least {SECRET_MIN_BYTES} bytes"
        ));
    }
    secrets.into_iter().map(SecretString::from).collect()
}

/// `#rrggbb`, which is safe to put into a style.
fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Browsers read `/\host` as `//host`, and remove tabs and line breaks first.
fn is_logo(text: &str) -> bool {
    let path = text.starts_with('/') && !text[1..].starts_with(['/', '\\']);
    (path || text.starts_with("data:image/")) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Language, then script, region and variants (BCP 47).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let alphanumeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && alphanumeric(part))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Sites;
    use super::*;
    use secrecy::ExposeSecret;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn parse(toml: &str) -> Result<Sites, SitesError> {
        Sites::parse(
            toml,
            |agent| agent.as_str() == "archivist",
            |name| match name {
                "SHOP_SECRET" => Some(format!("{SECRET}, {SECRET}-old")),
                "SHORT" => Some("hush".to_owned()),
                "BLANK" => Some(" , ".to_owned()),
                _ => None,
            },
        )
    }

    #[test]
    fn knows_configured_sites_only() {
        let sites = parse(
            r##"
            [sites.customer-prod]
            title = "Ask Customer"
            starters = ["Hello"]
            accent = "#1f6FEB"
            origins = ["https://customer.example", "http://localhost:3000"]
            agent = "archivist"
            logo = "/logos/customer.svg"
            ai_notice = ""
            secret_env_var = "SHOP_SECRET"
            limit_message = "Come back tomorrow."
            show = { settings = false }
            limits = { messages_per_minute = 5, tokens_per_day = 100000 }
            [sites.customer-prod.text.de]
            title = "Frag Customer"
            ai_notice = "Hier antwortet eine KI."
            [sites.plain]
            "##,
        )
        .unwrap();
        let customer = sites.listed(&"customer-prod".parse().unwrap()).unwrap();
        assert_eq!(customer.site.title, "Ask Customer");
        assert_eq!(customer.site.show.settings, Some(false));
        assert_eq!(customer.site.ai_notice.as_deref(), Some(""));
        assert_eq!(
            customer.site.text["de"].title.as_deref(),
            Some("Frag Customer")
        );
        assert_eq!(customer.agent.as_ref().unwrap().as_str(), "archivist");
        assert_eq!(customer.secrets[0].expose_secret(), SECRET);
        assert_eq!(customer.secrets.len(), 2);
        assert_eq!(customer.limits.messages_per_minute.unwrap().get(), 5);
        assert!(sites.get(&"plain".parse().unwrap()).is_some());
        assert!(sites.get(&"other".parse().unwrap()).is_none());
        assert!(Sites::open().get(&"other".parse().unwrap()).is_some());
    }

    #[test]
    fn lists_all_faults_at_once() {
        let faults = parse(
            r#"
            [sites."a b"]
            [sites.one]
            accent = "red; background: url(x)"
            origins = ["https://a.example/", "*"]
            agent = "nobody"
            logo = "https://cdn.example/logo.png"
            secret_env_var = "NOT_SET"
            [sites.one.text.klingon_]
            [sites.two]
            secret_env_var = "SHORT"
            [sites.three]
            secret_env_var = "BLANK"
            "#,
        )
        .unwrap_err();
        assert_eq!(faults.0.len(), 10, "{faults}");
        assert!(!faults.to_string().contains("hush"));
        for bad in [
            "[sites.one]\ntitel = \"x\"",
            "[sites.one.show]\nnote = true",
            "[sites.one.limits]\nmessages_per_day = 0",
            "[sites.one.text.de]\naccent = \"#000000\"",
            "[site.one]",
            "sites = 1",
            "[",
        ] {
            assert_eq!(parse(bad).unwrap_err().0.len(), 1, "{bad}");
        }
    }

    #[test]
    fn accepts_logos_from_this_host_only() {
        for good in ["/logo.svg", "/a/b.png?x=1", "data:image/png;base64,AAAA"] {
            assert!(is_logo(good), "{good}");
        }
        for bad in [
            "",
            "logo.svg",
            "//cdn.example/x",
            "/\\cdn.example/x",
            "/\t/cdn.example/x",
            "https://cdn.example/x",
            "data:text/html,x",
            "javascript:alert(1)",
        ] {
            assert!(!is_logo(bad), "{bad}");
        }
    }
}
