//! The memory that all in-process stores share, counted by owner and overall, and the marks of
//! deleted owners.

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

/// Overhead of a message or note besides its bytes: fields, id, map entries.
const ITEM_BYTES: usize = 512;
const MARK_BYTES: usize = 160;
/// How far sign-ins and live runs may exceed the limit, so that people can still sign in and no run
/// fails mid-answer when memory is full.
pub const RESERVE: usize = 32 * 1024 * 1024;
/// How long a deleted owner's mark stays: longer than any request or run lasts.
pub const FORGOTTEN_FOR: Duration = Duration::from_secs(15 * 60);

/// Frees memory when there is too little.
pub trait Reclaim: Send + Sync {
    /// Drops the least valuable data until `bytes` are free or nothing is left to drop.
    fn reclaim(&self, bytes: usize);
}

/// The memory of this process, for all stores in it.
pub struct Memory {
    limit: usize,
    used: AtomicUsize,
    owners: DashMap<OwnerId, Usage>,
    forgotten: DashMap<OwnerId, Instant>,
    /// Not held while calling it.
    reclaimer: Mutex<Option<Weak<dyn Reclaim>>>,
}

struct Usage {
    size: Size,
    last_use: Instant,
}

/// The size of stored data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Bytes of text by users and models.
    pub bytes: usize,
    /// The number of items, each of which has an overhead.
    pub items: usize,
}

impl Size {
    /// One item of this many bytes.
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
    /// A limit of `limit` bytes.
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

    /// Sets the store that frees memory first.
    pub fn reclaim_from(&self, reclaimer: Weak<dyn Reclaim>) {
        *self.reclaimer() = Some(reclaimer);
    }

    fn reclaimer(&self) -> MutexGuard<'_, Option<Weak<dyn Reclaim>>> {
        self.reclaimer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes in all stores.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The limit for all stores.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Checks that `bytes` more fit, after freeing what can be freed.
    pub fn check_room(&self, bytes: usize) -> Result<(), StoreError> {
        self.check(bytes, self.limit)
    }

    /// As [`Memory::check_room`], for data that may use the [`RESERVE`] too.
    pub fn check_reserve(&self, bytes: usize) -> Result<(), StoreError> {
        self.check(bytes, self.limit.saturating_add(RESERVE))
    }

    fn check(&self, bytes: usize, most: usize) -> Result<(), StoreError> {
        let missing = |most: usize| (self.used() + bytes).saturating_sub(most);
        let beyond_limit = missing(self.limit);
        if beyond_limit > 0 {
            let reclaimer = self.reclaimer().as_ref().and_then(Weak::upgrade);
            if let Some(reclaimer) = reclaimer {
                reclaimer.reclaim(beyond_limit);
            }
        }
        match missing(most) {
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

    /// Counts bytes that belong to no owner.
    pub fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Reverses [`Memory::add`].
    pub fn remove(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Records that an owner's data changed its size, and that the owner is active.
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

    /// Records that an owner with data is active.
    pub fn touch(&self, owner: &OwnerId) {
        if let Some(mut usage) = self.owners.get_mut(owner) {
            usage.last_use = Instant::now();
        }
    }

    /// Marks an owner as deleted.
    pub fn forget(&self, owner: &OwnerId) {
        let now = Instant::now();
        self.forgotten.retain(|_, until| {
            let stays = *until > now;
            if !stays {
                self.remove(MARK_BYTES);
            }
            stays
        });
        let mark = self.forgotten.insert(owner.clone(), now + FORGOTTEN_FOR);
        if mark.is_none() {
            self.add(MARK_BYTES);
        }
    }

    /// Whether an owner was deleted recently and has not signed in since.
    #[must_use]
    pub fn is_forgotten(&self, owner: &OwnerId) -> bool {
        let now = Instant::now();
        self.forgotten.get(owner).is_some_and(|until| *until > now)
    }

    /// Clears an owner's mark.
    pub fn admit(&self, owner: &OwnerId) {
        if self.forgotten.remove(owner).is_some() {
            self.remove(MARK_BYTES);
        }
    }

    /// Owners for whom `counts` holds and who have been inactive for `idle`, or exceed `most`; the
    /// longest inactive first.
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

/// Counts bytes until dropped.
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

    /// Replaces the number of bytes.
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
    fn refuses_what_exceeds_an_owners_limit() {
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
    fn reclaims_memory_before_refusing() {
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

    #[test]
    fn keeps_a_reserve_beyond_the_limit() {
        let memory = Memory::new(100);
        memory.add(100);
        assert!(memory.check_room(1).is_err());
        assert!(memory.check_reserve(RESERVE).is_ok());
        assert!(memory.check_reserve(RESERVE + 1).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_marks_of_deleted_owners_as_long_as_a_request_lasts() {
        let memory = Memory::default();
        let (gone, back) = (OwnerId::generate(), OwnerId::generate());
        memory.forget(&gone);
        memory.forget(&back);
        memory.admit(&back);
        assert!(memory.is_forgotten(&gone) && !memory.is_forgotten(&back));
        assert_eq!(memory.used(), MARK_BYTES);
        tokio::time::advance(FORGOTTEN_FOR).await;
        assert!(!memory.is_forgotten(&gone));
    }

    #[tokio::test(start_paused = true)]
    async fn lists_idle_and_surplus_owners_oldest_first() {
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
