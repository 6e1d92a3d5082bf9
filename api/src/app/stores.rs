//! The choice of backends: where sessions, runs, threads and notes are kept.

use super::error::AppError;
use crate::{
    config::Config,
    connect::{postgres, redis::RedisClient},
    http::Probe,
    notes::{NoteStore, memory::MemoryNotes, postgres::PostgresNotes},
    runs::{RunStore, memory::MemoryRuns, redis::RedisRuns},
    sessions::{RecordStore, memory::MemoryRecords, redis::RedisRecords},
    threads::{ThreadStore, memory::MemoryThreads, postgres::PostgresThreads},
};
use futures_util::FutureExt;
use std::sync::Arc;

/// Every store of a server.
pub(super) struct Stores {
    pub(super) records: Arc<dyn RecordStore>,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) threads: Arc<dyn ThreadStore>,
    pub(super) notes: Arc<dyn NoteStore>,
    /// Whether threads and notes outlive the process, so that visitors are remembered.
    pub(super) durable: bool,
    /// What `/ready` asks.
    pub(super) probes: Vec<Probe>,
}

impl Stores {
    /// Memory for whatever has no server.
    pub(super) async fn open(config: &Config) -> Result<Self, AppError> {
        let mut stores = Self {
            records: Arc::new(MemoryRecords::default()),
            runs: Arc::new(MemoryRuns::new(config.memory_limit / 4)),
            threads: Arc::new(MemoryThreads::default()),
            notes: Arc::new(MemoryNotes::default()),
            durable: false,
            probes: Vec::new(),
        };
        if let Some(url) = &config.database_url {
            let pool = postgres::open(url).await?;
            stores.threads = Arc::new(PostgresThreads::new(pool.clone()));
            stores.notes = Arc::new(PostgresNotes::new(pool.clone()));
            stores.durable = true;
            stores.probes.push(Probe {
                name: "postgres",
                answers: Arc::new(move || {
                    let pool = pool.clone();
                    async move { postgres::ping(&pool).await.is_ok() }.boxed()
                }),
            });
        }
        if let Some(url) = &config.redis_url {
            let redis = RedisClient::new(url).map_err(|error| format!("REDIS_URL: {error}"))?;
            stores.records = Arc::new(RedisRecords::new(redis.clone()));
            stores.runs = Arc::new(RedisRuns::new(redis.clone(), config.memory_limit / 4));
            stores.probes.push(Probe {
                name: "redis",
                answers: Arc::new(move || {
                    let redis = redis.clone();
                    async move { redis.ping().await.is_ok() }.boxed()
                }),
            });
        }
        Ok(stores)
    }
}
