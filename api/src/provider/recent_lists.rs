//! Caches lists of models, so that the first message of a session need not wait for one.

use super::model_list::ModelList;
use crate::domain::ApiKey;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

const LIFETIME: Duration = Duration::from_secs(600);
const MAX_LISTS: usize = 200;

type KeyHash = [u8; 32];

/// By a hash of the key; the key itself is not kept.
#[derive(Debug, Default)]
pub(super) struct RecentLists(Mutex<HashMap<KeyHash, (Instant, Arc<ModelList>)>>);

impl RecentLists {
    pub(super) fn get(&self, key: &ApiKey) -> Option<Arc<ModelList>> {
        let lists = self.lock();
        let (read, list) = lists.get(&hash(key))?;
        (read.elapsed() < LIFETIME).then(|| Arc::clone(list))
    }

    /// Drops the oldest when there are too many.
    pub(super) fn set(&self, key: &ApiKey, list: Arc<ModelList>) {
        let mut lists = self.lock();
        lists.insert(hash(key), (Instant::now(), list));
        if lists.len() > MAX_LISTS {
            let oldest = lists.iter().min_by_key(|(_, (read, _))| *read);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                lists.remove(&oldest);
            }
        }
    }

    /// These plain values are whole even after a panic.
    fn lock(&self) -> MutexGuard<'_, HashMap<KeyHash, (Instant, Arc<ModelList>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(key: &ApiKey) -> KeyHash {
    Sha256::digest(key.expose()).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_bounded_number_of_lists() {
        let lists = RecentLists::default();
        let key = |n: usize| format!("sk-{n}").parse::<ApiKey>().unwrap();
        assert!(lists.get(&key(0)).is_none());
        for n in 0..=MAX_LISTS {
            lists.set(&key(n), Arc::default());
        }
        assert!(lists.get(&key(0)).is_none());
        assert!(lists.get(&key(MAX_LISTS)).is_some());
        assert_eq!(lists.lock().len(), MAX_LISTS);
    }
}
