//! How long things take and may take.

use std::time::Duration;

/// Intervals and timeouts. A run whose replica is gone is noticed after `lease` and a `poll`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// A writer that has not renewed its lease for this long is gone.
    pub(super) lease: Duration,
    /// Far enough below `lease` that a renewal may take as long as any call.
    pub(super) renew: Duration,
    /// How long Redis must have been reachable before a lapsed lease counts: above `renew` plus a
    /// call, below `lease` less `renew`.
    pub(super) trust: Duration,
    /// How often a waiting reader polls.
    pub(super) poll: Duration,
    /// How long a write retries while Redis is away, so that its restart loses nothing.
    pub(super) retry: Duration,
}

pub(super) const TIMING: Timing = Timing {
    lease: Duration::from_secs(6),
    renew: Duration::from_millis(1500),
    trust: Duration::from_secs(4),
    poll: Duration::from_secs(1),
    retry: Duration::from_secs(40),
};
