//! The throttle on failed sign-ins by address.

use super::store::Sessions;
use crate::domain::StoreError;
use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

/// Failures after which an address must wait.
pub const FAILURES: usize = 10;
/// The period in which failures are counted.
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// A kind of secret that an address may guess. Each is counted separately, so that one does not
/// block the other.
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

/// The name under which an address is counted. IPv6 networks of one customer are a /64.
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
    /// How long the address must wait before its credentials are checked; `None` if not at all.
    pub async fn throttled(
        &self,
        guess: Guess,
        address: IpAddr,
    ) -> Result<Option<Duration>, StoreError> {
        self.records
            .wait(&name(guess, address), FAILURES, WINDOW)
            .await
    }

    /// Counts a failure. `Some` if there were too many already: the caller must be told to wait
    /// instead of what was wrong.
    ///
    /// Of any number of concurrent guesses, exactly [`FAILURES`] learn that they are wrong. A right
    /// guess is admitted only if [`Sessions::throttled`], called after it was checked, allows it;
    /// that is, if fewer wrong guesses were counted before.
    pub async fn record_failure(
        &self,
        guess: Guess,
        address: IpAddr,
    ) -> Result<Option<Duration>, StoreError> {
        let wait = self
            .records
            .count(&name(guess, address), FAILURES, WINDOW)
            .await?;
        // Otherwise a restart would forget failures that a caller was told of.
        self.records.settle().await?;
        Ok(wait)
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
    async fn throttles_an_address_after_ten_failures() {
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
    async fn concurrent_guesses_are_throttled_too() {
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
