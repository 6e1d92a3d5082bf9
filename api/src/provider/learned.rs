//! Remembers the form of request that each model accepted, until the process ends.

use super::form::Form;
use crate::domain::ModelName;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

const MAX_MODELS: usize = 1_000;

/// Drops the oldest when there are too many.
#[derive(Debug, Default)]
pub(super) struct Learned(Mutex<Forms>);

#[derive(Debug, Default)]
struct Forms {
    by_model: HashMap<ModelName, Form>,
    oldest_first: VecDeque<ModelName>,
}

impl Learned {
    /// `None` if nothing was learned about the model.
    pub(super) fn get(&self, model: &ModelName) -> Option<Form> {
        self.lock().by_model.get(model).copied()
    }

    pub(super) fn set(&self, model: &ModelName, form: Form) {
        let mut forms = self.lock();
        if forms.by_model.insert(model.clone(), form).is_some() {
            return;
        }
        forms.oldest_first.push_back(model.clone());
        if forms.oldest_first.len() > MAX_MODELS
            && let Some(oldest) = forms.oldest_first.pop_front()
        {
            forms.by_model.remove(&oldest);
        }
    }

    /// These plain values are whole even after a panic.
    fn lock(&self) -> MutexGuard<'_, Forms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::provider::{form::ToolsForm, options::ProviderOptions};

    #[test]
    fn remembers_a_bounded_number_of_models() {
        let learned = Learned::default();
        let first = Form::first(&ProviderOptions::new("http://localhost/v1"));
        let form = Form {
            tools: ToolsForm::LeftOut,
            ..first
        };
        let model = |n: usize| format!("model-{n}").parse::<ModelName>().unwrap();
        assert_eq!(learned.get(&model(0)), None);
        for n in 0..=MAX_MODELS {
            learned.set(&model(n), form);
            learned.set(&model(n), form);
        }
        assert_eq!(learned.get(&model(0)), None);
        assert_eq!(learned.get(&model(1)), Some(form));
        assert_eq!(learned.lock().by_model.len(), MAX_MODELS);
        assert_eq!(learned.lock().oldest_first.len(), MAX_MODELS);
    }
}
