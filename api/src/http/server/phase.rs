//! Which part of a request a connection is in, and when it is too late.

use super::heads::{Head, Heads};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

/// How long a request head may take, from its first byte or the start of the connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

pub(super) struct Phase {
    heads: Heads,
    state: watch::Sender<State>,
}

#[derive(Clone)]
enum State {
    Head(Arc<Head>, Instant),
    /// A request is being answered.
    Request,
    Idle,
}

impl Phase {
    pub(super) fn new(heads: Heads) -> Self {
        let first = State::Head(Arc::new(heads.enter()), Instant::now() + HEAD_TIMEOUT);
        Self {
            heads,
            state: watch::Sender::new(first),
        }
    }

    /// Bytes arrived: between two requests they begin the next head.
    pub(super) fn bytes_received(&self) {
        self.state.send_if_modified(|state| {
            let idle = matches!(state, State::Idle);
            if idle {
                let head = Arc::new(self.heads.enter());
                *state = State::Head(head, Instant::now() + HEAD_TIMEOUT);
            }
            idle
        });
    }

    pub(super) fn head_received(&self) {
        self.state.send_replace(State::Request);
    }

    pub(super) fn answered(&self) {
        self.state.send_replace(State::Idle);
    }

    /// Resolves when the connection must close: its head took too long, or makes room for another.
    pub(super) async fn late(&self) {
        let mut states = self.state.subscribe();
        loop {
            let (closing, deadline) = match &*states.borrow_and_update() {
                State::Head(head, deadline) => (Some(head.closing.clone()), *deadline),
                State::Request | State::Idle => (None, Instant::now()),
            };
            let Some(closing) = closing else {
                let _ = states.changed().await;
                continue;
            };
            tokio::select! {
                () = closing.cancelled() => return,
                () = sleep_until(deadline) => return,
                _ = states.changed() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    async fn late_within(phase: &Phase, seconds: u64) -> bool {
        timeout(Duration::from_secs(seconds), phase.late())
            .await
            .is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn only_request_heads_have_a_time_limit() {
        let phase = Phase::new(Heads::default());
        assert!(!late_within(&phase, 14).await);
        // More bytes of the same head do not extend the time.
        phase.bytes_received();
        assert!(late_within(&phase, 2).await);

        let phase = Phase::new(Heads::default());
        phase.head_received();
        phase.bytes_received();
        assert!(!late_within(&phase, 3600).await);
        phase.answered();
        assert!(!late_within(&phase, 3600).await, "idle is hyper's to bound");
        phase.bytes_received();
        assert!(!late_within(&phase, 14).await);
        assert!(late_within(&phase, 2).await);
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_are_not_closed_to_make_room() {
        let heads = Heads::default();
        let idle = Phase::new(heads.clone());
        idle.head_received();
        idle.answered();
        let oldest = Phase::new(heads.clone());
        let others: Vec<Phase> = (0..super::super::heads::HEADS_MAX)
            .map(|_| Phase::new(heads.clone()))
            .collect();
        assert!(late_within(&oldest, 0).await);
        assert!(!late_within(&idle, 1).await && !late_within(&others[0], 1).await);
    }
}
