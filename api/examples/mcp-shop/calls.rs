//! Counts calls, so that a test can tell that none was made twice.

use rmcp::model::CallToolRequestParams;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// By tool and arguments.
#[derive(Default)]
pub(crate) struct Calls(Mutex<BTreeMap<String, usize>>);

impl Calls {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, usize>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn count(&self, call: &CallToolRequestParams) {
        let arguments = Value::from(call.arguments.clone().unwrap_or_default());
        let key = format!("{} {arguments}", call.name);
        self.with(|counts| *counts.entry(key).or_default() += 1);
    }

    /// By `tool {"argument":"value"}`.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        self.with(|counts| counts.clone())
    }
}
