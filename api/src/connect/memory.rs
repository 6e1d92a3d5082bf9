//! What stores in this process share: how many bytes they hold, by owner and in all, and which
//! owners were forgotten.

use crate::domain::{OWNER_MAX_BYTES, OwnerId, StoreError};
use dashmap::DashMap;
use std::{
    iter::Sum,
    ops::Add,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
// Tokio's clock, so that tests can move it.
use tokio::time::Instant;

/// What a message or a note costs besides its bytes: its fields, its id, its place in maps.
const ITEM_BYTES: usize = 512;
/// How long a forgotten owner's mark stays: longer than any request or run lasts.
pub const FORGOTTEN_FOR: Duration = Duration::from_secs(15 * 60);

/// Gives memory back when there is too little.
pub trait Reclaim: Send + Sync {
    /// Drops what is worth least, until `bytes` are free or nothing is left to drop.
    fn reclaim(&self, bytes: usize);
}

/// The memory of this process, for all stores in it.
pub struct Memory {
    limit: usize,
    used: AtomicUsize,
    owners: DashMap<OwnerId, Usage>,
    forgotten: DashMap<OwnerId, Instant>,
    /// Never held across a call of it.
    reclaimer: Mutex<Option<Weak<dyn Reclaim>>>,
}

struct Usage {
    size: Size,
    last_use: Instant,
}

/// How much something is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes of what people and models wrote.
    pub bytes: usize,
    /// Things that hold them; each costs memory of its own.
    pub items: usize,
}

impl Size {
    /// One thing of so many bytes.
    #[must_use]
    pub fn of_one(bytes: usize) -> Self {
        Self { bytes, items: 1 }
    }

    fn held(self) -> usize {
        self.bytes + self.items * ITEM_BYTES
    }
}

impl Add for Size {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            items: self.items + other.items,
        }
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), Add::add)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new(usize::MAX)
    }
}

impl Memory {
    /// Room for `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            owners: DashMap::new(),
            forgotten: DashMap::new(),
            reclaimer: Mutex::new(None),
        }
    }

    /// Names the store that gives memory back first.
    pub fn reclaim_from(&self, reclaimer: Weak<dyn Reclaim>) {
        *self.reclaimer() = Some(reclaimer);
    }

    fn reclaimer(&self) -> MutexGuard<'_, Option<Weak<dyn Reclaim>>> {
        self.reclaimer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes that all stores hold together.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The most bytes that all stores may hold together.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether `bytes` more fit, after dropping what may be dropped.
    ///
    /// # Errors
    /// When they do not.
    pub fn check_room(&self, bytes: usize) -> Result<(), StoreError> {
        let missing = || (self.used() + bytes).saturating_sub(self.limit);
        if missing() > 0
            && let Some(reclaimer) = self.reclaimer().as_ref().and_then(Weak::upgrade)
        {
            reclaimer.reclaim(missing());
        }
        match missing() {
            0 => Ok(()),
            _ => Err(StoreError::Full { store: "memory" }),
        }
    }

    /// Whether an owner's threads and notes may grow by `bytes`.
    #[must_use]
    pub fn owner_has_room(&self, owner: &OwnerId, bytes: usize) -> bool {
        let held = self.owners.get(owner).map_or(0, |usage| usage.size.bytes);
        held + bytes <= OWNER_MAX_BYTES
    }

    /// Counts bytes that belong to nobody in particular.
    pub fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Takes back what [`Memory::add`] counted.
    pub fn remove(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts that what an owner has went from `before` to `after`, and that the owner is active.
    pub fn change(&self, owner: &OwnerId, before: Size, after: Size) {
        self.add(after.held());
        self.remove(before.held());
        {
            let mut usage = self.owners.entry(owner.clone()).or_insert_with(|| Usage {
                size: Size::default(),
                last_use: Instant::now(),
            });
            let size = &mut usage.size;
            size.bytes = (size.bytes + after.bytes).saturating_sub(before.bytes);
            size.items = (size.items + after.items).saturating_sub(before.items);
            usage.last_use = Instant::now();
        }
        self.owners
            .remove_if(owner, |_, usage| usage.size.items == 0);
    }

    /// Notes that an owner who has something is active.
    pub fn touch(&self, owner: &OwnerId) {
        if let Some(mut usage) = self.owners.get_mut(owner) {
            usage.last_use = Instant::now();
        }
    }

    /// Marks an owner as forgotten.
    pub fn forget(&self, owner: &OwnerId) {
        let now = Instant::now();
        self.forgotten.retain(|_, until| *until > now);
        self.forgotten.insert(owner.clone(), now + FORGOTTEN_FOR);
    }

    /// Whether an owner was forgotten a short while ago and has not come back.
    #[must_use]
    pub fn is_forgotten(&self, owner: &OwnerId) -> bool {
        let now = Instant::now();
        self.forgotten.get(owner).is_some_and(|until| *until > now)
    }

    /// Lets an owner begin again.
    pub fn admit(&self, owner: &OwnerId) {
        self.forgotten.remove(owner);
    }

    /// Owners for whom `counts`, that have not been active for `idle` or are more than `most`:
    /// those that were active longest ago first.
    #[must_use]
    pub fn idle_owners(
        &self,
        idle: Duration,
        most: usize,
        counts: impl Fn(&OwnerId) -> bool,
    ) -> Vec<OwnerId> {
        let now = Instant::now();
        let owners = self.owners.iter().filter(|entry| counts(entry.key()));
        let mut owners: Vec<_> = owners
            .map(|entry| (entry.last_use, entry.key().clone()))
            .collect();
        owners.sort();
        let extra = owners.len().saturating_sub(most);
        let old = owners.partition_point(|(last_use, _)| *last_use + idle <= now);
        owners.truncate(extra.max(old));
        owners.into_iter().map(|(_, owner)| owner).collect()
    }
}

