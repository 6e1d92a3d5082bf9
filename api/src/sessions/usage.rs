//! Counts messages and tokens of visitors within time windows, over all replicas.

use super::{
    store::{Sessions, UPDATE_TRIES},
    token::SessionRef,
};
use crate::domain::{Limits, OwnerId, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{num::NonZeroU64, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const DAY_SECONDS: i64 = 24 * 3600;
/// Tokens within a slot are counted together, by the time of the last ones.
const SLOT_SECONDS: i64 = 600;
/// How long a client secret's limits are kept after the last message.
const LIMITS_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// The account to which the use of a site's key is charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// A user of a site over all sign-ins, or a single session of an anonymous visitor.
    #[must_use]
    pub fn new(owner: &OwnerId, user_id: Option<&str>, session: &SessionRef) -> Self {
        Self(match user_id {
            Some(_) => format!("owner:{owner}"),
            None => format!("session:{}", session.as_str()),
        })
    }
}

/// The limits that apply to a request.
#[derive(Debug, Clone)]
pub struct Allowance {
    /// The owner whose messages are counted.
    pub owner: OwnerId,
    /// Most messages of the owner within a minute; 0 for no limit.
    pub messages_per_minute: usize,
    /// For a site's key: the account and its limits.
    pub lent: Option<(Account, Limits)>,
}

/// Name, limit and length of a window that counts messages.
type CountedWindow = (String, usize, Duration);

/// By the second since 1970, one entry for each slot.
#[derive(Default, Serialize, Deserialize)]
struct Tokens(Vec<(i64, u64)>);

impl Tokens {
    fn forget_old(&mut self, now: Timestamp) {
        self.0.retain(|(at, _)| at + DAY_SECONDS > now.as_second());
    }

    fn add(&mut self, now: Timestamp, tokens: u64) {
        let now = now.as_second();
        let slot = |second: i64| second.div_euclid(SLOT_SECONDS);
        match self.0.last_mut() {
            Some((at, sum)) if slot(*at) == slot(now) => {
                *at = now;
                *sum = sum.saturating_add(tokens);
            }
            _ => self.0.push((now, tokens)),
        }
    }

    /// How long until fewer than `limit` tokens were used within a day.
    fn wait(&self, limit: u64, now: Timestamp) -> Option<Duration> {
        let used = self.0.iter().map(|(_, tokens)| tokens);
        let mut used = used.fold(0, |sum: u64, tokens| sum.saturating_add(*tokens));
        let mut wait = None;
        for (at, tokens) in &self.0 {
            if used < limit {
                break;
            }
            used = used.saturating_sub(*tokens);
            let seconds = u64::try_from(at + DAY_SECONDS - now.as_second()).unwrap_or(1);
            wait = Some(Duration::from_secs(seconds.max(1)));
        }
        wait
    }
}

fn limit(limit: NonZeroU64) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}

impl Allowance {
    fn windows(&self) -> Vec<CountedWindow> {
        let mut windows = Vec::new();
        if self.messages_per_minute > 0 {
            let name = format!("messages:{}", self.owner);
            windows.push((name, self.messages_per_minute, MINUTE));
        }
        if let Some((Account(account), limits)) = &self.lent {
            for (most, length, name) in [
                (limits.messages_per_minute, MINUTE, "minute"),
                (limits.messages_per_day, DAY, "day"),
            ] {
                if let Some(most) = most {
                    windows.push((format!("lent-{name}:{account}"), limit(most), length));
                }
            }
        }
        windows
    }

    fn tokens(&self) -> Option<(String, u64)> {
        let (Account(account), limits) = self.lent.as_ref()?;
        Some((format!("tokens:{account}"), limits.tokens_per_day?.get()))
    }
}

impl Sessions {
    /// Stores the limits of an account's newest client secret.
    pub async fn keep_limits(&self, account: &Account, limits: Limits) -> Result<(), StoreError> {
        let name = format!("limits:{}", account.0);
        let sealed = self.seal(&name, &limits)?;
        self.records.put(&name, sealed, LIMITS_LIFETIME).await
    }

    /// The limits of an account's newest client secret; none if it never had one.
    pub async fn limits(&self, account: &Account) -> Result<Limits, StoreError> {
        let name = format!("limits:{}", account.0);
        let found = self.records.renew(&name, LIMITS_LIFETIME).await?;
        Ok(found
            .and_then(|sealed| self.unseal(&name, &sealed))
            .unwrap_or_default())
    }

    /// Counts a message, unless a limit is reached: then returns how long to wait.
    pub async fn count_message(
        &self,
        allowance: &Allowance,
    ) -> Result<Option<Duration>, StoreError> {
        if let Some((name, limit)) = allowance.tokens() {
            let now = Timestamp::now();
            let (_, tokens) = self.tokens(&name, now).await?;
            if let Some(wait) = tokens.wait(limit, now) {
                return Ok(Some(wait));
            }
        }
        let windows = allowance.windows();
        for (at, (name, limit, length)) in windows.iter().enumerate() {
            if let Some(wait) = self.records.count(name, *limit, *length).await? {
                self.uncount(&windows[..at]).await?;
                return Ok(Some(wait));
            }
        }
        Ok(None)
    }

    /// Takes back a counted message, which was refused for another reason.
    pub async fn uncount_message(&self, allowance: &Allowance) -> Result<(), StoreError> {
        self.uncount(&allowance.windows()).await
    }

