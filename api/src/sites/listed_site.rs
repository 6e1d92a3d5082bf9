//! A site on the operator's list.

use crate::domain::{AgentId, Limits, Site};
use secrecy::SecretString;

/// The chat's title where a site sets none.
pub(super) const TITLE: &str = "SmoothOperator";

/// A site on the operator's list.
#[derive(Debug, Clone)]
pub struct ListedSite {
    /// What its pages and visitors see.
    pub site: Site,
    /// Answers first in its threads; the registry's entry agent when none.
    pub agent: Option<AgentId>,
    /// Let its backend issue client secrets, in place of the deployment's; empty: the deployment's.
    pub secrets: Vec<SecretString>,
    /// What each of its visitors may use.
    pub limits: Limits,
    /// The sentence for a visitor who has reached a limit.
    pub limit_message: Option<String>,
}
