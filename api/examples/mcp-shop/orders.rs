//! The orders of the shop: the same two after every start.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// By number, with their state.
pub(crate) struct Orders(Mutex<BTreeMap<String, String>>);

impl Default for Orders {
    fn default() -> Self {
        let orders = [
            ("1001", "on its way, here on Friday"),
            ("1002", "being packed"),
        ];
        let orders = orders.map(|(number, state)| (number.to_owned(), state.to_owned()));
        Self(Mutex::new(BTreeMap::from(orders)))
    }
}

impl Orders {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn state(&self, number: &str) -> Option<String> {
        self.with(|orders| orders.get(number).cloned())
    }

    /// `false` if there is no such order.
    pub(crate) fn cancel(&self, number: &str) -> bool {
        self.with(|orders| match orders.get_mut(number) {
            Some(state) => {
                *state = "cancelled".to_owned();
                true
            }
            None => false,
        })
    }
}