    async fn uncount(&self, windows: &[CountedWindow]) -> Result<(), StoreError> {
        for (name, ..) in windows {
            self.records.uncount(name).await?;
        }
        Ok(())
    }

    /// Counts the tokens of an answer.
    pub async fn count_tokens(&self, allowance: &Allowance, used: u64) -> Result<(), StoreError> {
        let Some((name, _)) = allowance.tokens().filter(|_| used > 0) else {
            return Ok(());
        };
        for _ in 0..UPDATE_TRIES {
            let now = Timestamp::now();
            let (stored, mut tokens) = self.tokens(&name, now).await?;
            tokens.add(now, used);
            let changed = self.seal(&name, &tokens)?;
            let Some(stored) = stored else {
                return self.records.put(&name, changed, DAY).await;
            };
            if self.records.swap(&name, &stored, changed).await? {
                self.records.renew(&name, DAY).await?;
                return Ok(());
            }
        }
        Err(self.contended())
    }

    async fn tokens(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<(Option<Vec<u8>>, Tokens), StoreError> {
        let stored = self.records.get(name).await?;
        let mut tokens: Tokens = stored
            .as_ref()
            .and_then(|sealed| self.unseal(name, sealed))
            .unwrap_or_default();
        tokens.forget_old(now);
        Ok((stored, tokens))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sessions::store::tests::sessions;

    fn allowance(messages_per_minute: usize, limits: Limits) -> Allowance {
        let owner = OwnerId::generate();
        Allowance {
            messages_per_minute,
            lent: Some((Account(owner.to_string()), limits)),
            owner,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn counts_messages_within_each_window() {
        let sessions = sessions();
        let limits = Limits {
            messages_per_day: NonZeroU64::new(5),
            ..Limits::default()
        };
        let allowance = allowance(3, limits);
        for _ in 0..3 {
            assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
        }
        let wait = sessions.count_message(&allowance).await.unwrap().unwrap();
        assert!(wait <= MINUTE, "{wait:?}");
        tokio::time::advance(MINUTE).await;
        for _ in 0..2 {
            assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
        }
        let wait = sessions.count_message(&allowance).await.unwrap().unwrap();
        assert!(wait > MINUTE && wait <= DAY, "{wait:?}");
        let other = super::tests::allowance(3, limits);
        assert_eq!(sessions.count_message(&other).await.unwrap(), None);
    }

    #[tokio::test]
    async fn no_limit_counts_nothing() {
        let sessions = sessions();
        let allowance = allowance(0, Limits::default());
        for _ in 0..100 {
            assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
        }
    }

    #[tokio::test]
    async fn tokens_of_an_answer_count_against_the_next_message() {
        let sessions = sessions();
        let limits = Limits {
            tokens_per_day: NonZeroU64::new(100),
            ..Limits::default()
        };
        let allowance = allowance(0, limits);
        for used in [99, 50] {
            assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
            sessions.count_tokens(&allowance, used).await.unwrap();
        }
        let wait = sessions.count_message(&allowance).await.unwrap().unwrap();
        assert!(
            wait > DAY - Duration::from_secs(60) && wait <= DAY,
            "{wait:?}"
        );
    }

    #[test]
    fn tokens_count_for_a_whole_day() {
        let second = |n: i64| Timestamp::from_second(n).unwrap();
        let mut tokens = Tokens::default();
        tokens.add(second(0), 9);
        tokens.add(second(SLOT_SECONDS), 4);
        tokens.add(second(2 * SLOT_SECONDS - 1), 6);
        tokens.add(second(80_000), 50);
        let now = second(DAY_SECONDS);
        tokens.forget_old(now);
        assert_eq!(tokens.0, [(2 * SLOT_SECONDS - 1, 10), (80_000, 50)]);
        assert_eq!(tokens.wait(61, now), None);
        let seconds = |n: i64| Some(Duration::from_secs(n.unsigned_abs()));
        assert_eq!(tokens.wait(60, now), seconds(2 * SLOT_SECONDS - 1));
        assert_eq!(tokens.wait(50, now), seconds(80_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refused_message_counts_in_no_window() {
        let sessions = sessions();
        let limits = Limits {
            messages_per_day: NonZeroU64::new(1),
            ..Limits::default()
        };
        let allowance = allowance(2, limits);
        assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
        for _ in 0..5 {
            assert!(sessions.count_message(&allowance).await.unwrap().is_some());
        }
        sessions.uncount_message(&allowance).await.unwrap();
        assert_eq!(sessions.count_message(&allowance).await.unwrap(), None);
        let by_minute = Allowance {
            lent: None,
            ..allowance
        };
        assert_eq!(sessions.count_message(&by_minute).await.unwrap(), None);
        assert!(sessions.count_message(&by_minute).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn the_newest_limits_apply() {
        let sessions = sessions();
        let account = Account("a".to_owned());
        assert_eq!(sessions.limits(&account).await.unwrap(), Limits::default());
        for n in [5, 7] {
            let limits = Limits {
                messages_per_day: NonZeroU64::new(n),
                ..Limits::default()
            };
            sessions.keep_limits(&account, limits).await.unwrap();
            assert_eq!(sessions.limits(&account).await.unwrap(), limits);
        }
    }
}
