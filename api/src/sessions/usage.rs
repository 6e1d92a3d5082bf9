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
const HOUR_SECONDS: i64 = 3600;
const HOURS_PER_DAY: i64 = 24;
const DAY: Duration = Duration::from_secs(24 * 3600);
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

/// By hour, in hours since 1970.
#[derive(Default, Serialize, Deserialize)]
struct Tokens(Vec<(i64, u64)>);

impl Tokens {
    fn forget_before(&mut self, hour: i64) {
        self.0.retain(|(at, _)| *at > hour - HOURS_PER_DAY);
    }

    fn add(&mut self, hour: i64, tokens: u64) {
        match self.0.last_mut() {
            Some((at, sum)) if *at == hour => *sum = sum.saturating_add(tokens),
            _ => self.0.push((hour, tokens)),
        }
    }

    /// How long until fewer than `limit` tokens were used within a day.
    fn wait(&self, limit: u64, now: Timestamp) -> Option<Duration> {
        let mut used: u64 = self.0.iter().map(|(_, tokens)| tokens).sum();
        let mut wait = None;
        for (hour, tokens) in &self.0 {
            if used < limit {
                break;
            }
            used -= tokens;
            let free_at = (hour + HOURS_PER_DAY) * HOUR_SECONDS;
            let seconds = u64::try_from(free_at - now.as_second()).unwrap_or(1);
            wait = Some(Duration::from_secs(seconds.max(1)));
        }
        wait
    }
}

fn hour(now: Timestamp) -> i64 {
    now.as_second().div_euclid(HOUR_SECONDS)
}

fn limit(limit: NonZeroU64) -> usize {
    usize::try_from(limit.get()).unwrap_or(usize::MAX)
}

impl Allowance {
    fn windows(&self) -> Vec<(String, usize, Duration)> {
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
            let (_, tokens) = self.tokens(&name, hour(now)).await?;
            if let Some(wait) = tokens.wait(limit, now) {
                return Ok(Some(wait));
            }
        }
        let windows = allowance.windows();
        // Check all windows before counting in any: refused messages do not count.
        for (name, limit, length) in &windows {
            if let Some(wait) = self.records.wait(name, *limit, *length).await? {
                return Ok(Some(wait));
            }
        }
        for (name, limit, length) in &windows {
            if let Some(wait) = self.records.count(name, *limit, *length).await? {
                return Ok(Some(wait));
            }
        }
        Ok(None)
    }

    /// Counts the tokens of an answer.
    pub async fn count_tokens(&self, allowance: &Allowance, used: u64) -> Result<(), StoreError> {
        let Some((name, _)) = allowance.tokens().filter(|_| used > 0) else {
            return Ok(());
        };
        for _ in 0..UPDATE_TRIES {
            let hour = hour(Timestamp::now());
            let (stored, mut tokens) = self.tokens(&name, hour).await?;
            tokens.add(hour, used);
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

    async fn tokens(&self, name: &str, hour: i64) -> Result<(Option<Vec<u8>>, Tokens), StoreError> {
        let stored = self.records.get(name).await?;
        let mut tokens: Tokens = stored
            .as_ref()
            .and_then(|sealed| self.unseal(name, sealed))
            .unwrap_or_default();
        tokens.forget_before(hour);
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
            wait > DAY - 2 * Duration::from_secs(3600) && wait <= DAY,
            "{wait:?}"
        );
    }

    #[test]
    fn the_wait_ends_when_enough_hours_have_passed() {
        let now = Timestamp::from_second(100 * HOUR_SECONDS).unwrap();
        let mut tokens = Tokens(vec![(76, 9), (77, 10), (99, 50)]);
        tokens.forget_before(100);
        assert_eq!(tokens.0, [(77, 10), (99, 50)]);
        let hours = |n: u64| Some(Duration::from_secs(n * 3600));
        assert_eq!(tokens.wait(61, now), None);
        assert_eq!(tokens.wait(60, now), hours(1));
        assert_eq!(tokens.wait(50, now), hours(23));
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
