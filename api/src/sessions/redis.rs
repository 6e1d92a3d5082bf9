//! Records in Redis, for any number of replicas.

use super::RecordStore;
use crate::{connect::redis::RedisClient, domain::StoreError};
use async_trait::async_trait;
use redis::{Script, cmd};
use std::{sync::Arc, time::Duration};

/// A [`RecordStore`] in Redis. Every call is one command or script, and therefore atomic.
#[derive(Clone)]
pub struct RedisRecords {
    redis: RedisClient,
    scripts: Arc<Scripts>,
}

struct Scripts {
    swap: Script,
    add_member: Script,
    window: Script,
}

fn record(name: &str) -> String {
    format!("so:record:{name}")
}

fn set(name: &str) -> String {
    format!("so:set:{name}")
}

fn window(name: &str) -> String {
    format!("so:window:{name}")
}

/// A time in milliseconds, as Redis expects it. Redis rejects a lifetime of 0.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis())
        .unwrap_or(u64::MAX)
        .clamp(1, i64::MAX as u64 / 2)
}

impl RedisRecords {
    /// Uses the Redis of `redis`; all keys start with `so:`.
    #[must_use]
    pub fn new(redis: RedisClient) -> Self {
        let scripts = Arc::new(Scripts {
            swap: Script::new(include_str!("redis/swap.lua")),
            add_member: Script::new(include_str!("redis/add_member.lua")),
            window: Script::new(include_str!("redis/window.lua")),
        });
        Self { redis, scripts }
    }

    async fn events(
        &self,
        name: &str,
        limit: usize,
        length: Duration,
        count: bool,
    ) -> Result<Option<Duration>, StoreError> {
        let mut call = self.scripts.window.key(window(name));
        call.arg(limit).arg(millis(length)).arg(u8::from(count));
        let wait: u64 = self.redis.invoke(&call).await?;
        Ok((wait > 0).then(|| Duration::from_millis(wait)))
    }
}

#[async_trait]
impl RecordStore for RedisRecords {
    fn name(&self) -> &'static str {
        "redis"
    }

    async fn put(&self, name: &str, value: Vec<u8>, ttl: Duration) -> Result<(), StoreError> {
        let mut command = cmd("SET");
        command
            .arg(record(name))
            .arg(value)
            .arg("PX")
            .arg(millis(ttl));
        self.redis.query(&command).await
    }

    async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.redis.query(cmd("GET").arg(record(name))).await
    }

    async fn renew(&self, name: &str, ttl: Duration) -> Result<Option<Vec<u8>>, StoreError> {
        let mut command = cmd("GETEX");
        command.arg(record(name)).arg("PX").arg(millis(ttl));
        self.redis.query(&command).await
    }

    async fn take(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.redis.query(cmd("GETDEL").arg(record(name))).await
    }

    async fn swap(&self, name: &str, expected: &[u8], value: Vec<u8>) -> Result<bool, StoreError> {
        let mut call = self.scripts.swap.key(record(name));
        call.arg(expected).arg(value);
        self.redis.invoke(&call).await
    }

    async fn add_member(
        &self,
        name: &str,
        member: &str,
        most: usize,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let mut call = self.scripts.add_member.key(set(name));
        call.arg(member).arg(millis(ttl)).arg(most);
        self.redis.invoke(&call).await
    }

    async fn remove_member(&self, name: &str, member: &str) -> Result<(), StoreError> {
        self.redis
            .query(cmd("SREM").arg(set(name)).arg(member))
            .await
    }

    async fn members(&self, name: &str) -> Result<Vec<String>, StoreError> {
        self.redis.query(cmd("SMEMBERS").arg(set(name))).await
    }

    async fn count(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        self.events(name, limit, window, true).await
    }

    async fn wait(
        &self,
        name: &str,
        limit: usize,
        window: Duration,
    ) -> Result<Option<Duration>, StoreError> {
        self.events(name, limit, window, false).await
    }

    async fn uncount(&self, name: &str) -> Result<(), StoreError> {
        self.redis.query(cmd("RPOP").arg(window(name))).await
    }

    async fn sweep(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests;
