//! Intervals and timeouts of run logs in Redis.

use std::time::Duration;

/// The death of a replica is noticed after `lease` plus a `poll`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// A writer that has not renewed its lease for this long is considered dead.
    pub(super) lease: Duration,
    /// Well below `lease`, so that a renewal may take as long as any call.
    pub(super) renew: Duration,
    /// How long Redis must have been reachable before a lapsed lease counts: more than `renew` plus
    /// a call, less than `lease` minus `renew`.
    pub(super) trust: Duration,
    pub(super) poll: Duration,
    /// How long a write is retried while Redis is down, so that a restart of Redis loses nothing.
    pub(super) retry: Duration,
}

pub(super) const TIMING: Timing = Timing {
    lease: Duration::from_secs(6),
    renew: Duration::from_millis(1500),
    trust: Duration::from_secs(4),
    poll: Duration::from_secs(1),
    retry: Duration::from_secs(40),
};
