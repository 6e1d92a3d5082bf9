//! The choice of backends: where sessions, runs, threads and notes are kept.

use super::error::AppError;
use crate::{
    config::{Config, DatabaseUrl},
    connect::{postgres, redis::RedisClient, sqlite::Sqlite},
    http::Probe,
    notes::{NoteStore, memory::MemoryNotes, postgres::PostgresNotes, sqlite::SqliteNotes},
    runs::{RunStore, memory::MemoryRuns, redis::RedisRuns, sqlite::SqliteRuns},
    sessions::{RecordStore, memory::MemoryRecords, redis::RedisRecords, sqlite::SqliteRecords},
    threads::{
        ThreadStore, memory::MemoryThreads, postgres::PostgresThreads, sqlite::SqliteThreads,
    },
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
    /// The file that must be closed at the end.
    pub(super) file: Option<Sqlite>,
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
            file: None,
            probes: Vec::new(),
        };
        if let Some(DatabaseUrl::Postgres(url)) = &config.database_url {
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
        if let Some(DatabaseUrl::Sqlite(url)) = &config.database_url {
            let file = Sqlite::open(url).await?;
            tracing::info!("everything is kept in {}", file.path().display());
            stores.records = Arc::new(SqliteRecords::open(file.clone()).await?);
            let logs = MemoryRuns::new(config.memory_limit / 4);
            stores.runs = Arc::new(SqliteRuns::open(file.clone(), logs).await?);
            stores.threads = Arc::new(SqliteThreads::new(file.clone()));
            stores.notes = Arc::new(SqliteNotes::new(file.clone()));
            stores.durable = true;
            stores.file = Some(file.clone());
            stores.probes.push(Probe {
                name: "sqlite",
                answers: Arc::new(move || {
                    let file = file.clone();
                    async move { file.ping().await.is_ok() }.boxed()
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
