//! Chooses the backends of sessions, runs, threads and notes.

use super::error::AppError;
use crate::{
    config::{Config, DatabaseUrl},
    connect::{
        memory::{Memory, Reclaim},
        postgres,
        redis::RedisClient,
        sqlite::Sqlite,
    },
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

pub(super) struct Stores {
    pub(super) records: Arc<dyn RecordStore>,
    pub(super) runs: Arc<dyn RunStore>,
    pub(super) threads: Arc<dyn ThreadStore>,
    pub(super) notes: Arc<dyn NoteStore>,
    pub(super) memory: Arc<Memory>,
    /// Whether threads and notes outlive the process, so that visitors are recognised.
    pub(super) durable: bool,
    /// Closed on shutdown.
    pub(super) file: Option<Sqlite>,
    pub(super) probes: Vec<Probe>,
}

impl Stores {
    /// Uses memory for everything without another store.
    pub(super) async fn open(config: &Config) -> Result<Self, AppError> {
        let memory = Arc::new(Memory::new(config.memory_limit));
        let logs = MemoryRuns::new(config.memory_limit / 4, Arc::clone(&memory));
        let mut stores = Self {
            records: Arc::new(MemoryRecords::new(Arc::clone(&memory))),
            runs: shared(logs, &memory),
            threads: Arc::new(MemoryThreads::new(Arc::clone(&memory))),
            notes: Arc::new(MemoryNotes::new(Arc::clone(&memory))),
            memory: Arc::clone(&memory),
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
            let records = SqliteRecords::open(file.clone(), Arc::clone(&memory)).await?;
            stores.records = Arc::new(records);
            let logs = MemoryRuns::new(config.memory_limit / 4, Arc::clone(&memory));
            stores.runs = shared(SqliteRuns::open(file.clone(), logs).await?, &memory);
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

/// Registers the runs as first to free memory, by dropping logs of ended ones.
fn shared<R: RunStore + Reclaim + 'static>(runs: R, memory: &Memory) -> Arc<R> {
    let runs = Arc::new(runs);
    let weak = Arc::downgrade(&runs);
    memory.reclaim_from(weak);
    runs
}
