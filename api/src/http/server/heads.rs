//! Connections whose request head is incomplete, oldest first.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio_util::sync::CancellationToken;

/// Most waiting connections.
pub(super) const HEADS_MAX: usize = 1024;

/// Beyond [`HEADS_MAX`] the oldest connection is closed.
#[derive(Clone, Default)]
pub(super) struct Heads(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    next: u64,
    closing: BTreeMap<u64, CancellationToken>,
}

/// A connection's place among them, released when dropped.
pub(super) struct Head {
    heads: Heads,
    number: u64,
    /// Cancelled when the connection must make room.
    pub(super) closing: CancellationToken,
}

impl Heads {
    /// Adds a connection, closing the oldest one if there are too many.
    pub(super) fn enter(&self) -> Head {
        let closing = CancellationToken::new();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = waiting.next;
        waiting.next += 1;
        waiting.closing.insert(number, closing.clone());
        if waiting.closing.len() > HEADS_MAX
            && let Some((_, oldest)) = waiting.closing.pop_first()
        {
            oldest.cancel();
        }
        Head {
            heads: self.clone(),
            number,
            closing,
        }
    }
}

impl Drop for Head {
    fn drop(&mut self) {
        let mut waiting = self.heads.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.closing.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_makes_room() {
        let heads = Heads::default();
        let entered: Vec<Head> = (0..HEADS_MAX).map(|_| heads.enter()).collect();
        assert!(entered.iter().all(|head| !head.closing.is_cancelled()));
        let _one_more = heads.enter();
        let closed = entered.iter().map(|head| head.closing.is_cancelled());
        assert_eq!(closed.clone().filter(|closed| *closed).count(), 1);
        assert_eq!(closed.clone().next(), Some(true));
        drop(entered);
        let again: Vec<Head> = (1..HEADS_MAX).map(|_| heads.enter()).collect();
        assert!(again.iter().all(|head| !head.closing.is_cancelled()));
    }
}
