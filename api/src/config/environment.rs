//! Environment variables that `AGENTS_FILE` and `SITES_FILE` refer to, which contain no secrets
//! themselves.

use std::{fmt, sync::Arc};

type LookUp = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Looks up variables in the environment of the configuration.
#[derive(Clone)]
pub struct Environment(Arc<LookUp>);

impl Environment {
    pub(super) fn new(look_up: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look_up))
    }

    /// The value of a variable. An empty one counts as missing.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
