//! The throttle on failed sign-ins: so many an address within so long.

use super::store::Sessions;
use crate::domain::StoreError;
use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Failures of one address before it has to wait.
pub const FAILURES: usize = 10;
/// Within this time.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// What is guessed. Each is counted for itself, so that failing at one closes no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// The passcode, or a client secret.
    SignIn,
    /// A site secret.
    SiteSecret,
}

impl Guess {
    fn prefix(self) -> &'static str {
        match self {
            Self::SignIn => "failures",
            Self::SiteSecret => "site-secret-failures",
        }
    }
}

/// One name for all addresses that one customer of a provider has: an IPv6 network is a /64.
fn name(guess: Guess, address: IpAddr) -> String {
    let prefix = guess.prefix();
    match address.to_canonical() {
        IpAddr::V4(address) => format!("{prefix}:{address}"),
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64));
            format!("{prefix}:{network}/64")
        }
    }
}

impl Sessions {
    /// How long the address has to wait before anything it sends is looked at; `None`: not at all.
    pub async fn throttled(
        &self,
        guess: Guess,
        address: IpAddr,
    ) -> Result<Option<Duration>, StoreError> {
        self.records
            .wait(&name(guess, address), FAILURES, WINDOW)
            .await
    }

    /// Counts a failure. `Some`: there were too many already, and the caller must be told to wait
    /// instead of being told what was wrong.
    ///
    /// Of any number of guesses at once, exactly [`FAILURES`] are told that they are wrong. A
    /// right guess asks [`Sessions::throttled`] after it was found right, so it gets in only when
    /// fewer than that many wrong ones were counted before it.
    pub async fn record_failure(
        &self,
        guess: Guess,
        address: IpAddr,
    ) -> Result<Option<Duration>, StoreError> {
        self.records
            .count(&name(guess, address), FAILURES, WINDOW)
            .await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::sessions::store::tests::sessions;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn ten_failures_and_then_a_wait_for_that_address_alone() {
        let sessions = sessions();
        let address = ip("192.0.2.1");
        for _ in 0..FAILURES {
            assert_eq!(
                sessions.throttled(Guess::SignIn, address).await.unwrap(),
                None
            );
            assert_eq!(
                sessions
                    .record_failure(Guess::SignIn, address)
                    .await
                    .unwrap(),
                None
            );
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let wait = WINDOW - Duration::from_secs(10);
        assert_eq!(
            sessions.throttled(Guess::SignIn, address).await.unwrap(),
            Some(wait)
        );
        assert_eq!(
            sessions
                .record_failure(Guess::SignIn, address)
                .await
                .unwrap(),
            Some(wait)
        );
        assert_eq!(
            sessions
                .throttled(Guess::SignIn, ip("192.0.2.2"))
                .await
                .unwrap(),
            None
        );
        let other = sessions
            .throttled(Guess::SiteSecret, address)
            .await
            .unwrap();
        assert_eq!(other, None, "each kind of guess is counted for itself");
        tokio::time::advance(wait).await;
        assert_eq!(
            sessions.throttled(Guess::SignIn, address).await.unwrap(),
            None
        );
    }

    #[test]
    fn a_network_is_one_address() {
        let same = [
            ("2001:db8::1", "2001:db8::ffff:1"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
        ];
        for (a, b) in same {
            assert_eq!(
                name(Guess::SignIn, ip(a)),
                name(Guess::SignIn, ip(b)),
                "{a} {b}"
            );
        }
        for (a, b) in [
            ("2001:db8::1", "2001:db8:0:1::1"),
            ("192.0.2.1", "192.0.2.2"),
        ] {
            assert_ne!(
                name(Guess::SignIn, ip(a)),
                name(Guess::SignIn, ip(b)),
                "{a} {b}"
            );
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_thousand_guesses_at_once_are_ten() {
        let sessions = sessions();
        let guesses: Vec<_> = (0..1000)
            .map(|_| {
                let sessions = sessions.clone();
                tokio::spawn(async move {
                    sessions
                        .record_failure(Guess::SignIn, ip("192.0.2.1"))
                        .await
                })
            })
            .collect();
        let mut told = 0;
        for guess in guesses {
            told += usize::from(guess.await.unwrap().unwrap().is_none());
        }
        assert_eq!(told, FAILURES);
    }
}
