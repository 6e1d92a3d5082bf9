//! A timer for a deadline that keeps moving.

use std::pin::Pin;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer that is set again only when it fires, so that a later deadline costs nothing.
#[derive(Default)]
pub struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Resolves at `deadline`.
    pub async fn at(&mut self, deadline: Instant) {
        while Instant::now() < deadline {
            let timer = self
                .0
                .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.is_elapsed() || timer.deadline() > deadline {
                timer.as_mut().reset(deadline);
            }
            timer.as_mut().await;
        }
    }
}
