//! A site as configured by the operator.

use crate::domain::{AgentId, Limits, Site};
use secrecy::SecretString;

pub(super) const TITLE: &str = "SmoothOperator";

/// A site in `SITES_FILE`.
#[derive(Debug, Clone)]
pub struct ListedSite {
    /// The site as its pages and visitors see it.
    pub site: Site,
    /// The agent of new threads; the registry's entry agent if none.
    pub agent: Option<AgentId>,
    /// The secrets of the site's backend. Empty: those of the deployment.
    pub secrets: Vec<SecretString>,
    /// Limits for each visitor who uses the site's key.
    pub limits: Limits,
    /// The message for visitors who have reached a limit.
    pub limit_message: Option<String>,
}
