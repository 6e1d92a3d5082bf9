//! A base URL with its HTTP client, and what was learned about its models.

use super::{form::Form, learned::Learned, options::ProviderOptions};
use crate::domain::ModelName;
use std::sync::Arc;

/// Clones share connections and what was learned.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    pub(super) http: reqwest::Client,
    pub(super) options: Arc<ProviderOptions>,
    learned: Arc<Learned>,
}

impl Endpoint {
    pub(super) fn new(http: reqwest::Client, options: ProviderOptions) -> Self {
        Self {
            http,
            options: Arc::new(options),
            learned: Arc::default(),
        }
    }

    pub(super) fn form(&self, model: &ModelName) -> Form {
        let learned = self.learned.get(model);
        learned.unwrap_or_else(|| Form::first(&self.options))
    }

    pub(super) fn learn(&self, model: &ModelName, form: Form) {
        if form != self.form(model) {
            self.learned.set(model, form);
        }
    }
}
