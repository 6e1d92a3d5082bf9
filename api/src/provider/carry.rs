//! Data that a provider attaches to its answers, to be returned to it unchanged.

use serde_json::Value;
use std::sync::Arc;

/// The provider's own data: reasoning items, thought signatures, and reasoning that a model must
/// see again while it calls tools. Opaque outside of this module. It lives as long as a run, is
/// returned only to the same agent's model, and is never stored or shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Carry(Option<Arc<Carried>>);

#[derive(Debug, Default, PartialEq)]
pub(super) struct Carried {
    /// Responses: the reasoning items before the text or the call, in order.
    pub(super) reasoning_items: Vec<Value>,
    /// Chat: fields of the message or the call that are returned under their own names.
    pub(super) fields: Vec<(&'static str, Value)>,
}

impl Carried {
    pub(super) fn set(&mut self, name: &'static str, value: Value) {
        self.fields.retain(|(field, _)| *field != name);
        self.fields.push((name, value));
    }

    pub(super) fn push(&mut self, name: &'static str, entry: Value) {
        let list = self.fields.iter_mut().find(|(field, _)| *field == name);
        match list {
            Some((_, Value::Array(entries))) => entries.push(entry),
            _ => self.set(name, Value::from(vec![entry])),
        }
    }
}

impl Carry {
    pub(super) fn get(&self) -> Option<&Carried> {
        self.0.as_deref()
    }
}

impl From<Carried> for Carry {
    fn from(carried: Carried) -> Self {
        let is_empty = carried.reasoning_items.is_empty() && carried.fields.is_empty();
        Self((!is_empty).then(|| Arc::new(carried)))
    }
}