/// Counts the bytes of something for as long as it lives.
pub struct Held {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Held {
    /// Counts `bytes`.
    #[must_use]
    pub fn new(memory: Arc<Memory>, bytes: usize) -> Self {
        memory.add(bytes);
        Self { memory, bytes }
    }

    /// Counts `bytes` from now on.
    pub fn set(&mut self, bytes: usize) {
        self.memory.add(bytes);
        self.memory.remove(self.bytes);
        self.bytes = bytes;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.memory.remove(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_does_not_fit_and_counts_by_owner() {
        let memory = Memory::new(100 + ITEM_BYTES);
        let owner = OwnerId::generate();
        let before = Size::of_one(60);
        memory.change(&owner, Size::default(), before);
        assert!(memory.check_room(40).is_ok());
        assert!(matches!(
            memory.check_room(41),
            Err(StoreError::Full { store: "memory" })
        ));
        assert!(memory.owner_has_room(&owner, OWNER_MAX_BYTES - 60));
        assert!(!memory.owner_has_room(&owner, OWNER_MAX_BYTES - 59));
        memory.change(&owner, before, Size::of_one(10));
        assert_eq!(memory.used(), 10 + ITEM_BYTES);
        memory.change(&owner, Size::of_one(10), Size::default());
        assert_eq!((memory.used(), memory.owners.len()), (0, 0));
    }

    #[test]
    fn asks_for_memory_back_before_it_refuses() {
        struct Logs(Arc<Memory>);
        impl Reclaim for Logs {
            fn reclaim(&self, bytes: usize) {
                self.0.remove(bytes);
            }
        }
        let memory = Arc::new(Memory::new(100));
        memory.add(100);
        assert!(memory.check_room(1).is_err());
        let logs: Arc<dyn Reclaim> = Arc::new(Logs(Arc::clone(&memory)));
        memory.reclaim_from(Arc::downgrade(&logs));
        assert!(memory.check_room(30).is_ok());
        assert_eq!(memory.used(), 70);
    }

    #[tokio::test(start_paused = true)]
    async fn remembers_the_forgotten_as_long_as_a_request_lasts() {
        let memory = Memory::default();
        let (gone, back) = (OwnerId::generate(), OwnerId::generate());
        memory.forget(&gone);
        memory.forget(&back);
        memory.admit(&back);
        assert!(memory.is_forgotten(&gone) && !memory.is_forgotten(&back));
        tokio::time::advance(FORGOTTEN_FOR).await;
        assert!(!memory.is_forgotten(&gone));
    }

    #[tokio::test(start_paused = true)]
    async fn names_the_idle_and_the_surplus_oldest_first() {
        let memory = Memory::default();
        let owners: Vec<_> = (0..4).map(|_| OwnerId::generate()).collect();
        for owner in &owners {
            memory.change(owner, Size::default(), Size::of_one(1));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let idle = |after, most| memory.idle_owners(Duration::from_secs(after), most, |_| true);
        assert_eq!(idle(100, 10), []);
        assert_eq!(idle(4, 10), owners[..1]);
        assert_eq!(idle(100, 2), owners[..2]);
        let last = |owner: &OwnerId| *owner == owners[3];
        assert_eq!(
            memory.idle_owners(Duration::ZERO, 10, last),
            owners[3..],
            "only those that count"
        );
    }
}
