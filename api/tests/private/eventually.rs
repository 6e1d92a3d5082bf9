//! Polls a condition until it holds. Shared by unit and integration tests.
#![allow(dead_code, clippy::panic)]

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Generous, since several test binaries share the machine.
const LIMIT: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_millis(5);

/// Returns once `holds` does. Panics after a minute, naming the condition `what`.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds().await {
        assert!(Instant::now() < deadline, "not within {LIMIT:?}: {what}");
        // pause: between two polls
        sleep(INTERVAL).await;
    }
}
